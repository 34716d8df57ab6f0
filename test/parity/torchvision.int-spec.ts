import { trainingConfigSchema } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import {
  constant,
  gradients,
  Graph,
  identity,
  mean,
  normalise,
  placeholder,
  restorePlaceholder,
  restoreVariables,
  sparseCrossEntropy,
  writeSavedModel,
  type FetchedValue,
} from '@fathom/graph';
import { fromTorchvision, resolveArchitecture, torchvisionEntries, toTorchvision } from '@fathom/resnet';
import type { SafeTensor } from '@fathom/safetensors';
import { z } from 'zod';
import { buildInference, buildTraining } from '../../libs/resnet/src/graph/network';
import { Weights } from '../../libs/resnet/src/graph/weights';
import { generatedImages, generatedStateDict } from './generated';
import { readReference } from './read-reference';

const numbers = z.array(z.number());
const logitsSchema = z.strictObject({ rounding: z.number(), logits: z.array(numbers) });
const caseSchema = z.strictObject({
  config: z.looseObject({ depth: z.number() }),
  images: z.number(),
  imageSize: z.number(),
  evaluation: logitsSchema,
  training: logitsSchema,
  statistics: z.record(z.string(), numbers),
  gradients: z.record(z.string(), z.strictObject({ largest: z.number(), first: numbers })),
});
const reference = z
  .strictObject({
    madeWith: z.string(),
    seed: z.number(),
    classes: z.number(),
    mean: numbers,
    std: numbers,
    cases: z.array(caseSchema),
  })
  .parse(readReference('torchvision-reference.json'));
const { classes, seed } = reference;
const stateDicts = z
  .record(z.string(), z.array(z.string()))
  .parse(readReference('torchvision-state-dicts.json'));

type ParityCase = z.infer<typeof caseSchema>;

/** Of the largest logit, over all images and classes. */
const TOLERANCE = 1e-4;
/** Of the largest gradient of the same parameter. */
const GRADIENT_TOLERANCE = 1e-3;

const architectureOf = ({ config, imageSize }: Pick<ParityCase, 'config' | 'imageSize'>) =>
  resolveArchitecture(trainingConfigSchema.parse(config), { imageSize, channels: 3, classes });

/** The largest difference, over the largest number of the reference. */
function distance(ours: ArrayLike<number>, theirs: readonly number[], scale = largest(theirs)): number {
  expect(ours).toHaveLength(theirs.length);
  return largest(theirs.map((value, i) => value - (ours[i] ?? Number.NaN))) / scale;
}
function firstOf(tensor: SafeTensor | undefined, count: number): Float32Array {
  if (tensor?.dtype !== 'F32') throw new TypeError('not float32');
  return tensor.data.subarray(0, count);
}
const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

/** What the network makes of the generated weights and images, in torchvision's layout. */
function results(testCase: ParityCase) {
  const architecture = architectureOf(testCase);
  const graph = new Graph();
  const config = trainingConfigSchema.parse(testCase.config);
  const weights = new Weights(graph, architecture, placeholder(graph, 'seed', 'int32', []), config);
  const shape = [testCase.images, testCase.imageSize, testCase.imageSize, 3];
  const float32 = (values: readonly number[]) => constant(graph, 'float32', values);
  const pixels = placeholder(graph, 'images', 'uint8', shape);
  const input = normalise(pixels, float32(reference.mean), float32(reference.std));
  const evaluation = buildInference(architecture, weights, input);
  const training = buildTraining(architecture, weights, input);
  const labels = constant(graph, 'int32', [...Array(testCase.images).keys()]);
  const wanted = Object.keys(testCase.gradients);
  const parameterGradients = gradients(
    mean(sparseCrossEntropy(training.logits, labels)),
    wanted.map((name) => weights.value(name)),
  );
  const collect = identity(training.logits, { after: training.statisticsUpdates });
  const restore = restoreVariables(graph, graph.variables);

  const shapes = torchvisionEntries(architecture).map((entry) => [entry.name, entry.shape] as const);
  const stateDict = generatedStateDict(Object.fromEntries(shapes), seed);
  const { tensors } = fromTorchvision(architecture, stateDict);
  const exported = (changed: Readonly<Record<string, FetchedValue | undefined>>) => {
    const entries = Object.entries(changed).map(([name, value]) => {
      if (value?.dtype !== 'float32') throw new TypeError(`${name} is not float32`);
      return [name, { ...value, dtype: 'F32' as const, shape: [...value.shape] }];
    });
    return toTorchvision(architecture, { ...tensors, ...Object.fromEntries(entries) } as typeof tensors);
  };

  const session = openEngine().load(writeSavedModel(graph));
  try {
    const parts = graph.variables.flatMap((variable) => variable.parts);
    const state = parts.map(({ name }) => {
      const { shape: ofName, data } = tensors[name]!;
      return [restorePlaceholder(name), { dtype: 'float32', shape: ofName, data }] as const;
    });
    session.run(Object.fromEntries(state), [restore.name]);
    const data = generatedImages('images', testCase.images, testCase.imageSize);
    const feeds = { images: { dtype: 'uint8', shape, data } as const };
    const [inEvaluation] = session.run(feeds, [evaluation.name]);
    const [inTraining, ...ofParameters] = session.run(feeds, [
      collect.name,
      ...parameterGradients.map(({ name }) => name),
    ]);
    const statistics = parts.filter(({ name }) => name in testCase.statistics);
    const collected = session.run(
      {},
      statistics.map(({ value }) => value.name),
    );
    return {
      evaluation: [...inEvaluation!.data],
      training: [...inTraining!.data],
      statistics: exported(Object.fromEntries(statistics.map(({ name }, i) => [name, collected[i]]))),
      gradients: exported(Object.fromEntries(wanted.map((name, i) => [name, ofParameters[i]]))),
    };
  } finally {
    session.close();
  }
}

describe('the same weights give what PyTorch gives', () => {
  it.each(reference.cases.map((testCase) => [JSON.stringify(testCase.config), testCase] as const))(
    '%s',
    (_, testCase) => {
      const ours = results(testCase);
      for (const mode of ['evaluation', 'training'] as const) {
        const theirs = testCase[mode].logits.flat();
        expect(distance(ours[mode], theirs)).toBeLessThan(TOLERANCE);
      }
      for (const [name, theirs] of Object.entries(testCase.statistics))
        expect(distance(firstOf(ours.statistics[name], theirs.length), theirs)).toBeLessThan(TOLERANCE);
      for (const [name, { largest: scale, first }] of Object.entries(testCase.gradients))
        expect(distance(firstOf(ours.gradients[name], first.length), first, scale)).toBeLessThan(
          GRADIENT_TOLERANCE,
        );
    },
  );

  it('is a test that rounding alone does not fail', () => {
    // PyTorch in float32 against itself in float64.
    for (const { evaluation, training } of reference.cases)
      expect(Math.max(evaluation.rounding, training.rounding)).toBeLessThan(TOLERANCE / 10);
  });
});

describe('the names and shapes of a state_dict', () => {
  it.each(Object.entries(stateDicts))("depth %s: are torchvision's, in its order", (depth, theirs) => {
    const architecture = architectureOf({ config: { depth: Number(depth) }, imageSize: 96 });
    const ours = torchvisionEntries(architecture).map(({ name, shape }) => [name, ...shape].join(' '));
    expect(ours).toEqual(theirs);
  });
});
