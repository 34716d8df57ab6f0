import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { fromTorchvision } from '../model/torchvision-layout';
import { architectureOf, type TrainedModel } from '../model/trained-model';
import { collectEvents } from '../testing/collect-events';
import { stripedImages } from '../testing/striped-images';
import type { ImageSet, TrainingData } from './training-data';
import type { TrainingEvent, TrainOptions } from './train';

const engine = openEngine();
const four = stripedImages();
const two = inTwoClasses(four);
const config = (more: Partial<TrainingConfig> = {}): TrainingConfig =>
  trainingConfigSchema.parse({
    ...{ depth: 8, width: 0.5, batchSize: 32, epochs: 1, learningRate: 0.05, augment: 'none', ...more },
  });

/** The same images, of which the first class is told apart from the others. */
function inTwoClasses(data: TrainingData): TrainingData {
  const split = (set: ImageSet): ImageSet => ({
    ...set,
    labels: set.labels.map((label) => Number(label > 0)),
  });
  return {
    ...data,
    classes: ['upright', 'other'],
    train: split(data.train),
    validation: split(data.validation),
    test: split(data.test),
  };
}

const run = (options: Partial<TrainOptions> = {}) =>
  collectEvents({ config: config(), data: two, ...options });

const checkpointsOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event) => (event.type === 'checkpoint' ? [event.checkpoint] : []));
const lastTensors = (events: readonly TrainingEvent[]) => checkpointsOf(events).at(-1)!.tensors;
const completed = (events: readonly TrainingEvent[]) => {
  const last = events.at(-1);
  if (last?.type !== 'completed') throw new Error('it did not complete');
  return last;
};
const headOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event) => (event.type === 'initialised' ? [event.newHead] : []));

describe('a training that starts from a model', () => {
  let model: TrainedModel;
  let tensors: ReturnType<typeof fromTorchvision>['tensors'];
  beforeAll(async () => {
    ({ model } = completed(await run({ data: four, config: config({ epochs: 4 }) })));
    ({ tensors } = fromTorchvision(architectureOf(model.facts), model.tensors));
  });

  it('leaves frozen stages alone and trains a new head for other classes', async () => {
    const options = { initialState: model.tensors };
    const recipe = { frozenStages: 2, bodyLearningRate: 0, emaDecay: 0.9, epochs: 3 };
    const events = await run({ ...options, config: config(recipe) });
    expect(headOf(events)).toEqual([true]);

    const after = lastTensors(events);
    const body = Object.keys(tensors).filter((name) => !name.startsWith('fc.'));
    const isStatistic = (name: string) => name.includes('.running_');
    for (const name of body) {
      const isFrozen = /^(conv1|bn1|layer1)\./.test(name);
      const same = isFrozen || !isStatistic(name);
      expect([name, after[name]!.data.join() === tensors[name]!.data.join()]).toEqual([name, same]);
      // Moving averages start from the model as well, or they would be on their way to it.
      if (same && !isFrozen) expect([name, after[`${name}.ema`]]).toEqual([name, tensors[name]]);
    }
    expect(after['fc.weight']!.shape).toEqual([32, 2]);
    expect(completed(events).metrics.testError).toBeLessThan(0.1);
  });

  it('moves the body more slowly than the head', async () => {
    const distance = async (bodyLearningRate: number) => {
      const after = lastTensors(
        await run({ initialState: model.tensors, config: config({ bodyLearningRate }) }),
      );
      const [a, b] = [after['layer3.0.conv2.weight']!.data, tensors['layer3.0.conv2.weight']!.data];
      return Math.hypot(...a.map((value, i) => value - b[i]!));
    };
    const [slow, full] = [await distance(0.1), await distance(1)];
    expect(slow).toBeGreaterThan(0);
    expect(slow).toBeLessThan(full / 3);
  });

  it('keeps the head where the classes are as many, and is good from the start', async () => {
    const events = await run({
      data: four,
      initialState: model.tensors,
      config: config({ learningRate: 1e-6, frozenStages: 4 }),
    });
    expect(headOf(events)).toEqual([false]);
    expect(completed(events).metrics.testError).toBe(model.facts.metrics['testError']);
  });

  it('goes on from a checkpoint as it would have, without the model', async () => {
    const options = { config: config({ initialWeights: 'models/four' }), checkpointEverySteps: 4 };
    const whole = await run({ ...options, initialState: model.tensors });
    const [first] = checkpointsOf(whole);
    expect(first!.step).toBe(4);
    const other = await run({ ...options, resumeFrom: first! });
    expect(headOf(other)).toEqual([]);
    expect(lastTensors(other)).toEqual(lastTensors(whole));
  });

  it('refuses what does not fit, by name, before anything runs', async () => {
    await expect(run({ initialState: model.tensors, config: config({ width: 1 }) })).rejects.toThrow(
      /^initial weights, conv1\.weight: given F32 \[8, 3, 3, 3\].*allowed is .*\[16, 3, 3, 3\]/,
    );
    await expect(run({ initialState: model.tensors, config: config({ depth: 14 }) })).rejects.toThrow(
      /^initial weights, layer1\.1\.conv1\.weight: given none/,
    );
    await expect(run({ config: config({ initialWeights: 'models/four' }) })).rejects.toThrow(
      /^initialWeights: given models\/four/,
    );
    expect(engine.tensorCount()).toBe(0);
  });
});
