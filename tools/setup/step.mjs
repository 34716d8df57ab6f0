// The frame of every set-up step: say what is done, how long it took, and what to do when it cannot be done.
const tick = process.stderr.isTTY ? '\x1b[32m✓\x1b[0m' : '✓';
const cross = process.stderr.isTTY ? '\x1b[31m✗\x1b[0m' : '✗';

/** Something only the user can mend; the message ends with what to do. */
export class SetupError extends Error {
  name = 'SetupError';
}

export const say = (line) => void process.stderr.write(`${line}\n`);
export const seconds = (began) => `${((Date.now() - began) / 1000).toFixed(1)} s`;

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {() => Promise<string | undefined> | string | undefined} present what is there already, in words
 * @property {string} doing what `run` does, in words
 * @property {(say: (line: string) => void) => Promise<string> | string} run returns what was done, in words
 * @property {boolean} [optional] go on without it
 */

/**
 * Runs the steps in order; one whose result is there is skipped.
 *
 * @param {readonly Step[]} steps
 * @param {{ quiet?: boolean }} options quiet: no word about what is skipped
 * @throws SetupError of the first step that fails
 */
export async function runSteps(steps, { quiet = false } = {}) {
  for (const step of steps) {
    const began = Date.now();
    const line = (mark, text) => say(`${mark} ${step.name.padEnd(12)} ${text}`);
    try {
      const present = await step.present();
      if (present !== undefined) {
        if (!quiet) line(tick, `skipped: already there (${present})`);
        continue;
      }
      line('→', `${step.doing} …`);
      const done = await step.run((text) => line(' ', text));
      line(tick, `${done} (${seconds(began)})`);
    } catch (error) {
      line(cross, `failed after ${seconds(began)}`);
      if (!step.optional)
        throw error instanceof SetupError ? error : new SetupError(error.message, { cause: error });
      say(indent(error.message));
    }
  }
}

export const indent = (text) => text.replace(/^/gm, '    ');
