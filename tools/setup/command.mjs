import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Path of the first of these programs that is on the PATH, or undefined. */
export function findProgram(...names) {
  for (const name of names)
    for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        if (statSync(path).isFile()) return path;
      } catch {
        // not in this folder
      }
    }
  return undefined;
}

/** A program that ended with another code than 0. */
export class CommandError extends Error {
  constructor(command, args, code, output) {
    const line = [command, ...args].join(' ');
    super(
      `${line.length > 300 ? `${line.slice(0, 300)}…` : line}\nended with ${code}${output && `:\n${output}`}`,
    );
    this.name = 'CommandError';
    this.output = output;
  }
}

/**
 * Runs a program to its end. Its output goes to our standard error as it comes, or, with `quiet`, into the error
 * of a failure only.
 *
 * @returns its standard output when quiet, else ''
 * @throws CommandError
 */
export function run(command, args, { quiet = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 2, 2],
      ...options,
    });
    let out = '';
    let all = '';
    child.stdout?.on('data', (chunk) => {
      out += chunk;
      all += chunk;
    });
    child.stderr?.on('data', (chunk) => (all += chunk));
    child.on('error', (error) => reject(new CommandError(command, args, error.message, '')));
    child.on('close', (code, signal) =>
      code === 0
        ? resolve(out)
        : reject(new CommandError(command, args, signal ?? `code ${code}`, all.trim().slice(-4000))),
    );
  });
}

/** Whether a program ends with 0; its output is dropped. */
export const succeeds = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
