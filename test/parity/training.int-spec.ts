import { trainingConfigSchema } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { buildTrainingGraph, fromTorchvision, learningRateAt, resolveArchitecture } from '@fathom/resnet';
import { torchvisionEntries } from '@fathom/resnet';
import { z } from 'zod';
import { batchesOf } from '../../libs/resnet/src/training/batches';
import { NetworkSession } from '../../libs/resnet/src/training/network-session';
import { generatedStateDict, labelledImages } from './generated';
import { readReference } from './read-reference';

const numbers = z.array(z.number());
const reference = z
  .strictObject({
    madeWith: z.string(),
    seed: z.number(),
    depth: z.number(),
    classes: z.number(),
    imageSize: z.number(),
    batchSize: z.number(),
    steps: z.number(),
    mean: numbers,
    std: numbers,
    runs: z.array(
      z.strictObject({
        recipe: z.record(z.string(), z.unknown()),
        rounding: z.number(),
        losses: numbers,
        evaluated: z.number(),
      }),
    ),
  })
  .parse(readReference('training-reference.json'));

/** Of the loss. */
const TOLERANCE = 1e-3;

const { depth, classes, imageSize, batchSize, steps, mean, std, seed, runs } = reference;

function runOf(recipe: Readonly<Record<string, unknown>>) {
  const config = trainingConfigSchema.parse({
    ...recipe,
    ...{ depth, batchSize, epochs: 1, augment: 'none', warmupEpochs: 0 },
  });
  const architecture = resolveArchitecture(config, { imageSize, channels: 3, classes });
  const train = labelledImages(batchSize * steps, imageSize, classes);
  const data = {
    imageShape: [imageSize, imageSize, 3] as const,
    classes: Array.from({ length: classes }, (_, i) => String(i)),
    ...{ train, validation: train, test: train },
  };
  const graph = buildTrainingGraph(architecture, config, { mean, std });
  const network = new NetworkSession(graph, openEngine().load(graph.savedModel));
  try {
    network.initialise(0);
    const shapes = torchvisionEntries(architecture).map(({ name, shape }) => [name, shape] as const);
    const { tensors } = fromTorchvision(architecture, generatedStateDict(Object.fromEntries(shapes), seed));
    network.restore({ step: 0, state: {}, tensors: { ...network.snapshot(), ...tensors } });

    const batches = batchesOf(data, {
      rowSize: batchSize,
      rows: 10,
      rowsPerStep: 1,
      images: { kind: 'fed' },
    });
    const losses: number[] = [];
    while (losses.length < steps) {
      const stepsDone = losses.length;
      const count = Math.min(batches.rows, steps - stepsDone);
      batches.put(
        0,
        'train',
        Array.from({ length: count * batchSize }, (_, i) => stepsDone * batchSize + i),
      );
      const learningRates = Array.from({ length: count }, (_, i) =>
        learningRateAt(config, stepsDone + i, steps),
      );
      const results = network.train(batches, { learningRates, seed: 0, stepsDone });
      losses.push(...results.map(({ loss }) => loss));
    }
    batches.put(0, 'train', [...Array(batchSize).keys()]);
    const [evaluated] = network.evaluate(batches, 1);
    return { losses, evaluated: evaluated!.losses.reduce((sum, loss) => sum + loss, 0) / batchSize };
  } finally {
    network.close();
  }
}

describe('50 steps follow those of PyTorch', () => {
  it.each(runs.map((run) => [JSON.stringify(run.recipe), run] as const))('%s', (_, run) => {
    const { losses, evaluated } = runOf(run.recipe);
    expect(losses).toHaveLength(50);
    const apart = losses.map((loss, i) => Math.abs(loss - run.losses[i]!));
    expect(Math.max(...apart)).toBeLessThan(TOLERANCE);
    // With running statistics, which have followed as well.
    expect(Math.abs(evaluated - run.evaluated)).toBeLessThan(TOLERANCE);
  });

  it('in runs that learn, and that rounding alone does not take apart', () => {
    for (const { losses, rounding } of runs) {
      // PyTorch in float32 against itself in float64.
      expect(rounding).toBeLessThan(TOLERANCE / 2);
      expect(losses.at(-1)).toBeLessThan(losses[0]! - 100 * TOLERANCE);
    }
  });
});
