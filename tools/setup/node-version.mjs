import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { SetupError } from './step.mjs';

/** @type {import('./step.mjs').Step} */
export const nodeVersion = {
  name: 'Node.js',
  doing: 'checking the version',
  present: () => (isSupported(process.versions.node) ? process.versions.node : undefined),
  run() {
    throw new SetupError(
      `Node.js ${process.versions.node} is too old: Fathom needs ${minimum()} or later.\n` +
        'Install Node.js 24 from https://nodejs.org, or with a version manager:\n  nvm install 24 && nvm use 24',
    );
  },
};

const minimum = () =>
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace('>=', '');

function isSupported(version) {
  const [major, minor] = version.split('.').map(Number);
  const [needMajor, needMinor] = minimum().split('.').map(Number);
  return major > needMajor || (major === needMajor && minor >= needMinor);
}
