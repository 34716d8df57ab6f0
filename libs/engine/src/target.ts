import { readFileSync } from 'node:fs';
import { anyTarget, type Target } from '@fathom/graph';

/** What graphs of this process run on. @param device of the engine, such as `cpu` */
export const targetOf = (device: string): Target => (device === 'cpu' ? targetOfCpu(cpuInfo()) : anyTarget);

/** @param cpuInfo the text of Linux's /proc/cpuinfo */
export function targetOfCpu(cpuInfo: string): Target {
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]?.trim().split(/\s+/) ?? [];
  return { tiles: ['amx_tile', 'amx_bf16'].every((flag) => flags.includes(flag)) };
}

/** Empty where there is none: other systems than Linux do not tell, and a graph for any target runs everywhere. */
function cpuInfo(): string {
  return process.platform === 'linux' ? readFileSync('/proc/cpuinfo', 'utf8') : '';
}
