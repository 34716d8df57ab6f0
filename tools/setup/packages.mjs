import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { root } from './paths.mjs';
import { hash, readStamp, writeStamp } from './stamp.mjs';
import { SetupError } from './step.mjs';

const lockFile = join(root, 'package-lock.json');
const lockHash = () => hash(readFileSync(lockFile));

/** @type {import('./step.mjs').Step} */
export const packages = {
  name: 'packages',
  doing: 'installing the npm packages of package-lock.json',
  present() {
    const lock = lockHash();
    if (readStamp('packages')?.lock !== lock) {
      // `npm ci` begins by deleting node_modules, under the feet of whatever runs from it. An `npm install` by hand
      // may have brought everything already.
      if (!isInstalled()) return undefined;
      writeStamp('packages', { lock });
    }
    return 'npm packages';
  },
  async run() {
    const lock = lockHash();
    // npm names its own script where it started us; elsewhere it is on the PATH.
    const npm = process.env.npm_execpath;
    const [command, ...prefix] = npm && /npm-cli\.c?js$/.test(npm) ? [process.execPath, npm] : ['npm'];
    const args = [...prefix, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    try {
      await run(command, args, { cwd: root });
    } catch (error) {
      throw new SetupError(
        `The npm packages could not be installed (npm's own words stand above).\nTry:\n  cd ${root}\n  npm ci --ignore-scripts`,
        { cause: error },
      );
    }
    writeStamp('packages', { lock });
    return 'installed';
  },
};

/** Whether node_modules holds every package of the lock file in its version, by npm's own record of what it did. */
function isInstalled() {
  const locked = packagesOf(lockFile);
  const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  if (!locked || !installed) return false;
  return Object.entries(locked)
    .filter(([path]) => path.includes('node_modules/'))
    .every(([path, { version, optional, devOptional }]) =>
      installed[path] ? installed[path].version === version : optional || devOptional,
    );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined; // nothing was ever installed, or not to its end
  }
}
