import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DRIVER_DIR } from './visible-gpus';

/**
 * Name of the device that computes: `cpu`, or `gpu:0` with the model where the driver tells it.
 *
 * @param visibleDevices CUDA_VISIBLE_DEVICES; the binding uses the last device it sees
 */
export function deviceName(usesGpu: boolean, visibleDevices: string | undefined): string {
  if (!usesGpu) return 'cpu';
  const visible = visibleDevices?.split(',').filter((name) => name !== '');
  const models = gpuModels();
  const index = visible?.length ? visible.at(-1) : String(Math.max(0, models.length - 1));
  const model = models[Number(index)] ?? models[0];
  return [`gpu:${String(index)}`, ...(model ? [model] : [])].join(' ');
}

/** Models of the GPUs the NVIDIA driver knows, in the order of their bus addresses; empty without a driver. */
function gpuModels(): string[] {
  try {
    return readdirSync(DRIVER_DIR)
      .toSorted()
      .flatMap(
        (gpu) =>
          /^Model:\s*(.+)$/m.exec(readFileSync(join(DRIVER_DIR, gpu, 'information'), 'utf8'))?.[1] ?? [],
      );
  } catch {
    // No such folder: a container may hide it. The name is for people only.
    return [];
  }
}
