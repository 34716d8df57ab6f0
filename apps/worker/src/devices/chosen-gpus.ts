import { countGpus, visibleGpus } from '@fathom/engine';
import { EnvError } from '@fathom/runtime';

/**
 * CUDA's names of the GPUs that trials are to train on.
 *
 * @param visible CUDA_VISIBLE_DEVICES; undefined: not set
 * @param wanted how many of them, as an operator says; undefined: all. Without CUDA_VISIBLE_DEVICES there may be others than
 *   the driver lists, as in some containers
 * @throws EnvError where more are wanted than were given
 */
export function chosenGpus(
  visible: string | undefined,
  wanted: number | undefined,
  known = countGpus(),
): readonly string[] {
  const given = visibleGpus(visible, wanted ?? known);
  if (wanted !== undefined && wanted > given.length)
    throw new EnvError([
      {
        name: 'FATHOM_GPUS',
        rule: `given ${String(wanted)}, allowed are at most the ${String(given.length)} of CUDA_VISIBLE_DEVICES=${visible ?? ''}`,
      },
    ]);
  return given.slice(0, wanted);
}
