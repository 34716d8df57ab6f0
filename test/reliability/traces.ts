import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Processes whose command line or environment names `dir`. Linux only. */
export function processesOf(dir: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const command = read(`/proc/${pid}/cmdline`);
      const names = command.includes(dir) || read(`/proc/${pid}/environ`).includes(dir);
      return names && command !== '' ? [`${pid} ${command.replaceAll('\0', ' ')}`] : [];
    });
}

/** Of another user, or gone. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Everything below a folder, files and folders, by its path from there. */
export const entriesOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name).slice(dir.length + 1),
  );
