import type { GraphRunner, Target } from '@fathom/graph';
import { deviceName } from './device';
import { EngineError } from './engine-error';
import { applyEnvironment, type EngineOptions } from './environment';
import { loadTensorFlow } from './library';
import { Session } from './session';
import { targetOf } from './target';

/** TensorFlow, loaded into this process. */
export interface Engine {
  /** Such as `2.21.0`. */
  readonly tensorflowVersion: string;
  /** `cpu` or `gpu:0 NVIDIA H200`. */
  readonly device: string;
  /** What graphs are best built for. */
  readonly target: Target;
  /**
   * Opens a session over a graph; every session has its own variables. The caller closes it.
   *
   * @param savedModel bytes of a `saved_model.pb`, from `writeSavedModel`
   * @throws EngineError load-failed
   */
  load(savedModel: Uint8Array): GraphRunner;
  /** Tensors that are alive outside of sessions: 0 between runs. */
  tensorCount(): number;
}

let opened: { readonly engine: Engine; readonly options: string } | undefined;

/**
 * Loads TensorFlow, which happens once in the life of a process: a second call returns the same engine, and fails if
 * it asks for other options than the first.
 *
 * @throws EngineError missing-library where TensorFlow is not installed
 */
export function openEngine(options: EngineOptions = {}): Engine {
  const wanted = JSON.stringify(options);
  if (opened && opened.options !== wanted)
    throw new EngineError(
      'misuse',
      `TensorFlow is loaded with ${opened.options} already and cannot change to ${wanted}`,
    );
  opened ??= { engine: load(options), options: wanted };
  return opened.engine;
}

function load(options: EngineOptions): Engine {
  applyEnvironment(options, process.env);
  const { binding } = loadTensorFlow();
  const device = deviceName(binding.isUsingGpuDevice(), process.env['CUDA_VISIBLE_DEVICES']);
  return {
    tensorflowVersion: binding.TF_Version,
    device,
    target: targetOf(device),
    load: (savedModel) => new Session(binding, savedModel),
    tensorCount: () => binding.getNumOfTensors(),
  };
}
