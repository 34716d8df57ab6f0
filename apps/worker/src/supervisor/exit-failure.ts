import {
  describeMemory,
  memoryWarning,
  type Failure,
  type FailureClass,
  type MemoryFacts,
} from '@fathom/contracts';
import { isAboutMemory } from '../out-of-memory';

const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGILL', 'SIGBUS', 'SIGFPE']);
/** How native code ends that goes on with memory it did not get. */
const CRASHES_WITHOUT_MEMORY: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS']);

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines that the process wrote. */
  readonly log: string;
  /** What the process expected to take and had left, where it got far enough to say. */
  readonly memory?: MemoryFacts | undefined;
  /** Whether the kernel has killed for want of memory while the process ran; undefined: nobody knows. */
  readonly wasKillForMemory?: boolean | undefined;
}

/** Why a training process ended that did not say so itself. */
export function exitFailure(end: ProcessEnd): Failure {
  const { code, signal, log, memory } = end;
  const how = signal ?? `exit code ${String(code)}`;
  return withMemory({ ...explain(end, how), log }, memory);
}

function explain(
  { code, signal, log, memory, wasKillForMemory = true }: ProcessEnd,
  how: string,
): Omit<Failure, 'log'> {
  const failure = (failureClass: FailureClass, message: string) => ({ class: failureClass, message });
  if (isAboutMemory(log)) return failure('out-of-memory', `the training process ran out of memory (${how})`);
  // The kernel sends SIGKILL where memory runs out, and so do guards that the kernel does not know of.
  if (signal === 'SIGKILL' || code === 137)
    return wasKillForMemory || (memory && memoryWarning(memory) !== undefined)
      ? failure('out-of-memory', 'the training process was killed (SIGKILL), most likely for want of memory')
      : failure('lost-worker', 'the training process was killed from outside (SIGKILL)');
  // Not every kernel of TensorFlow looks whether it got the memory it asked for.
  if (signal !== null && CRASHES_WITHOUT_MEMORY.has(signal) && memory && memoryWarning(memory) !== undefined)
    return failure(
      'out-of-memory',
      `the training process crashed in native code (${signal}), most likely for want of memory`,
    );
  if (signal !== null && CRASHES.has(signal))
    return failure('native-crash', `the training process crashed in native code (${signal})`);
  return failure('internal', `the training process ended without a result (${how})`);
}

/**
 * A failure for want of memory, with what was known of it; any other as it is. An allocation that fails in the middle
 * of Node.js or of a library may come up as any error; where too little memory was there from the beginning, an error
 * without another explanation is taken for that.
 */
export function withMemory(said: Failure, memory: MemoryFacts | undefined): Failure {
  if (!memory) return said;
  const isUnexplained = said.class === 'internal' && memoryWarning(memory) !== undefined;
  const failure: Failure = isUnexplained
    ? { ...said, class: 'out-of-memory', message: `${said.message} (most likely for want of memory)` }
    : said;
  if (failure.class !== 'out-of-memory') return failure;
  return { ...failure, message: `${failure.message}: ${describeMemory(memory)}`.slice(0, 4000), memory };
}
