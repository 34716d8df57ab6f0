import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A JSON file that stands beside this one, made by the program of its name. */
export const readReference = (name: string): unknown =>
  JSON.parse(readFileSync(join(__dirname, name), 'utf8'));
