import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { openNetwork } from '../testing/open-network';
import { stripedImages } from '../testing/striped-images';
import { channelStatistics } from './channel-statistics';
import type { Checkpoint } from './checkpoint';
import { train, type TrainingEvent, type TrainOptions } from './train';
import type { ImageSet, TrainingData } from './training-data';

const engine = openEngine();
const data = stripedImages();

/** 16 px: two epochs of 8, two of 12, two of 16, ten steps each. */
const config = (more: Partial<TrainingConfig> = {}): TrainingConfig =>
  trainingConfigSchema.parse({
    ...{ depth: 8, batchSize: 32, epochs: 6, learningRate: 0.05, initialScale: 0.5, fullSizeFraction: 1 / 3 },
    ...more,
  });

async function run(options: Partial<TrainOptions> = {}) {
  const events: TrainingEvent[] = [];
  for await (const event of train({
    config: config(),
    data,
    openSession: (savedModel) => engine.load(savedModel),
    signal: new AbortController().signal,
    now: () => 0,
    ...options,
  }))
    events.push(event);
  return events;
}

/** Images of half the size: the means of four pixels. */
function halved(whole: TrainingData): TrainingData {
  const [height, width, channels] = whole.imageShape;
  const half = ({ images, ...set }: ImageSet): ImageSet => {
    const pixel = (image: number, y: number, x: number, c: number) =>
      images[((image * height + y) * width + x) * channels + c] ?? 0;
    const out: number[] = [];
    for (let image = 0; image < set.count; image++)
      for (let y = 0; y < height; y += 2)
        for (let x = 0; x < width; x += 2)
          for (let c = 0; c < channels; c++) {
            const sum =
              pixel(image, y, x, c) +
              pixel(image, y, x + 1, c) +
              pixel(image, y + 1, x, c) +
              pixel(image, y + 1, x + 1, c);
            out.push(Math.floor(sum / 4 + 0.5));
          }
    return { ...set, images: Uint8Array.from(out) };
  };
  const { train, validation, test } = whole;
  return {
    ...whole,
    imageShape: [height / 2, width / 2, channels],
    train: half(train),
    validation: half(validation),
    test: half(test),
  };
}

const checkpointsOf = (events: readonly TrainingEvent[]): Checkpoint[] =>
  events.flatMap((event) => (event.type === 'checkpoint' ? [event.checkpoint] : []));
const resizesOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event) => (event.type === 'resized' ? [[event.epoch, event.imageSize]] : []));
const completedOf = (events: readonly TrainingEvent[]) => {
  const last = events.at(-1);
  if (last?.type !== 'completed') throw new Error('it did not complete');
  return last;
};

describe('progressive resizing', () => {
  it.each<Partial<TrainingConfig>>([
    { precision: 'float32' },
    { precision: 'bfloat16', augment: 'resized-crop-flip', mixup: 0.2, cutout: 0.2, emaDecay: 0.9 },
    { accumulationSteps: 2, optimizer: 'adamw', learningRate: 0.002, shortcut: 'zero-pad' },
  ])('learns on images that grow, and tells when: %j', async (more) => {
    const events = await run({ config: config({ ...more, epochs: 12 }) });
    expect(resizesOf(events)).toEqual([
      [1, 8],
      [5, 12],
      [9, 16],
    ]);
    // Of stripes two pixels wide little is left at half the size; by chance it would be 0.75.
    expect(completedOf(events).metrics.testError).toBeLessThan(0.4);
    expect(engine.tensorCount()).toBe(0);
  });

  it('takes less of the network while images are small', async () => {
    const macs = (await run()).flatMap((event) =>
      event.type === 'planned' || event.type === 'resized' ? [event.macs] : [],
    );
    const [whole = 0, half = 0, middle = 0, again] = macs;
    expect(half / whole).toBeCloseTo(1 / 4, 1);
    expect(middle / whole).toBeCloseTo(9 / 16, 1);
    expect(again).toBe(whole);
  });

  it('trains and evaluates as a network that is given smaller images', () => {
    const pixels = channelStatistics(data.train, 3);
    const [resizing, small] = [
      openNetwork(engine, config({ augment: 'none' }), { pixels }),
      openNetwork(engine, config({ augment: 'none', initialScale: 1 }), { pixels, data: halved(data) }),
    ] as const;
    resizing.network.resizeImages(8);
    const seen = [resizing, small].map(({ network, batches, steps }) => {
      const losses = steps([0.05, 0.05, 0.05]).map(({ loss }) => loss);
      batches.put(
        0,
        'validation',
        Array.from({ length: 32 }, (_, i) => i),
      );
      const [row] = network.evaluate(batches, 1);
      network.close();
      return [...losses, ...(row?.losses ?? [])];
    });
    expect(seen[0]).toHaveLength(35);
    seen[0]?.forEach((loss, i) => {
      // A mean in the middle between two whole numbers is rounded to either.
      expect(Math.abs(loss - (seen[1]?.[i] ?? NaN))).toBeLessThan(0.02);
    });
  });

  it('knows the sizes of the graph alone', () => {
    const { network } = openNetwork(engine, config());
    expect(() => {
      network.resizeImages(10);
    }).toThrow('the graph does not take images of 10 px');
    network.close();
  });

  it('goes on bit for bit from any size', async () => {
    const straight = checkpointsOf(await run({ checkpointEverySteps: 5 }));
    const weightsOf = (checkpoints: readonly Checkpoint[]) => checkpoints.at(-1)?.tensors;
    expect(straight.at(-1)?.step).toBe(60);
    // Within each size, and where it changes.
    for (const resumed of [5, 20, 25, 40, 55]) {
      const resumeFrom = straight.find(({ step }) => step === resumed)!;
      const rest = await run({ resumeFrom });
      expect(weightsOf(checkpointsOf(rest))).toEqual(weightsOf(straight));
    }
  });

  it('is refused where the checkpoint is of another', async () => {
    const resumeFrom = checkpointsOf(await run({ untilEpoch: 1 })).at(0)!;
    await expect(run({ config: config({ initialScale: 0.75 }), resumeFrom })).rejects.toThrow(
      /given initialScale 0.75, allowed is only what it was made with: initialScale 0.5/,
    );
  });

  it('leaves images of any size alone where nothing is resized', async () => {
    // The nearest multiple of four is below it.
    const [side, channels] = [13, 3];
    const grey = ({ count, labels }: ImageSet): ImageSet => ({
      ...{ count, labels },
      images: new Uint8Array(count * side * side * channels).fill(128),
    });
    const { train: training, validation, test, classes } = data;
    const odd: TrainingData = {
      ...{ classes, imageShape: [side, side, channels] },
      ...{ train: grey(training), validation: grey(validation), test: grey(test) },
    };
    const events = await run({ config: config({ initialScale: 1, epochs: 2 }), data: odd });
    expect(resizesOf(events)).toEqual([]);
    expect(completedOf(events).metrics.step).toBe(20);
  });

  it('has no other graph than before where nothing is resized', () => {
    const [plain, unused] = [
      { initialScale: 1, fullSizeFraction: 0.2 },
      { epochs: 1, fullSizeFraction: 0 },
    ].map((more) => openNetwork(engine, { ...config(more) }).graph);
    expect(unused?.savedModel).toEqual(plain?.savedModel);
    expect([...(plain?.bySize.keys() ?? [])]).toEqual([16]);
  });
});
