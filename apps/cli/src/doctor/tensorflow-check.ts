import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { probeEngine } from '@fathom/engine';
import { z } from 'zod';
import { repositoryRoot } from '../repository';
import type { Finding } from './finding';

/** What tools/setup wrote down when it provided the library. */
const stampSchema = z.object({ from: z.string() });

export async function checkTensorflow(): Promise<Finding> {
  try {
    const { version, device } = await probeEngine();
    const found = `${version} on ${device}, multiplies matrices; ${origin()}`;
    return device === 'cpu' && hasNvidiaDriver()
      ? { name: 'TensorFlow', state: 'ok', found, advice: GPU_UNUSED }
      : { name: 'TensorFlow', state: 'ok', found };
  } catch (error) {
    return { name: 'TensorFlow', state: 'missing', found: reasonOf(error), advice: 'npm run setup' };
  }
}

const GPU_UNUSED =
  'There is an NVIDIA driver, but TensorFlow uses the CPU. Unless FATHOM_DEVICE=cpu is meant: unset it, then npm run setup';

const hasNvidiaDriver = (): boolean => existsSync('/proc/driver/nvidia/version');

function origin(): string {
  try {
    const file = join(repositoryRoot, 'node_modules/.fathom/tensorflow.json');
    return stampSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).from;
  } catch {
    // Put there by hand, not by our set-up.
    return 'not provided by npm run setup';
  }
}

/** The line of a failed process that says what is wrong. */
function reasonOf(error: unknown): string {
  const { stderr, message, signal } = error as { stderr?: string; message?: string; signal?: string };
  if (typeof signal === 'string') return `the process that loaded it was ended by ${signal}`;
  const line = (stderr ?? '').split('\n').find((text) => /^\w*Error\b/.test(text));
  return line ?? message?.split('\n')[0] ?? String(error);
}
