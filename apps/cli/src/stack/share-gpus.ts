import { gpuEnvironment, visibleGpus } from '@fathom/engine';

/**
 * Which GPUs each of several workers on one machine has: each its own, in turn; where there are fewer than workers, some share
 * one, and know nothing of what the other takes of its memory.
 *
 * @param env of the command: an operator's FATHOM_GPUS is left to the workers
 * @returns what each worker finds in its environment
 */
export function shareGpus(
  env: Readonly<NodeJS.ProcessEnv>,
  workers: number,
  names = visibleGpus(env['CUDA_VISIBLE_DEVICES']),
): Record<string, string>[] {
  const isShared = workers > 1 && names.length > 0 && env['FATHOM_GPUS'] === undefined;
  return Array.from({ length: workers }, (_, worker) => {
    if (!isShared) return {};
    const own = names.filter((_name, i) => i % workers === worker);
    const given = own.length > 0 ? own : [names[worker % names.length] ?? ''];
    return gpuEnvironment(given, env);
  });
}
