// Copies of what is built, to be measured against a later state of it: `--snapshot NAME`, then `fathom@NAME`.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';

/** Inside the repository, so that the packages of others are found in its node_modules. */
const snapshotDir = (name) => join(root, '.fathom/bench', name);

/** The folder of scripts that measures a snapshot or, where the name is a path, another clone. */
export const scriptsOf = (name) =>
  name.startsWith('/') ? join(name, 'tools/bench/contenders') : join(snapshotDir(name), 'contenders');

/** @returns {string} the folder */
export function takeSnapshot(name) {
  const target = snapshotDir(name);
  rmSync(target, { recursive: true, force: true });
  for (const lib of readdirSync(join(root, 'libs'))) {
    const [from, to] = [join(root, 'libs', lib), join(target, 'node_modules/@fathom', lib)];
    if (!existsSync(join(from, 'dist'))) continue;
    mkdirSync(to, { recursive: true });
    for (const part of ['package.json', 'dist', 'node_modules'])
      if (existsSync(join(from, part))) cpSync(join(from, part), join(to, part), { recursive: true });
  }
  // With the script that knows how that state is stepped.
  cpSync(join(root, 'tools/bench/contenders'), join(target, 'contenders'), { recursive: true });
  return target;
}
