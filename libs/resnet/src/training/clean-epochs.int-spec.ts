import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { feedNames } from '../graph/feeds';
import { observedSession } from '../testing/observed-session';
import { openNetwork } from '../testing/open-network';
import { stripedImages } from '../testing/striped-images';
import type { Checkpoint } from './checkpoint';
import { train, type TrainOptions } from './train';

const engine = openEngine();
const data = stripedImages();
const disturbed = { depth: 8, cutout: 0.4, mixup: 0.3 } as const;

/** Losses of three steps, of which a later one knows what the earlier ones learnt. */
function losses(more: Partial<TrainingConfig>, clean: boolean): number[] {
  const { network, batches, config } = openNetwork(engine, { ...disturbed, ...more });
  const learningRates = [0.05, 0.05, 0.05];
  const images = Array.from({ length: config.batchSize }, (_, i) => i);
  learningRates.forEach((_, i) => {
    batches.put(i * config.batchSize, 'train', images);
  });
  const results = network.train(batches, { learningRates, seed: 1, stepsDone: 0, clean });
  network.close();
  return results.map(({ loss }) => loss);
}

/** Six epochs of ten steps, of which the last two are clean. */
async function run(options: Partial<TrainOptions> = {}) {
  /** What each step was told. */
  const fed: (number | undefined)[] = [];
  const checkpoints: Checkpoint[] = [];
  for await (const event of train({
    config: trainingConfigSchema.parse({
      ...{ ...disturbed, epochs: 6, batchSize: 32, learningRate: 0.05, cleanFraction: 1 / 3 },
    }),
    data,
    openSession: (savedModel) => {
      const session = engine.load(savedModel);
      return observedSession(session, (feeds, fetches) => {
        const steps = feeds[feedNames.learningRates]?.data.length ?? 0;
        fed.push(...new Array<number | undefined>(steps).fill(feeds[feedNames.disturbance]?.data[0]));
        return session.run(feeds, fetches);
      });
    },
    signal: new AbortController().signal,
    now: () => 0,
    ...options,
  }))
    if (event.type === 'checkpoint') checkpoints.push(event.checkpoint);
  return { fed, checkpoints };
}

describe('clean epochs', () => {
  it.each<Partial<TrainingConfig>>([
    { cutout: 0 },
    { mixup: 0 },
    {},
    { precision: 'bfloat16', accumulationSteps: 2 },
  ])('have steps without cutout and mixup: %j', (more) => {
    const clean = losses({ ...more, cleanFraction: 0.5 }, true);
    const without = losses({ ...more, cutout: 0, mixup: 0 }, true);
    clean.forEach((loss, i) => {
      expect(loss).toBeCloseTo(without[i]!, more.precision === 'bfloat16' ? 2 : 5);
    });
    const other = losses({ ...more, cleanFraction: 0.5 }, false);
    expect(other).toEqual(losses(more, false));
    expect(Math.abs(other[0]! - clean[0]!)).toBeGreaterThan(0.001);
  });

  it('come last, and are gone on with bit for bit', async () => {
    const straight = await run({ checkpointEverySteps: 5 });
    const count = (value: number, steps: number) => new Array<number>(steps).fill(value);
    expect(straight.fed).toEqual([...count(1, 40), ...count(0, 20)]);
    const last = straight.checkpoints.at(-1);
    expect(last?.step).toBe(60);
    for (const step of [35, 40, 55]) {
      const resumeFrom = straight.checkpoints.find((checkpoint) => checkpoint.step === step)!;
      const { fed, checkpoints } = await run({ resumeFrom });
      expect(fed).toEqual(straight.fed.slice(step));
      expect(checkpoints.at(-1)?.tensors).toEqual(last?.tensors);
    }
  });
});
