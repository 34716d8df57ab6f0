import { anyTarget, type Target } from '@fathom/graph';
import { cpuFlags } from './cpu-flags';

/** What graphs of this process run on. @param device of the engine, such as `cpu` */
export const targetOf = (device: string): Target => (device === 'cpu' ? targetOfCpu(cpuFlags()) : anyTarget);

export const targetOfCpu = (flags: ReadonlySet<string>): Target => ({
  tiles: flags.has('amx_tile') && flags.has('amx_bf16'),
  // TensorFlow's own kernels for it are built for AVX, whatever the CPU has; compiled ones are made for this CPU.
  fuses: flags.has('avx512f'),
});
