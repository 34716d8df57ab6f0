import { cpuFlags } from './cpu-flags';

/** Any of them, by Linux's names, lets oneDNN compute in the precision (tensorflow/core/graph/mkl_graph_util.h). */
const INSTRUCTIONS: Readonly<Record<string, readonly string[]>> = {
  bfloat16: ['avx512f', 'avx_ne_convert'],
  float16: ['avx512_fp16', 'amx_fp16', 'avx_ne_convert'],
};
/** Every processor has it whose flags are told by these names. */
const X86 = 'sse2';

/**
 * Whether training in a precision is much slower than in float32, because the processor has no instructions for it.
 *
 * @param device of the engine, such as `cpu`
 * @returns one line for a person; undefined where it is as fast as it should be, or nobody can tell
 */
export function precisionWarning(
  precision: string,
  device: string,
  flags: ReadonlySet<string> = cpuFlags(),
): string | undefined {
  const any = INSTRUCTIONS[precision];
  if (any === undefined || device !== 'cpu' || !flags.has(X86)) return undefined;
  if (any.some((flag) => flags.has(flag))) return undefined;
  return `precision ${precision}: this processor has none of ${any.join(', ')}, so that a step takes many times as long as in float32`;
}
