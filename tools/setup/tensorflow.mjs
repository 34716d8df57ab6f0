import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bindingFile, checkBinding, installBinding } from './binding.mjs';
import { readStamp, writeStamp } from './stamp.mjs';
import { indent, SetupError } from './step.mjs';
import { tensorflowSources, wantedFlavour } from './tensorflow-sources.mjs';

/** What the user asked for; a stamp made for another wish is no longer good. */
const wish = () => process.env.FATHOM_TENSORFLOW_DIR || wantedFlavour();

/** @type {import('./step.mjs').Step} */
export const tensorflow = {
  name: 'TensorFlow',
  doing: 'providing TensorFlow for @tensorflow/tfjs-node-gpu',
  present() {
    const stamp = readStamp('tensorflow');
    if (stamp?.wish !== wish() || !existsSync(bindingFile)) return undefined;
    return stamp.files.every((file) => existsSync(file)) ? `${stamp.version}, ${stamp.from}` : undefined;
  },
  async run(say) {
    const failures = [];
    for (const source of tensorflowSources()) {
      try {
        const libraries = await source.provide(say);
        if (!libraries) continue;
        const done = await installBinding(libraries);
        const { version } = await checkBinding();
        const files = libraries.files.map((file) => join(libraries.lib, file));
        writeStamp('tensorflow', { wish: wish(), from: source.from, version, files });
        return `${version}, ${source.from}; ${done}`;
      } catch (error) {
        if (source.mustWork || error instanceof SetupError) throw error;
        say(`not from ${source.from}: ${error.message.split('\n')[0]}`);
        failures.push(`${source.from}:\n${indent(error.message)}`);
      }
    }
    throw new SetupError(
      `TensorFlow could not be provided. What was tried:\n${failures.join('\n')}\n` +
        'Fetch it on a machine that reaches PyPI, and name its folder here:\n' +
        '  pip download --no-deps --only-binary=:all: --python-version 311 --implementation cp \\\n' +
        '    --platform manylinux_2_27_x86_64 tensorflow-cpu==2.21.0\n' +
        '  python3 -m zipfile -e tensorflow_cpu-2.21.0-*.whl tensorflow-2.21.0\n' +
        '  export FATHOM_TENSORFLOW_DIR=$PWD/tensorflow-2.21.0/tensorflow',
    );
  },
};
