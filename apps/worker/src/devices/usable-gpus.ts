import { gpuEnvironment, probeEngine } from '@fathom/engine';
import { EnvError, type Logger } from '@fathom/runtime';

/**
 * Those of the GPUs that TensorFlow computes on, which are all or none: with its CPU build, or without the libraries of CUDA,
 * it computes on the CPU and says nothing.
 *
 * @param names CUDA's
 * @param areDemanded whether an operator said how many there are
 * @throws EnvError where they are demanded and it does not compute on them
 */
export async function usableGpus(
  names: readonly string[],
  areDemanded: boolean,
  logger: Logger,
): Promise<readonly string[]> {
  if (names.length === 0) return names;
  let found;
  try {
    found = await probeEngine({ ...process.env, ...gpuEnvironment(names) });
  } catch (error) {
    // Then trainings say it as well, and better.
    logger.warn({ err: error }, 'what TensorFlow computes on cannot be told');
    return names;
  }
  if (found.device !== 'cpu') return names;
  const reason = `TensorFlow ${found.version} computes on the CPU here: its CPU build was set up, or it does not find the driver or CUDA's libraries`;
  if (areDemanded)
    throw new EnvError([
      {
        name: 'FATHOM_GPUS',
        rule: `given ${String(names.length)}, but ${reason}. FATHOM_DEVICE=gpu npm run setup provides the GPU build, \`fathom doctor\` shows what there is, FATHOM_GPUS=0 trains on the CPU`,
      },
    ]);
  logger.warn({ gpus: names }, `${reason}; trials train on the CPU`);
  return [];
}
