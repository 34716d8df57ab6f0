import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder for the tests of the surrounding `describe` (or file), removed after them. */
export function useTempDir(): { readonly path: string } {
  let path: string | undefined;
  beforeAll(() => {
    path = makeTempDir();
  });
  afterAll(() => {
    if (path !== undefined) removeTempDir(path);
  });
  return {
    get path() {
      return started('the folder', path);
    },
  };
}

export const makeTempDir = (): string => mkdtempSync(join(tmpdir(), 'fathom-test-'));

/** A process that is being killed may still write while its folder goes; hence the retries. */
export const removeTempDir = (path: string): void =>
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });

export function started<T>(what: string, value: T | undefined): T {
  if (value === undefined) throw new Error(`${what} exists from beforeAll to afterAll only`);
  return value;
}
