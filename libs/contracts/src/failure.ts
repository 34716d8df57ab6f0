import { z } from 'zod';
import { memoryFactsSchema } from './memory-facts';

/** Why an attempt did not complete. */
export const failureClassSchema = z
  .enum([
    'out-of-memory',
    'diverged',
    'data',
    'user-error',
    'native-crash',
    'stuck',
    'storage',
    'lost-worker',
    'preempted',
    'internal',
  ])
  .meta({ id: 'FailureClass' });
export type FailureClass = z.infer<typeof failureClassSchema>;

export const failureSchema = z
  .strictObject({
    class: failureClassSchema,
    message: z.string().max(4_000).describe('One line for a person.'),
    log: z.string().max(16_000).default('').describe('The last lines the training process wrote.'),
    memory: memoryFactsSchema
      .optional()
      .describe('Of an attempt that ran out of memory, where it got far enough to know.'),
  })
  .meta({ id: 'Failure' });
export type Failure = z.infer<typeof failureSchema>;

/** What follows a failure of a class. */
export interface FailureRule {
  /** For a person. */
  readonly meaning: string;
  /**
   * Further attempts after failures of the class in a row, which means: without a checkpoint that is newer than the one
   * before. null: as many as it takes.
   */
  readonly retries: number | null;
  /** Seconds before the first further attempt, what each wait is multiplied by, and the longest. */
  readonly backoff: { readonly first: number; readonly factor: number; readonly cap: number };
  /** What the next attempt does otherwise. */
  readonly next: 'same' | 'half-micro-batch';
  /**
   * Who is to be suspected: the trial itself, or the machine. start: the machine, where the training had not begun.
   * neither: something from outside.
   */
  readonly suspect: 'trial' | 'machine' | 'start' | 'neither';
}

const never = { retries: 0, backoff: { first: 0, factor: 1, cap: 0 }, next: 'same' } as const;
const atOnce = { first: 0, factor: 1, cap: 0 } as const;

/** The one place that says so; `docs/failures.md` is tested against it. */
export const failureRules: Readonly<Record<FailureClass, FailureRule>> = {
  'out-of-memory': {
    meaning: 'The device or the machine did not give it the memory it asked for.',
    retries: 3,
    backoff: { first: 2, factor: 2, cap: 30 },
    next: 'half-micro-batch',
    suspect: 'start',
  },
  diverged: { ...never, meaning: 'A loss was not finite.', suspect: 'trial' },
  data: {
    ...never,
    meaning: 'The data set cannot be read, or is not what the sweep says.',
    suspect: 'trial',
  },
  'user-error': { ...never, meaning: 'The configuration cannot work.', suspect: 'trial' },
  'native-crash': {
    meaning: 'TensorFlow or another native library crashed.',
    retries: 2,
    backoff: { first: 2, factor: 4, cap: 60 },
    next: 'same',
    suspect: 'machine',
  },
  stuck: {
    meaning: 'The training process lived, but made no step for too long.',
    retries: 2,
    backoff: { first: 2, factor: 4, cap: 60 },
    next: 'same',
    suspect: 'machine',
  },
  storage: {
    meaning: 'Checkpoints or the model could not be written or read, as on a full disk.',
    retries: 4,
    backoff: { first: 5, factor: 3, cap: 300 },
    next: 'same',
    suspect: 'machine',
  },
  'lost-worker': {
    meaning: 'Its worker vanished, or its training process was killed from outside.',
    retries: 5,
    backoff: atOnce,
    next: 'same',
    suspect: 'neither',
  },
  preempted: {
    meaning: 'It made room for another trial, or its worker left.',
    retries: null,
    backoff: atOnce,
    next: 'same',
    suspect: 'neither',
  },
  internal: {
    meaning: 'Something nobody foresaw; the log has it.',
    retries: 2,
    backoff: { first: 2, factor: 4, cap: 60 },
    next: 'same',
    suspect: 'machine',
  },
};
