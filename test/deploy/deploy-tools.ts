import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(__dirname, '../..');

/** The folder of what the set-up for tests got, or undefined where it got nothing. */
const folder = (): string | undefined => {
  const stamp = join(root, 'node_modules/.fathom/deploy-tools.json');
  if (!existsSync(stamp)) return undefined;
  const { dir } = JSON.parse(readFileSync(stamp, 'utf8')) as { dir: string };
  return existsSync(dir) ? dir : undefined;
};
const dir = folder();

/** A group of tests that needs those tools. */
export const describeWithTools: (name: string, body: () => void) => void = (name, body) => {
  if (dir !== undefined) describe(name, body);
  else
    describe(`${name} (skipped: the set-up got no helm, hadolint and docker compose)`, () => {
      it.skip('is not checked', () => undefined);
    });
};

export const tool = (name: string): string => join(dir ?? '', name);

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of them to its end. */
export function runTool(name: 'helm' | 'hadolint' | 'docker-compose', args: readonly string[]): Ended {
  try {
    const stdout = execFileSync(tool(name), args, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, stdout, stderr };
  }
}
