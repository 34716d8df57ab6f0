/** Blocks of any size come from the heap, which grows in large steps and never shrinks. */
const keepMemory = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  MALLOC_TOP_PAD_: String(2 ** 28),
};

/**
 * What a training process should find in its environment when it starts, for the C library reads it before any code of
 * ours runs: glibc gives large blocks back to the system as they are freed and takes them anew, page by page, in the
 * next step, which costs a step of large images some percent. Told to keep them, it costs nothing.
 *
 * @param env an operator's own choice of allocator settings wins
 */
export const allocatorEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> =>
  Object.keys(keepMemory).some((name) => env[name] !== undefined) ? {} : keepMemory;
