import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { feedNames } from '../graph/feeds';
import type { Checkpoint } from './checkpoint';
import { DivergedError } from './diverged-error';
import { StopRequest } from './stop-request';
import { observedSession } from '../testing/observed-session';
import { stripedImages } from '../testing/striped-images';
import { train, type TrainingEvent, type TrainOptions } from './train';

const engine = openEngine();
const data = stripedImages();
const config = (more: Partial<TrainingConfig> = {}): TrainingConfig =>
  trainingConfigSchema.parse({ depth: 8, batchSize: 32, epochs: 2, learningRate: 0.05, seed: 3, ...more });

interface Run {
  readonly events: TrainingEvent[];
  readonly last: Checkpoint | undefined;
}

/** @param stopAfter asks for a stop once this event has come */
async function run(
  options: Partial<TrainOptions> = {},
  stopAfter: (event: TrainingEvent) => boolean = () => false,
  request = new StopRequest(true),
): Promise<Run> {
  const controller = new AbortController();
  const events: TrainingEvent[] = [];
  for await (const event of train({
    config: config(),
    data,
    openSession: (savedModel) => engine.load(savedModel),
    signal: controller.signal,
    now: () => performance.now(),
    ...options,
  })) {
    if (event.type !== 'planned') events.push(event);
    if (stopAfter(event)) controller.abort(request);
  }
  const last = events.filter((event) => event.type === 'checkpoint').at(-1)?.checkpoint;
  return { events, last };
}

const typesOf = ({ events }: Run) => events.map(({ type }) => type).filter((type) => type !== 'step');

const checkpointsOf = ({ events }: Run) =>
  events.flatMap((event) => (event.type === 'checkpoint' ? [event.checkpoint] : []));

describe('train', () => {
  it.each(['float32', 'bfloat16'] as const)('learns in %s', async (precision) => {
    const { events } = await run({ config: config({ precision, epochs: 4 }) });
    const completed = events.at(-1);
    if (completed?.type !== 'completed') throw new Error('it did not complete');
    expect(completed.metrics.testLoss).toBeLessThan(Math.log(4) / 3);
    expect(completed.metrics.testError).toBeLessThan(0.1);
    expect(completed.metrics).toMatchObject({ epoch: 4, step: 40, parameters: 77_652 });
    expect(engine.tensorCount()).toBe(0);
  });

  it('tells each epoch, with a checkpoint behind it, and then the test', async () => {
    const { events } = await run();
    expect(events.filter(({ type }) => type !== 'step').map(({ type }) => type)).toEqual([
      ...['epoch', 'checkpoint', 'epoch', 'checkpoint'],
      'completed',
    ]);
  });

  it('reports steps at most once a second', async () => {
    let time = 0;
    // Every look at the clock takes 0.1 s: more than one step passes before a second has.
    const { events } = await run({ now: () => (time += 100) });
    const steps = events.flatMap((event) => (event.type === 'step' ? [event.metrics] : []));
    expect(steps.length).toBeGreaterThan(2);
    expect(steps.length).toBeLessThan(10);
    for (const metrics of steps) {
      expect(metrics.stepSeconds).toBeGreaterThan(0);
      expect(metrics.imagesPerSecond).toBeCloseTo(32 / metrics.stepSeconds, 6);
      expect(metrics.epoch).toBeCloseTo(metrics.step / 10, 10);
    }
  });

  it('gives the same numbers for the same seed, others for another', async () => {
    const [a, b, c] = [await run(), await run(), await run({ config: config({ seed: 4 }) })];
    expect(a.last?.tensors).toEqual(b.last?.tensors);
    expect(a.last?.tensors).not.toEqual(c.last?.tensors);
  });
});

/** Clocks that make every call one step, or as many steps as there may be. */
const clocks = {
  slow: () => {
    let time = 0;
    return () => (time += 300);
  },
  stopped: () => () => 0,
};

describe('a resumed training', () => {
  const straight = run();

  it.each(['float32', 'bfloat16'] as const)(
    'is bit for bit the one that was not interrupted, from the middle of an epoch (%s)',
    async (precision) => {
      const options = { config: config({ precision }), checkpointEverySteps: 7 };
      const whole = await run(options);
      const broken = await run(
        options,
        (event) => event.type === 'checkpoint' && event.checkpoint.step === 7,
      );
      expect(broken.events.some(({ type }) => type === 'epoch')).toBe(false);
      expect(broken.last?.step).toBe(7);
      // As a file would hand it back.
      const resumeFrom = structuredClone(broken.last!);
      const rest = await run({ ...options, resumeFrom });
      expect(rest.last?.step).toBe(20);
      expect(rest.last?.tensors).toEqual(whole.last?.tensors);
      const losses = ({ events }: Run) =>
        events.flatMap((e) => (e.type === 'epoch' ? [[e.metrics.trainLoss, e.metrics.validationLoss]] : []));
      expect(losses(rest)).toEqual(losses(whole));
    },
  );

  it('goes on from the end of an epoch, and from the end of the last', async () => {
    const whole = await straight;
    const [first, last] = checkpointsOf(whole);
    const fromFirst = await run({ resumeFrom: first! });
    expect(fromFirst.last?.tensors).toEqual(whole.last?.tensors);
    const fromLast = await run({ resumeFrom: last! });
    expect(fromLast.events.map(({ type }) => type)).toEqual(['completed']);
    const final = (r: Run) => r.events.at(-1) as { metrics: { testLoss: number; epoch: number } };
    expect(final(fromLast).metrics.testLoss).toBe(final(whole).metrics.testLoss);
    expect(final(fromLast).metrics.epoch).toBe(2);
  });

  it('refuses a checkpoint of another configuration, by field', async () => {
    const { last } = await straight;
    await expect(run({ config: config({ depth: 14, seed: 4 }), resumeFrom: last! })).rejects.toThrow(
      /^checkpoint of step 20: given depth 14, seed 4, allowed is only what it was made with: depth 8, seed 3$/,
    );
    expect(engine.tensorCount()).toBe(0);
  });

  it('refuses a checkpoint without one of the tensors, by name', async () => {
    const { last } = await straight;
    const name = 'layer1.0.conv1.weight.velocity';
    const tensors = Object.fromEntries(Object.entries(last!.tensors).filter(([other]) => other !== name));
    await expect(run({ resumeFrom: { ...last!, tensors } })).rejects.toThrow(
      /checkpoint tensor layer1\.0\.conv1\.weight\.velocity: given none/,
    );
  });
});

describe('a training that pauses', () => {
  const options = { config: config({ epochs: 3, mixup: 0.2 }) };
  const straight = run(options);

  it('ends behind the checkpoint of its epoch, and is the one that never paused when it has gone on', async () => {
    const whole = await straight;
    const first = await run({ ...options, untilEpoch: 1 });
    expect(typesOf(first)).toEqual(['epoch', 'checkpoint', 'paused']);
    const epochOf = ({ events }: Run, type: 'epoch' | 'paused') =>
      events.find((event) => event.type === type);
    expect(epochOf(first, 'paused')).toMatchObject({ metrics: { epoch: 1, step: 10 } });
    const second = await run({ ...options, untilEpoch: 2, resumeFrom: structuredClone(first.last!) });
    expect(typesOf(second)).toEqual(['epoch', 'checkpoint', 'paused']);
    const rest = await run({ ...options, resumeFrom: structuredClone(second.last!) });
    expect(rest.last?.tensors).toEqual(whole.last?.tensors);
    const resultOf = ({ events }: Run) => {
      const last = events.at(-1);
      if (last?.type !== 'completed') throw new Error('it did not complete');
      const { testLoss, trainLoss, validationLoss, learningRate } = last.metrics;
      return { testLoss, trainLoss, validationLoss, learningRate };
    };
    expect(resultOf(rest)).toEqual(resultOf(whole));
  });

  it('pauses at once where it is there already, and says the same', async () => {
    const first = await run({ ...options, untilEpoch: 1 });
    const again = await run({ ...options, untilEpoch: 1, resumeFrom: structuredClone(first.last!) });
    expect(again.events).toEqual([first.events.at(-1)]);
  });

  it.each([3, 4])('does not pause after its last epoch (untilEpoch %i)', async (untilEpoch) => {
    const { events } = await run({ ...options, untilEpoch, resumeFrom: (await straight).last! });
    expect(events.map(({ type }) => type)).toEqual(['completed']);
  });
});

describe('a copy of a training', () => {
  const donor = run({ untilEpoch: 1 });

  it('goes on from the other with changed settings, and is itself from then on', async () => {
    const { last } = await donor;
    const changed = config({ learningRate: 0.02, momentum: 0.8, cutout: 0.3, gradientClip: 1 });
    const copy = await run({ config: changed, cloneFrom: structuredClone(last!) });
    expect(typesOf(copy)).toEqual(['epoch', 'checkpoint', 'completed']);
    const same = await run({ cloneFrom: structuredClone(last!) });
    expect(same.last?.tensors).toEqual((await run()).last?.tensors);
    expect(copy.last?.tensors).not.toEqual(same.last?.tensors);
    const resumed = await run({ config: changed, resumeFrom: structuredClone(copy.last!) });
    expect(typesOf(resumed)).toEqual(['completed']);
  });

  it('is refused where a setting differs that may not change, and where it is to be the same training', async () => {
    const { last } = await donor;
    await expect(run({ config: config({ depth: 14, learningRate: 1 }), cloneFrom: last! })).rejects.toThrow(
      /given depth 14, allowed is only what it was made with: depth 8$/,
    );
    await expect(run({ config: config({ learningRate: 1 }), resumeFrom: last! })).rejects.toThrow(
      /given learningRate 1, allowed is only what it was made with: learningRate 0\.05$/,
    );
  });
});

describe('a stop', () => {
  it('without a checkpoint ends at once', async () => {
    const stopped = await run(
      { checkpointEverySteps: 3 },
      (event) => event.type === 'checkpoint',
      new StopRequest(false),
    );
    expect(stopped.events.map(({ type }) => type)).toEqual(['checkpoint']);
  });

  it('with one hands out the step it stopped at', async () => {
    let steps = 0;
    const controller = new AbortController();
    const seen: TrainingEvent[] = [];
    for await (const event of train({
      config: config(),
      data,
      openSession: (bytes) => {
        const session = engine.load(bytes);
        return observedSession(session, (feeds, fetches) => {
          steps += feeds[feedNames.learningRates]?.data.length ?? 0;
          if (steps >= 5) controller.abort(new StopRequest(true));
          return session.run(feeds, fetches);
        });
      },
      signal: controller.signal,
      now: () => performance.now(),
    }))
      if (event.type !== 'planned') seen.push(event);
    expect(seen.map(({ type }) => type)).toEqual(['checkpoint']);
    expect(steps).toBeLessThan(10);
    expect(seen[0]).toMatchObject({
      checkpoint: { step: steps, state: { progress: { step: steps, epochsDone: 0 } } },
    });
  });

  it('closes the session also where the reader leaves early', async () => {
    for await (const event of train({
      config: config(),
      data,
      openSession: (bytes) => engine.load(bytes),
      signal: new AbortController().signal,
      now: () => performance.now(),
    }))
      if (event.type === 'epoch') break;
    expect(engine.tensorCount()).toBe(0);
  });
});

describe('a training that diverges', () => {
  it('says at which step, and with what', async () => {
    // Each step multiplies the weights by about 1 - 100.
    const diverging = run({ config: config({ learningRate: 100, weightDecay: 1, schedule: 'constant' }) });
    await expect(diverging).rejects.toThrow(DivergedError);
    await expect(diverging).rejects.toThrow(/loss.* is (NaN|Infinity)/);
    const messages = Object.values(clocks).map((clock) =>
      run({
        config: config({ learningRate: 100, weightDecay: 1, schedule: 'constant' }),
        now: clock(),
      }).then(
        () => 'it did not',
        (error: unknown) => (error as Error).message,
      ),
    );
    const [alone, together] = await Promise.all(messages);
    expect(alone).toMatch(/training loss of step \d+ is /);
    expect(together).toBe(alone);
    expect(engine.tensorCount()).toBe(0);
  });

  it('is not one of float16 that leaves out steps whose gradients overflow', async () => {
    const options = { config: config({ precision: 'float16' }) };
    const [first] = checkpointsOf(await run(options));
    const epochs = (scale: number, weight?: number) => {
      const checkpoint = structuredClone(first!);
      checkpoint.tensors['loss_scale']!.data.fill(scale);
      if (weight !== undefined) checkpoint.tensors['fc.weight']!.data.fill(weight);
      return run({ ...options, resumeFrom: checkpoint });
    };
    const { last, events } = await epochs(2 ** 24);
    expect(events.at(-1)?.type).toBe('completed');
    expect(last!.tensors['loss_scale']!.data[0]).toBeLessThan(2 ** 24);
    // Where no step can work, the evaluation says so. Of the last layer: some processors' ReLU makes 0 of NaN.
    await expect(epochs(1, NaN)).rejects.toThrow(/evaluation loss is NaN/);
    // Float16 is emulated on most processors.
  }, 240_000);
});
