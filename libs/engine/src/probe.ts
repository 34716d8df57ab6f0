import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const PROBE = resolve(__dirname, '../dist/probe-main.js');
const TIMEOUT_MS = 60_000;

/**
 * TensorFlow's version, and the device on which it multiplies matrices, in a process of its own: a library that crashes on
 * loading ends that one, and its memory is not kept.
 *
 * @param env of that process
 * @throws Error of `execFile`, with what the process wrote to `stderr`
 */
export async function probeEngine(
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly version: string; readonly device: string }> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-deprecation', PROBE], {
    timeout: TIMEOUT_MS,
    env,
  });
  return JSON.parse(stdout) as { version: string; device: string };
}
