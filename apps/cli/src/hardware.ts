import { availableParallelism, cpus } from 'node:os';
import { cpuFlags } from '@fathom/engine';

/** Instruction sets that multiply bfloat16 in hardware; without one, bfloat16 is emulated and slower than float32. */
const BFLOAT16_FLAGS = ['avx512_bf16', 'amx_bf16', 'bf16'];

/** Whether this machine's processor multiplies bfloat16 faster than float32. */
export function hasFastBfloat16(): boolean {
  const flags = cpuFlags();
  return BFLOAT16_FLAGS.some((flag) => flags.has(flag));
}

/** Processor model and cores in words. */
export const describeCpu = (): string =>
  `${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
