import { createRequire } from 'node:module';

// What every contender finds in its environment: the same for all of them.

const require = createRequire(import.meta.url);

/** As our own training processes have it; PyTorch's tuning guide recommends an allocator that keeps memory, too. */
const keepMemory = () => require('../../libs/engine/dist/allocator.js').allocatorEnvironment({});

export const allocators = ['keep', 'system'];

/** @typedef {{ threads: number, allocator: string, gpu?: string }} Machine what the contenders may use of it */

/**
 * @param {Machine} machine
 * @returns {Record<string, string>}
 */
export const environmentOf = ({ threads, allocator, gpu = '' }) => ({
  TF_NUM_INTRAOP_THREADS: String(threads),
  OMP_NUM_THREADS: String(threads),
  TF_CPP_MIN_LOG_LEVEL: '2',
  // As our own training processes have it, and as TensorFlow has it on newer processors by itself.
  TF_ENABLE_ONEDNN_OPTS: '1',
  PYTHONWARNINGS: 'ignore',
  PYTHONDONTWRITEBYTECODE: '1',
  ...(allocator === 'keep' ? keepMemory() : {}),
  CUDA_VISIBLE_DEVICES: gpu,
  // As nvidia-smi counts them.
  CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
});
