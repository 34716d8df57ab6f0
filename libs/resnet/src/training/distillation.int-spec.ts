import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { resolveArchitecture } from '../architecture/architecture';
import { teacherOf } from '../graph/teacher';
import { buildTrainingGraph, type TrainingGraphOptions } from '../graph/training-graph';
import { Classifier } from '../model/classifier';
import type { TrainedModel } from '../model/trained-model';
import { collectEvents } from '../testing/collect-events';
import { stripedImages } from '../testing/striped-images';
import type { TrainingEvent, TrainOptions } from './train';

const engine = openEngine();
const data = stripedImages();
const config = (more: Partial<TrainingConfig> = {}): TrainingConfig =>
  trainingConfigSchema.parse({
    ...{ depth: 8, width: 0.5, batchSize: 32, epochs: 3, learningRate: 0.05, seed: 1, ...more },
  });

const run = (options: Partial<TrainOptions> = {}) => collectEvents({ config: config(), data, ...options });

const checkpointsOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event) => (event.type === 'checkpoint' ? [event.checkpoint] : []));
const modelOf = (events: readonly TrainingEvent[]): TrainedModel => {
  const last = events.at(-1);
  if (last?.type !== 'completed') throw new Error('it did not complete');
  return last.model;
};

/** Of the test images, less their mean, which no softmax can tell: [images x classes] */
function logitsOf(model: TrainedModel): number[] {
  const classifier = new Classifier(model, (savedModel) => engine.load(savedModel));
  try {
    return classifier.classify(data.test.images).flatMap(({ logits }) => {
      const mean = logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
      return [...logits].map((logit) => logit - mean);
    });
  } finally {
    classifier.close();
  }
}

/** Root of the mean squared difference. */
const distance = (a: readonly number[], b: readonly number[]) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);

const withInput = ({ facts, tensors }: TrainedModel, input: Partial<TrainedModel['facts']['input']>) => ({
  facts: { ...facts, input: { ...facts.input, ...input } },
  tensors,
});

describe('distillation', () => {
  let teacher: TrainedModel;
  beforeAll(async () => {
    teacher = modelOf(await run({ config: config({ depth: 14, seed: 2 }) }));
  });

  it.each([
    [0.6, { precision: 'float32' }],
    // Images that the teacher has never seen the like of teach it more slowly.
    [0.9, { precision: 'bfloat16', accumulationSteps: 2, mixup: 0.2, cutout: 0.25 }],
  ] as const)('brings a student closer to the logits of its teacher, to %d: %j', async (share, more) => {
    const recipe = { ...more, distillTemperature: 2 };
    const student = (distillWeight: number) => run({ config: config({ ...recipe, distillWeight }), teacher });
    const theirs = logitsOf(teacher);
    const [taught, alone] = [await student(1), await student(0)];
    const [near, far] = [taught, alone].map((events) => distance(logitsOf(modelOf(events)), theirs));
    expect(near).toBeLessThan(share * far!);
    // Nothing of the teacher is in a checkpoint.
    const names = (events: readonly TrainingEvent[]) => Object.keys(checkpointsOf(events)[0]!.tensors);
    expect(names(taught)).toEqual(names(alone));
    expect(engine.tensorCount()).toBe(0);
  });

  it('has the weights of the teacher on the device once, and not in the graph, which TensorFlow copies', () => {
    const recipe = config({ distillWeight: 0.5 });
    const [size, , channels] = data.imageShape;
    const architecture = resolveArchitecture(recipe, {
      imageSize: size,
      channels,
      classes: data.classes.length,
    });
    const { mean, std } = teacher.facts.input;
    const graphOf = (more: TrainingGraphOptions) =>
      buildTrainingGraph(architecture, recipe, { mean, std }, { kind: 'fed' }, more);
    const alone = graphOf({});
    const taught = graphOf({ teacher: teacherOf({ teacher: '' }, teacher, data) });
    const { bytes = 0 } = taught.teacher ?? {};
    expect(bytes).toBeGreaterThan(100_000);
    expect(taught.savedModel.length - alone.savedModel.length).toBeLessThan(bytes / 2);
    expect(taught.memory).toMatchObject({ teacher: 2 * bytes, images: 0, variables: alone.memory.variables });
    expect(alone.memory.teacher).toBe(0);
  });

  it('without weight is training without a teacher, bit for bit', async () => {
    const recipe = config({ epochs: 1, distillWeight: 0 });
    const [given, none] = [await run({ config: recipe, teacher }), await run({ config: recipe })];
    expect(checkpointsOf(given)[0]!.tensors).toEqual(checkpointsOf(none)[0]!.tensors);
  });

  it('goes on from a checkpoint bit for bit, with the same teacher only', async () => {
    const options = { teacher, checkpointEverySteps: 7, config: config({ epochs: 1 }) };
    const whole = checkpointsOf(await run(options));
    const resumeFrom = structuredClone(whole[0]!);
    expect(resumeFrom.step).toBe(7);
    const rest = checkpointsOf(await run({ ...options, resumeFrom }));
    expect(rest.at(-1)!.tensors).toEqual(whole.at(-1)!.tensors);

    const other = withInput(teacher, { mean: [0.5, 0.5, 0.5] });
    const refused =
      /^checkpoint of step 7: given teacher\.contents "[0-9a-f]{8}", allowed .* teacher\.contents "/;
    await expect(run({ ...options, resumeFrom, teacher: other })).rejects.toThrow(refused);
    const without = { checkpointEverySteps: 7, config: options.config };
    await expect(run({ ...without, resumeFrom })).rejects.toThrow(/given teacher\.contents ""/);
  });

  it('sees the images with the pixel statistics of the teacher', async () => {
    const recipe = config({ epochs: 1, distillWeight: 1 });
    const first = async (model: TrainedModel) =>
      checkpointsOf(await run({ config: recipe, teacher: model }))[0]!.tensors['fc.weight']!.data;
    const shifted = withInput(teacher, { mean: teacher.facts.input.mean.map((mean) => mean + 0.2) });
    expect(await first(shifted)).not.toEqual(await first(teacher));
  });

  it('refuses a teacher that does not fit, and one that is missing', async () => {
    const refused = (model: TrainedModel | undefined, message: RegExp) =>
      expect(
        run({ config: config({ teacher: 'models/big' }), ...(model ? { teacher: model } : {}) }),
      ).rejects.toThrow(message);
    const named = (classes: string[]) => ({ ...teacher, facts: { ...teacher.facts, classes } });
    await refused(
      named(['upright', 'lying', 'slanted']),
      /^teacher: given models\/big, a model of 3 classes, allowed is one of the 4 classes of the data set$/,
    );
    await refused(
      named(['lying', 'upright', 'slanted', 'checked']),
      /^teacher: given models\/big, a model whose class 0 is lying, .* class 0 is upright$/,
    );
    await refused(
      withInput(teacher, { imageSize: 32 }),
      /^teacher: given models\/big, a model for images \[32, 32, 3\], .* \[16, 16, 3\]$/,
    );
    const tensors = Object.fromEntries(
      Object.entries(teacher.tensors).filter(([name]) => name !== 'layer2.0.conv1.weight'),
    );
    await refused({ ...teacher, tensors }, /^teacher: given models\/big, .*layer2\.0\.conv1\.weight is none/);
    await refused(undefined, /^teacher: given models\/big, allowed is a path whose model is given/);
    expect(engine.tensorCount()).toBe(0);
  });
});
