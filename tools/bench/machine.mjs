import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem, type } from 'node:os';

/** What the figures depend on, in words. */
export function hardware() {
  const flags = cpuFlags();
  const notable = ['avx2', 'avx512f', 'avx512_bf16', 'amx_bf16', 'asimd', 'bf16'].filter((flag) =>
    flags.has(flag),
  );
  const cpu = `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'an unknown CPU'}`;
  return [
    notable.length > 0 ? `${cpu} (${notable.join(', ')})` : cpu,
    `${(totalmem() / 1e9).toFixed(0)} GB of memory`,
    type(),
    `Node.js ${process.versions.node}`,
  ].join(', ');
}

function cpuFlags() {
  try {
    return new Set(
      /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(/\s+/),
    );
  } catch {
    return new Set(); // not Linux
  }
}
