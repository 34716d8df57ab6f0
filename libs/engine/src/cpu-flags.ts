import { existsSync, readFileSync } from 'node:fs';

const CPU_INFO = '/proc/cpuinfo';

/** What the processor can do, by Linux's names, such as `avx512_bf16`; empty on systems that do not tell. */
export const cpuFlags = (): ReadonlySet<string> =>
  flagsIn(existsSync(CPU_INFO) ? readFileSync(CPU_INFO, 'utf8') : '');

/** @param cpuInfo the text of /proc/cpuinfo */
export const flagsIn = (cpuInfo: string): ReadonlySet<string> =>
  new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(cpuInfo)?.[1]?.trim().split(/\s+/));
