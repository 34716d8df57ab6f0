import { availableMemory } from '@fathom/runtime';
import type { DeviceWatch } from './device-watch';

/**
 * What trials may take of each device, in bytes; undefined: unknown.
 *
 * @param givenGb as an operator says, in 10^9 bytes
 * @param gpus that trials train on; 0: on the CPU
 */
export async function deviceMemoryOf(
  givenGb: number | undefined,
  gpus: number,
  devices: Pick<DeviceWatch, 'read'>,
): Promise<number | undefined> {
  if (givenGb !== undefined) return givenGb * 1e9;
  if (gpus === 0) return availableMemory();
  const sizes = ((await devices.read()) ?? []).map(({ memoryTotalBytes }) => memoryTotalBytes);
  // Whichever a trial gets, it is to fit there.
  return sizes.length === 0 || sizes.includes(undefined) ? undefined : Math.min(...(sizes as number[]));
}
