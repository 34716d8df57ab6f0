import { existsSync, readdirSync } from 'node:fs';

export const DRIVER_DIR = '/proc/driver/nvidia/gpus';
/** From the first of these on CUDA looks at the list no more (CUDA C++ programming guide, "CUDA environment variables"). */
const NO_DEVICE = /^$|^-\d+$|^NoDevFiles$/;

/** GPUs the NVIDIA driver knows of, without loading a library; 0 without a driver. */
export const countGpus = (): number => (existsSync(DRIVER_DIR) ? readdirSync(DRIVER_DIR).length : 0);

/** What a process finds in its environment, to compute on these GPUs alone. @param names CUDA's; none: on the CPU */
export const gpuEnvironment = (
  names: readonly string[],
  env: Readonly<NodeJS.ProcessEnv> = process.env,
): Record<string, string> => ({
  // Counted as nvidia-smi and NVML count.
  CUDA_DEVICE_ORDER: env['CUDA_DEVICE_ORDER'] ?? 'PCI_BUS_ID',
  CUDA_VISIBLE_DEVICES: names.join(','),
});

/**
 * CUDA's names of the GPUs that a process may compute on: what a scheduler, or somebody who shares the machine, gave it, else
 * all.
 *
 * @param visible CUDA_VISIBLE_DEVICES: indices or UUIDs, empty for none; undefined: not set
 * @param known how many GPUs there are
 */
export function visibleGpus(visible: string | undefined, known = countGpus()): readonly string[] {
  if (visible === undefined) return Array.from({ length: known }, (_, i) => String(i));
  const names = visible.split(',').map((name) => name.trim());
  const end = names.findIndex((name) => NO_DEVICE.test(name));
  return end < 0 ? names : names.slice(0, end);
}
