import { existsSync, readdirSync } from 'node:fs';
import { EnvError } from '@fathom/runtime';

const NVIDIA_GPUS = '/proc/driver/nvidia/gpus';
/** From the first of these on CUDA does not look at the list any more (CUDA C++ programming guide, "CUDA environment variables"). */
const NO_DEVICE = /^$|^-\d+$|^NoDevFiles$/;

/** GPUs the NVIDIA driver knows of, without loading a library; 0 without a driver. */
export const countGpus = (): number => (existsSync(NVIDIA_GPUS) ? readdirSync(NVIDIA_GPUS).length : 0);

/**
 * CUDA's names of the GPUs that trials may train on: what a scheduler, or somebody who shares the machine, gave this
 * process with CUDA_VISIBLE_DEVICES, else all.
 *
 * @param visible CUDA_VISIBLE_DEVICES: indices or UUIDs, empty for none; undefined: not set
 * @param wanted how many of them; undefined: all
 * @param known how many the driver lists, which in some containers are more than it was given
 * @throws EnvError where more are wanted than were given
 */
export function visibleGpus(
  visible: string | undefined,
  wanted: number | undefined,
  known: number,
): readonly string[] {
  if (visible === undefined) return Array.from({ length: wanted ?? known }, (_, i) => String(i));
  const names = visible.split(',').map((name) => name.trim());
  const end = names.findIndex((name) => NO_DEVICE.test(name));
  const given = end < 0 ? names : names.slice(0, end);
  if (wanted !== undefined && wanted > given.length)
    throw new EnvError([
      {
        name: 'FATHOM_GPUS',
        rule: `given ${String(wanted)}, allowed are at most the ${String(given.length)} of CUDA_VISIBLE_DEVICES=${visible}`,
      },
    ]);
  return given.slice(0, wanted);
}
