import { EngineError } from './engine-error';

/** TensorFlow reads these from the process environment, once, while it is loaded. */
export interface EngineOptions {
  /** Threads of one op, such as a convolution. Another number changes the last bits of the results. */
  readonly intraOpThreads?: number;
  /** Ops that may run at the same time. */
  readonly interOpThreads?: number;
  /** CUDA's names of the devices that may be used, such as `0`; empty for none. */
  readonly visibleDevices?: string;
}

function environmentOf({ intraOpThreads, interOpThreads, visibleDevices }: EngineOptions) {
  return {
    ...(intraOpThreads === undefined
      ? {}
      : { TF_NUM_INTRAOP_THREADS: threads('intraOpThreads', intraOpThreads) }),
    ...(interOpThreads === undefined
      ? {}
      : { TF_NUM_INTEROP_THREADS: threads('interOpThreads', interOpThreads) }),
    ...(visibleDevices === undefined ? {} : { CUDA_VISIBLE_DEVICES: visibleDevices }),
  };
}

/** What a process may set for itself: an operator's own value wins. */
const defaults = {
  TF_CPP_MIN_LOG_LEVEL: '2',
  // On its own TensorFlow uses oneDNN only on processors with VNNI, AMX and the like; it is as good on those with AVX2.
  TF_ENABLE_ONEDNN_OPTS: '1',
  // Several processes share a GPU only if none takes all of its memory at once.
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
};

function threads(name: string, value: number): string {
  if (!Number.isInteger(value) || value < 1)
    throw new EngineError('misuse', `${name}: expected a whole number of at least 1, given ${String(value)}`);
  return String(value);
}

/** Puts the options where TensorFlow looks for them. Has to happen before the library is loaded. */
export function applyEnvironment(options: EngineOptions, env: NodeJS.ProcessEnv): void {
  Object.assign(env, { ...defaults, ...pick(env, Object.keys(defaults)) }, environmentOf(options));
}

const pick = (env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv =>
  Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
