import type { Failure, FailureClass } from '@fathom/contracts';

const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGILL', 'SIGBUS', 'SIGFPE']);
/** TensorFlow's own words when an allocation fails; on a GPU this is an exception and not a signal. */
const OUT_OF_MEMORY =
  /OOM when allocating|RESOURCE_EXHAUSTED|Resource exhausted|std::bad_alloc|JavaScript heap out of memory/;

/** Why a training process ended that did not say so itself. */
export function exitFailure(code: number | null, signal: string | null, log: string): Failure {
  const how = signal ?? `exit code ${String(code)}`;
  return { ...explain(code, signal, log, how), log };
}

function explain(code: number | null, signal: string | null, log: string, how: string): Omit<Failure, 'log'> {
  const failure = (failureClass: FailureClass, message: string) => ({ class: failureClass, message });
  if (OUT_OF_MEMORY.test(log))
    return failure('out-of-memory', `the training process ran out of memory (${how})`);
  // Nothing but the kernel's out-of-memory killer, or a person, sends SIGKILL to a training process.
  if (signal === 'SIGKILL' || code === 137)
    return failure(
      'out-of-memory',
      'the training process was killed (SIGKILL), most likely for want of memory',
    );
  if (signal !== null && CRASHES.has(signal))
    return failure('native-crash', `the training process crashed in native code (${signal})`);
  return failure('internal', `the training process ended without a result (${how})`);
}
