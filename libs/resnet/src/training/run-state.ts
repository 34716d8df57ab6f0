import type { TrainingConfig } from '@fathom/contracts';
import { z } from 'zod';
import { ConfigurationError } from '../configuration-error';
import {
  checkpointStateSchema,
  type Checkpoint,
  type CheckpointState,
  type JsonObject,
  type Progress,
} from './checkpoint';
import { dataFingerprint, modelFingerprint, orderFingerprint, type FingerprintedModel } from './fingerprint';
import { learningRateAt } from './schedules';
import { shuffledOrder } from './shuffle';
import type { TrainingData } from './training-data';

/** One run: a configuration on a data set. Writes where it stands, and reads that of the same run only. */
export class RunState {
  readonly #config: TrainingConfig;
  readonly #data: CheckpointState['data'];
  readonly #teacher: CheckpointState['teacher'];
  readonly #stepsPerEpoch: number;
  #order: EpochOrder | undefined;

  constructor(config: TrainingConfig, data: TrainingData, teacher?: FingerprintedModel) {
    this.#config = config;
    this.#data = dataFingerprint(data);
    this.#teacher = teacher ? modelFingerprint(teacher) : '';
    this.#stepsPerEpoch = Math.floor(data.train.count / config.batchSize);
  }

  /** In which order the training images are taken in an epoch: [train.count]. */
  orderOf(epoch: number): Uint32Array {
    return this.#orderOf(epoch).order;
  }

  /** The state of a checkpoint. */
  stateOf(progress: Progress): JsonObject {
    const { step } = progress;
    const state: CheckpointState = {
      format: 3,
      config: this.#config,
      data: this.#data,
      teacher: this.#teacher,
      progress: { ...progress },
      next: this.#positionAt(step),
    };
    return state;
  }

  /**
   * Where the checkpoint's loop stood.
   *
   * @param mayDiffer parameters that the checkpoint's run may have had another value of
   * @throws ConfigurationError naming everything in which the checkpoint is of another run, with both values
   */
  progressOf({ step, state }: Checkpoint, mayDiffer: ReadonlySet<string> = new Set()): Progress {
    const parsed = checkpointStateSchema.safeParse(state);
    if (!parsed.success)
      throw new ConfigurationError(
        `checkpoint of step ${String(step)}`,
        z.prettifyError(parsed.error),
        'one of this version of Fathom',
      );
    const { config, data, teacher, progress, next } = parsed.data;
    const differences = [
      ...differencesOf(this.#config, config).filter(({ name }) => !mayDiffer.has(name)),
      ...differencesOf(this.#data, data, 'data.'),
      ...differencesOf({ contents: this.#teacher }, { contents: teacher }, 'teacher.'),
      ...differencesOf({ step: progress.step }, { step }),
    ];
    // These follow from the others, as long as this version computes them in the same way.
    if (differences.length === 0)
      differences.push(
        ...differencesOf(this.#positionAt(step), next).filter(
          ({ name }) => !(name === 'schedule.learningRate' && mayDiffer.has('learningRate')),
        ),
      );
    if (differences.length > 0) throw new CheckpointMismatchError(step, differences);
    return progress;
  }

  /** The last one is kept: both the epoch and its checkpoints want it, and a shuffle of a large set takes a while. */
  #orderOf(epoch: number): EpochOrder {
    if (this.#order?.epoch === epoch) return this.#order;
    const order = shuffledOrder(this.#data.train, this.#config.seed, epoch);
    return (this.#order = { epoch, order, fingerprint: orderFingerprint(order) });
  }

  #positionAt(step: number): CheckpointState['next'] {
    const { seed, batchSize } = this.#config;
    const epoch = Math.floor(step / this.#stepsPerEpoch);
    return {
      schedule: {
        stepsPerEpoch: this.#stepsPerEpoch,
        learningRate: learningRateAt(this.#config, step, this.#stepsPerEpoch),
      },
      dataOrder: {
        generator: 'xoroshiro128+',
        seed,
        epoch,
        position: (step - epoch * this.#stepsPerEpoch) * batchSize,
        fingerprint: this.#orderOf(epoch).fingerprint,
      },
      augmentation: { generator: 'tensorflow-stateless', key: [seed, step] },
    };
  }
}

/** A checkpoint of another configuration, data set or data order. */
export class CheckpointMismatchError extends ConfigurationError {
  override readonly name = 'CheckpointMismatchError';

  constructor(
    step: number,
    readonly differences: readonly Difference[],
  ) {
    const list = (side: 'given' | 'expected') =>
      differences.map((difference) => `${difference.name} ${JSON.stringify(difference[side])}`).join(', ');
    super(
      `checkpoint of step ${String(step)}`,
      list('given'),
      `only what it was made with: ${list('expected')}`,
    );
  }
}

export interface Difference {
  readonly name: string;
  /** In this run. */
  readonly given: unknown;
  /** In the checkpoint. */
  readonly expected: unknown;
}

/** The leaves in which two values of one schema differ; lists are leaves. */
function differencesOf(given: object, expected: object, path = ''): Difference[] {
  const other = new Map<string, unknown>(Object.entries(expected));
  return Object.entries(given).flatMap(([key, value]: [string, unknown]) => {
    const theirs = other.get(key);
    if (isRecord(value) && isRecord(theirs)) return differencesOf(value, theirs, `${path}${key}.`);
    return JSON.stringify(value) === JSON.stringify(theirs)
      ? []
      : [{ name: `${path}${key}`, given: value, expected: theirs }];
  });
}

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface EpochOrder {
  readonly epoch: number;
  readonly order: Uint32Array;
  readonly fingerprint: string;
}
