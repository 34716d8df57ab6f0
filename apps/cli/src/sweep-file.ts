import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { UsageError } from './exit-codes';

export interface SweepFile {
  readonly body: string;
  readonly contentType: 'application/json' | 'application/yaml';
}

/**
 * Reads a sweep from a file, `-` being standard input. Only the syntax is checked here; what it says is the
 * coordinator's to judge.
 *
 * @throws UsageError when the file cannot be read or is neither JSON nor YAML
 */
export function readSweepFile(path: string): SweepFile {
  let body: string;
  try {
    body = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    JSON.parse(body);
    return { body, contentType: 'application/json' };
  } catch {
    // Not JSON: YAML, of which JSON is nearly a part, gives the better message.
  }
  try {
    parse(body);
    return { body, contentType: 'application/yaml' };
  } catch (error) {
    if (error instanceof YAMLParseError)
      throw new UsageError(`${path} is neither JSON nor YAML: ${error.message}`);
    throw error;
  }
}
