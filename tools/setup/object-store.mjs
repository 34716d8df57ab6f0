import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, run } from './command.mjs';
import { cacheDir } from './paths.mjs';
import { SetupError } from './step.mjs';
import { findPip } from './wheel-download.mjs';

/** Moto, an S3-compatible server of the Python world, with what it needs for that; libs/testkit starts it. */
const PACKAGES = [
  ...['moto==5.2.1', 'boto3==1.44.8', 'botocore==1.44.8', 's3transfer==0.19.3', 'jmespath==1.1.0'],
  ...['python-dateutil==2.9.0.post0', 'six==1.17.0', 'urllib3==2.8.0', 'cryptography==50.0.2', 'cffi==2.1.1'],
  ...['pycparser==3.12', 'requests==2.34.2', 'certifi==2026.10.19.post1', 'charset-normalizer==3.5.3'],
  ...['idna==3.20', 'responses==0.26.3', 'PyYAML==6.0.4', 'xmltodict==1.0.4', 'py-partiql-parser==0.6.3'],
  ...['Flask==3.1.3', 'flask-cors==6.0.5', 'Werkzeug==3.1.9', 'Jinja2==3.1.6', 'MarkupSafe==3.0.4'],
  ...['itsdangerous==2.2.0', 'click==8.5.1', 'blinker==1.9.0'],
];
const dir = join(cacheDir, 'moto-5.2.1');

/** In which the tests keep checkpoints, models and data sets. @type {import('./step.mjs').Step} */
export const objectStore = {
  name: 'Object store',
  optional: true,
  doing: 'installing an S3-compatible server with pip',
  present: () => (existsSync(dir) && findProgram('python3') ? dir : undefined),
  async run() {
    const pip = findPip();
    if (!pip || !findProgram('python3'))
      throw new SetupError(
        "Python's pip was not found (python3 -m pip, pip3 or pip). Without it tests with an object store are skipped.",
      );
    await mkdir(cacheDir, { recursive: true });
    const draft = await mkdtemp(join(cacheDir, 'moto-draft-'));
    try {
      const flags = ['--disable-pip-version-check', '--no-deps', '--ignore-installed', '--quiet'];
      await run(pip[0], [...pip.slice(1), 'install', ...flags, '--target', draft, ...PACKAGES], {
        quiet: true,
      });
      // The folder gets its name only when all of it is in place; another process may have been quicker.
      await rename(draft, dir).catch((error) => {
        if (!existsSync(dir)) throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    return `moto 5.2.1 in ${dir}`;
  },
};
