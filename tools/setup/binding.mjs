// Compiles the stock binding of @tensorflow/tfjs-node-gpu against a libtensorflow. The sources are the package's,
// unmodified; node-gyp and Node's own headers are not needed, because Node-API is an ABI and its headers are an
// npm package.
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { CommandError, findProgram, run } from './command.mjs';
import { cacheDir, root } from './paths.mjs';
import { hash } from './stamp.mjs';
import { SetupError } from './step.mjs';

export const packageDir = join(root, 'node_modules/@tensorflow/tfjs-node-gpu');
export const bindingFile = join(packageDir, 'lib/napi-v8/tfjs_binding.node');

const compiler = () => process.env.CXX || findProgram('g++', 'c++', 'clang++');

/** Where an image has the wheels, from its own root; see tools/image-tree.mjs. */
export const tensorflowInImage = 'tensorflow';

/**
 * Puts the binding for these libraries in its place.
 *
 * @param {import('./tensorflow-sources.mjs').Libraries} libraries
 * @returns {Promise<string>} what was done, in words
 * @throws SetupError without a compiler, Error where it does not compile
 */
export async function installBinding(libraries) {
  const { file, cached } = await bindingFor(libraries);
  replace(file, bindingFile);
  return cached ? 'binding from the cache' : 'binding compiled';
}

/**
 * The binding for these libraries: from the cache, or compiled and put there. It looks for them where they are now, and
 * where an image has them beside node_modules.
 *
 * @param {import('./tensorflow-sources.mjs').Libraries} libraries
 * @returns {Promise<{ file: string, cached: boolean }>}
 * @throws SetupError without a compiler, Error where it does not compile
 */
export async function bindingFor(libraries) {
  const fromBinding = join(relative(dirname(bindingFile), root), tensorflowInImage, 'tensorflow');
  const flags = [
    ...['-std=c++17', '-O2', '-shared', '-fPIC', '-DNAPI_VERSION=8', '-w'],
    ...['-I', join(root, 'node_modules/node-api-headers/include'), '-I', libraries.include, '-I', '.'],
    ...['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'],
    ...['-L', libraries.lib, ...libraries.files.map((file) => `-l:${file}`), `-Wl,-rpath,${libraries.lib}`],
    `-Wl,-rpath,$ORIGIN/${fromBinding}`,
  ];
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
  // The path of the repository is not part of it: another clone takes the same file.
  const key = hash(version, process.platform, process.arch, ...flags.map((flag) => flag.replace(root, '')));
  const kept = join(cacheDir, 'bindings', `${key}.node`);
  const cached = existsSync(kept);
  if (!cached) await compile(flags, kept);
  return { file: kept, cached };
}

/** The file gets its name when it has been seen to load, so that a kept binding is one that works. */
async function compile(flags, target) {
  const cxx = compiler();
  if (!cxx)
    throw new SetupError(
      'There is no C++ compiler. Install one, or name one in CXX:\n' +
        '  apt-get install g++        (Debian, Ubuntu)\n  dnf install gcc-c++        (Fedora, RHEL)',
    );
  mkdirSync(dirname(target), { recursive: true });
  const draft = join(dirname(target), `draft-${process.pid}.node`);
  try {
    await run(cxx, [...flags, '-o', draft], { cwd: packageDir, quiet: true }).catch((error) => {
      const said = error instanceof CommandError ? error.output : error.message;
      throw new Error(`the binding does not compile with ${cxx}: ${said}`, { cause: error });
    });
    await checkLoads(draft);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Puts a copy in place in one go: a process that loads the binding meanwhile finds the old file or the new one. */
function replace(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  const draft = `${to}.${process.pid}`;
  copyFileSync(from, draft);
  renameSync(draft, to);
}

/**
 * Multiplies two matrices in a process of its own.
 *
 * @returns {Promise<{ version: string }>} of TensorFlow
 * @throws Error where the package does not load or does not compute
 */
export async function checkBinding() {
  const script = join(root, 'tools/setup/check-tensorflow.cjs');
  return JSON.parse(await runNode('@tensorflow/tfjs-node-gpu does not work with it', [script]));
}

/** A library that cannot be loaded, or crashes, ends this process and not the set-up. */
const checkLoads = (file) =>
  runNode('the binding cannot be loaded', ['-e', 'require(process.argv[1])', file]);

async function runNode(complaint, args) {
  try {
    return await run(process.execPath, args, { cwd: root, quiet: true });
  } catch (error) {
    // Of a stack trace, the line that says what is wrong.
    const said = error.output || error.message;
    throw new Error(`${complaint}: ${/^\w*Error: .*$/m.exec(said)?.[0] ?? said}`, { cause: error });
  }
}
