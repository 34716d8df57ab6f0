import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import type { Traffic } from '@fathom/graph';
import { feedNames } from '../graph/feeds';
import { observedSession } from '../testing/observed-session';
import { openNetwork } from '../testing/open-network';
import { stripedImages } from '../testing/striped-images';
import { train, type TrainingEvent, type TrainOptions } from './train';

const engine = openEngine();
const data = stripedImages();

/** Clocks that make every call one step, or as many steps as there may be. */
const clocks = {
  slow: () => {
    let time = 0;
    return () => (time += 300);
  },
  stopped: () => () => 0,
};

/** Two epochs of 10 steps, with what went through the session. */
async function run(more: Partial<TrainingConfig>, options: Partial<TrainOptions>) {
  /** The learning rates of each call of training steps, one for each step, and what the call cost. */
  const calls: { readonly rates: number[]; readonly traffic: Traffic }[] = [];
  const events: TrainingEvent[] = [];
  for await (const event of train({
    config: trainingConfigSchema.parse({
      ...{ depth: 8, batchSize: 32, epochs: 2, learningRate: 0.05, seed: 3 },
      ...more,
    }),
    data,
    openSession: (bytes) => {
      const session = engine.load(bytes);
      return observedSession(session, (feeds, fetches) => {
        const before = session.traffic;
        const values = session.run(feeds, fetches);
        const rates = feeds[feedNames.learningRates];
        if (rates) calls.push({ rates: [...rates.data], traffic: since(before, session.traffic) });
        return values;
      });
    },
    signal: new AbortController().signal,
    now: clocks.stopped(),
    ...options,
  }))
    events.push(event);
  const checkpoints = events.flatMap((event) => (event.type === 'checkpoint' ? [event.checkpoint] : []));
  const metrics = events.flatMap((event) =>
    event.type === 'epoch' || event.type === 'completed' ? [{ ...event.metrics, ...timeless }] : [],
  );
  return { calls, checkpoints, metrics, tensors: checkpoints.at(-1)?.tensors };
}

const timeless = { seconds: 0, trainSeconds: 0, imagesPerSecond: 0 };

const since = (before: Traffic, after: Traffic): Traffic => ({
  runs: after.runs - before.runs,
  bytesFed: after.bytesFed - before.bytesFed,
  bytesFetched: after.bytesFetched - before.bytesFetched,
});

describe('steps that share a session call', () => {
  it.each<Partial<TrainingConfig>>([
    { precision: 'float32' },
    { precision: 'bfloat16', optimizer: 'adamw', learningRate: 0.002, emaDecay: 0.9, mixup: 0.3 },
    { accumulationSteps: 4, gradientClip: 1, cutout: 0.3, optimizer: 'muon' },
    { flipping: 'alternating', mixup: 0.3, cleanFraction: 0.5, accumulationSteps: 2 },
  ])('are bit for bit those of a call each, with images fed or resident: %j', async (more) => {
    const alone = await run(more, { now: clocks.slow(), residentBytes: 0 });
    expect(alone.calls.map(({ rates }) => rates.length)).toEqual(new Array(20).fill(1));
    const together = await run(more, {});
    // Never across the end of an epoch of 10 steps.
    expect(together.calls.map(({ rates }) => rates.length)).toEqual([1, 2, 4, 3, 10]);
    expect(together.calls.flatMap(({ rates }) => rates)).toEqual(alone.calls.flatMap(({ rates }) => rates));
    expect(together.tensors).toEqual(alone.tensors);
    expect(together.metrics).toEqual(alone.metrics);
  });

  it('end where a checkpoint is due', async () => {
    const { calls, checkpoints } = await run({}, { checkpointEverySteps: 4 });
    expect(calls.map(({ rates }) => rates.length)).toEqual([1, 2, 1, 4, 2, 2, 4, 4]);
    expect(checkpoints.map(({ step }) => step)).toEqual([4, 8, 10, 12, 16, 20, 20]);
  });
});

describe('what goes between host and device', () => {
  it('is 4 bytes an image, 4 a step and 12 a call where the images are resident', async () => {
    const { calls } = await run({}, {});
    expect(calls.reduce((runs, { traffic }) => runs + traffic.runs, 0)).toBe(5);
    for (const { rates, traffic } of calls)
      expect(traffic.bytesFed).toBe(4 * 32 * rates.length + 4 * rates.length + 12);
  });

  it('is the pixels, a label and the same beside them where images are fed', async () => {
    const { calls } = await run({}, { residentBytes: 16 * 16 * 3 * (320 + 70 + 90) - 1 });
    expect(calls).toHaveLength(5);
    for (const { rates, traffic } of calls)
      expect(traffic.bytesFed).toBe((16 * 16 * 3 + 4) * 32 * rates.length + 4 * rates.length + 12);
  });
});

describe('what steps are told beside', () => {
  it('is which images are mirrored, and whether they are cut out of or mixed, where that changes', async () => {
    const { calls } = await run({ flipping: 'alternating', cutout: 0.3, cleanFraction: 0.5 }, {});
    for (const { rates, traffic } of calls)
      expect(traffic.bytesFed).toBe(8 * 32 * rates.length + 4 * rates.length + 16);
  });
});

describe('an accumulated step', () => {
  /** The change of the weights by one step of plain gradient descent with learning rate 1: minus the gradient. */
  const change = (batchSize: number, accumulationSteps: number, from: number) => {
    const { network, batches } = openNetwork(engine, {
      ...{ depth: 8, batchSize, accumulationSteps, momentum: 0, weightDecay: 0 },
    });
    batches.put(
      0,
      'train',
      Array.from({ length: batchSize }, (_, i) => from + i),
    );
    const before = network.snapshot();
    const [result] = network.train(batches, { learningRates: [1], seed: 0, stepsDone: 0 });
    const after = network.snapshot();
    network.close();
    const changes = (name: string) => after[name]!.data.map((value, i) => value - before[name]!.data[i]!);
    return { result: result!, changes };
  };

  it('takes the mean of the gradients of its parts, each with its own batch statistics', () => {
    const whole = change(24, 3, 0);
    const parts = [0, 8, 16].map((from) => change(8, 1, from));
    const sum = (pick: (part: (typeof parts)[number]) => number) =>
      parts.reduce((total, part) => total + pick(part), 0);
    expect(whole.result.loss).toBeCloseTo(sum(({ result }) => result.loss) / 3, 5);
    expect(whole.result.correct).toBe(sum(({ result }) => result.correct));
    for (const name of ['conv1.weight', 'layer2.0.conv2.weight', 'bn1.weight', 'fc.bias']) {
      const given = whole.changes(name);
      const [first, ...others] = parts.map(({ changes }) => changes(name));
      const expected = first!.map((value, i) => others.reduce((total, part) => total + part[i]!, value) / 3);
      const largest = Math.max(...expected.map(Math.abs));
      expect(largest).toBeGreaterThan(1e-3);
      expect(Math.max(...given.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(
        1e-4 * largest,
      );
    }
  });
});

describe('ten thousand steps', () => {
  it('leave no tensor behind and need no more memory than the first thousand', () => {
    const { network, steps } = openNetwork(
      engine,
      { depth: 5, stages: '1x4', batchSize: 1 },
      { images: 'resident' },
    );
    const rates = new Array<number>(100).fill(1e-4);
    const tensors = engine.tensorCount();
    const megabytes: number[] = [];
    for (let done = 0; done < 10_000; done += rates.length) {
      const results = steps(rates, done);
      if (!results.every(({ loss }) => loss > 0)) throw new Error(`no loss near step ${String(done)}`);
      if ((done + rates.length) % 1000 !== 0) continue;
      collectGarbage();
      megabytes.push(process.memoryUsage().rss / 2 ** 20);
      expect(engine.tensorCount()).toBe(tensors);
    }
    network.close();
    // 1 KB a step would be 9 MB.
    const [first = 0] = megabytes;
    expect(Math.min(...megabytes.slice(-3)) - first).toBeLessThan(4);
  });
});

/** Else the host's garbage is what the test sees. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
