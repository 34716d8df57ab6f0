// What every contender finds in its environment: the same for all of them.

/**
 * glibc gives large blocks back to the system as they are freed and takes them anew, page by page, in the next step.
 * Told to keep them it costs none of the contenders anything; PyTorch's tuning guide recommends an allocator that does.
 */
const keepMemory = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  MALLOC_TOP_PAD_: String(2 ** 28),
};

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
  PYTHONWARNINGS: 'ignore',
  PYTHONDONTWRITEBYTECODE: '1',
  ...(allocator === 'keep' ? keepMemory : {}),
  CUDA_VISIBLE_DEVICES: gpu,
  // As nvidia-smi counts them.
  CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
});
