import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { ConfigurationError } from '../configuration-error';
import { stripedImages } from '../testing/striped-images';
import { beginning, type Checkpoint } from './checkpoint';
import { CheckpointMismatchError, RunState } from './run-state';
import { shuffledOrder } from './shuffle';
import type { TrainingData } from './training-data';

const data = stripedImages();
const config = (more: Partial<TrainingConfig> = {}): TrainingConfig =>
  trainingConfigSchema.parse({ depth: 8, batchSize: 32, epochs: 2, seed: 3, ...more });

/** Seven steps into the first of two epochs of ten, as a file would hand it back. */
const checkpoint = (): Checkpoint => {
  const state = new RunState(config(), data).stateOf({ ...beginning(), step: 7, epochLoss: 0.1 + 0.2 });
  return { step: 7, state: JSON.parse(JSON.stringify(state)) as Checkpoint['state'], tensors: {} };
};

const refusal = (run: RunState, of = checkpoint()): string => {
  try {
    run.progressOf(of);
  } catch (error) {
    if (error instanceof CheckpointMismatchError) return error.message;
    throw error;
  }
  return 'not refused';
};
const withTrain = (change: (train: { images: Uint8Array; labels: Uint8Array }) => void): TrainingData => {
  const { images, labels, count } = data.train;
  const train = { count, images: images.slice(), labels: Uint8Array.from(labels) };
  change(train);
  return { ...data, train };
};

describe('RunState', () => {
  it('gives back where the loop stood, to the last bit', () => {
    expect(new RunState(config(), data).progressOf(checkpoint())).toEqual({
      ...beginning(),
      step: 7,
      epochLoss: 0.1 + 0.2,
    });
  });

  it('holds position and seed of the schedule and of every generator', () => {
    expect(checkpoint().state['next']).toEqual({
      schedule: { stepsPerEpoch: 10, learningRate: expect.any(Number) as number },
      dataOrder: {
        generator: 'xoroshiro128+',
        seed: 3,
        epoch: 0,
        position: 7 * 32,
        fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
      },
      augmentation: { generator: 'tensorflow-stateless', key: [3, 7] },
    });
  });

  it('hands out the order of each epoch', () => {
    const run = new RunState(config(), data);
    for (const epoch of [0, 1, 1, 0]) expect(run.orderOf(epoch)).toEqual(shuffledOrder(320, 3, epoch));
  });

  it('names every field of another configuration, with both values', () => {
    expect(refusal(new RunState(config({ learningRate: 0.5, nesterov: true }), data))).toBe(
      'checkpoint of step 7: given learningRate 0.5, nesterov true, allowed is only what it was made with: ' +
        'learningRate 0.1, nesterov false',
    );
  });

  it.each<[string, TrainingData, string]>([
    ['fewer images', { ...data, train: { ...data.train, count: 319 } }, 'data.train 319'],
    ['other classes', { ...data, classes: ['a', 'b', 'c', 'd'] }, 'data.classes ["a","b","c","d"]'],
    ['another shape', { ...data, imageShape: [16, 16, 1] }, 'data.imageShape [16,16,1]'],
    ['other labels', withTrain(({ labels }) => (labels[200]! ^= 1)), 'data.contents'],
    ['other pixels', withTrain(({ images }) => (images[200 * 768]! ^= 1)), 'data.contents'],
  ])('refuses a data set with %s', (_what, other, named) => {
    expect(refusal(new RunState(config(), other))).toContain(`given ${named}`);
  });

  it('refuses a data order or schedule that this version would not go on with', () => {
    const { state, ...rest } = checkpoint();
    const text = JSON.stringify(state).replace(/"fingerprint":"\w+"/, '"fingerprint":"00000000"');
    const other = { ...rest, state: JSON.parse(text) as Checkpoint['state'] };
    expect(refusal(new RunState(config(), data), other)).toMatch(
      /given dataOrder\.fingerprint "\w{8}", allowed is only what it was made with: dataOrder\.fingerprint "00000000"/,
    );
  });

  it('refuses a state that is none, and one of another step', () => {
    const run = new RunState(config(), data);
    expect(() => run.progressOf({ ...checkpoint(), state: { step: 7 } })).toThrow(ConfigurationError);
    expect(refusal(run, { ...checkpoint(), step: 8 })).toContain('given step 7');
  });
});
