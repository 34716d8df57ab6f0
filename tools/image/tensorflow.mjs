import { cpSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bindingFor, tensorflowInImage } from '../setup/binding.mjs';
import { SetupError } from '../setup/step.mjs';
import { librariesIn } from '../setup/tensorflow-sources.mjs';
import { wheelsFor } from '../setup/tensorflow-wheels.mjs';
import { downloadWheels, isWheelThere, wheelDir } from '../setup/wheel-download.mjs';

/** Headers and static libraries serve compilers. */
const isNeeded = (name) => name !== 'include' && !name.endsWith('.a');

/**
 * TensorFlow's libraries, those of CUDA beside them where a GPU is wanted, and the binding that finds them there.
 *
 * @param {'cpu' | 'gpu'} device
 * @returns the wheels it comes from
 */
export async function addTensorflow(device, target, { link, say }) {
  const wheels = wheelsFor(device);
  if (!wheels)
    throw new SetupError(
      `PyPI has no TensorFlow for a ${device.toUpperCase()} for ${process.platform} ${process.arch}`,
    );
  const dir = isWheelThere(device) ? wheelDir(device) : await downloadWheels(device, say);
  const libraries = librariesIn(dir);
  if (!libraries) throw new SetupError(`${dir} has no libtensorflow: remove that folder and try again`);
  const { file } = await bindingFor(libraries);
  const modules = join(target, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8');
  mkdirSync(modules, { recursive: true });
  cpSync(file, join(modules, 'tfjs_binding.node'));
  const put = link ? linkOrCopy : cpSync;
  copy(dir, join(target, tensorflowInImage), put);
  say(`TensorFlow for a ${device.toUpperCase()}, of ${wheels.length} wheel(s)`);
  return wheels;
}

function copy(from, to, put) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (!isNeeded(entry.name)) continue;
    const [source, copied] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copy(source, copied, put);
    else put(source, copied);
  }
}

function linkOrCopy(source, copied) {
  try {
    linkSync(source, copied);
  } catch (error) {
    // Another file system, or one without links.
    if (!['EXDEV', 'EPERM', 'ENOTSUP'].includes(error.code)) throw error;
    cpSync(source, copied);
  }
}
