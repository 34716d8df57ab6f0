// Where a libtensorflow can come from, best first.
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findProgram, run } from './command.mjs';
import { packageDir } from './binding.mjs';
import { root } from './paths.mjs';
import { downloadWheels, isWheelThere, wheelDir } from './wheel-download.mjs';
import { TENSORFLOW_VERSION, wheelsFor } from './tensorflow-wheels.mjs';
import { SetupError } from './step.mjs';

/** @typedef {{ lib: string, include: string, files: readonly string[] }} Libraries folders, and the files to link */

/**
 * @typedef {object} Source
 * @property {string} from where it comes from, in words
 * @property {boolean} [mustWork] the user named it: nothing else is tried
 * @property {(say: (line: string) => void) => Promise<Libraries | undefined>} provide
 */

/**
 * As FATHOM_DEVICE says; by default gpu where an NVIDIA driver is found and there are wheels for it. The machine that sets up
 * may be another one than those that train: a login node has no driver.
 */
export function wantedFlavour() {
  const asked = process.env.FATHOM_DEVICE;
  if (asked && !['cpu', 'gpu'].includes(asked))
    throw new SetupError(`FATHOM_DEVICE: given ${asked}, allowed are cpu and gpu`);
  if (asked === 'gpu' && !wheelsFor('gpu'))
    throw new SetupError(
      `FATHOM_DEVICE: given gpu, which there is not for ${process.platform} on ${process.arch}`,
    );
  if (asked) return asked;
  const driver = existsSync('/proc/driver/nvidia/version') || findProgram('nvidia-smi') !== undefined;
  return driver && wheelsFor('gpu') ? 'gpu' : 'cpu';
}

/** @returns {readonly Source[]} */
export function tensorflowSources() {
  const named = process.env.FATHOM_TENSORFLOW_DIR;
  if (named) return [namedSource(resolve(named))];
  const flavour = wantedFlavour();
  const wheel = {
    from: `wheel ${wheelsFor(flavour)?.[0]?.name ?? 'tensorflow'} ${TENSORFLOW_VERSION} of PyPI`,
    async provide(say) {
      const dir = isWheelThere(flavour) ? wheelDir(flavour) : await downloadWheels(flavour, say);
      return librariesIn(dir);
    },
  };
  return [
    present(join(packageDir, 'deps'), "the package's own deps folder"),
    present('/usr/local', '/usr/local/lib'),
    wheel,
    { from: "the package's own download", provide: () => packageDownload(flavour) },
  ];
}

const present = (dir, from) => ({ from, provide: () => librariesIn(dir) });

function namedSource(dir) {
  return {
    from: `FATHOM_TENSORFLOW_DIR (${dir})`,
    mustWork: true,
    provide() {
      const libraries = librariesIn(dir);
      if (libraries) return libraries;
      throw new SetupError(
        `FATHOM_TENSORFLOW_DIR names ${dir}, which is neither of:\n` +
          '  the tensorflow folder of a wheel   (libtensorflow_cc.so.2, libtensorflow_framework.so.2, include/)\n' +
          '  an unpacked libtensorflow          (lib/libtensorflow.so, lib/libtensorflow_framework.so, include/)\n' +
          'Correct it, or unset it to have TensorFlow downloaded.',
      );
    },
  };
}

/** @returns {Libraries | undefined} of a wheel, of its tensorflow folder, or of an unpacked libtensorflow */
export function librariesIn(dir) {
  for (const [folder, sub] of [
    [dir, '.'],
    [join(dir, 'tensorflow'), '.'],
    [dir, 'lib'],
  ]) {
    const lib = join(folder, sub);
    const include = join(folder, 'include');
    if (!existsSync(join(include, 'tensorflow/c/c_api.h'))) continue;
    const names = readdirSync(lib);
    const pick = (pattern) =>
      names.filter((name) => pattern.test(name)).sort((a, b) => a.length - b.length)[0];
    const main = pick(/^libtensorflow(_cc)?\.so(\.[\d.]+)?$/);
    const framework = pick(/^libtensorflow_framework\.so(\.[\d.]+)?$/);
    if (main && framework) return { lib, include, files: [main, framework] };
  }
  return undefined;
}

/** Lets the package's install script fetch the libtensorflow it was made for (2.9.1); the binding is compiled by us. */
async function packageDownload(flavour) {
  try {
    await run(process.execPath, ['scripts/install.js', flavour, 'download'], {
      cwd: packageDir,
      quiet: true,
      env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
    });
  } catch (error) {
    // It also fails where it got the library but no ready-made binding, which is all right.
    if (!librariesIn(join(packageDir, 'deps'))) throw error;
  }
  return librariesIn(join(packageDir, 'deps'));
}
