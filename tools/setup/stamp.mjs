// A stamp says for which inputs a step was last done, so that the next run can skip it.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stampDir } from './paths.mjs';

/** @returns what was stamped last, or undefined */
export function readStamp(name) {
  try {
    return JSON.parse(readFileSync(join(stampDir, `${name}.json`), 'utf8'));
  } catch {
    return undefined; // absent, or half of one: the step is done again
  }
}

export function writeStamp(name, value) {
  mkdirSync(stampDir, { recursive: true });
  const draft = join(stampDir, `${name}.json.${process.pid}`);
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(draft, join(stampDir, `${name}.json`));
}

export const hash = (...parts) => {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part).update('\0');
  return sum.digest('hex').slice(0, 32);
};
