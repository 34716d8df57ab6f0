// What the bench commands have in common: options, --help, the set-up, exit codes.
import { parseArgs } from 'node:util';
import { say } from '../setup/step.mjs';
import { setUp } from '../setup.mjs';

/** An option has a wrong value; the message is all the user needs. */
export class OptionError extends Error {
  name = 'OptionError';
}

export const text = { type: 'string' };
export const flag = { type: 'boolean', default: false };

/** @throws OptionError unless it is a whole number of at least 1 */
export function wholeNumber(name, given) {
  if (!/^[1-9]\d*$/.test(given))
    throw new OptionError(`--${name}: expected a whole number of at least 1, given ${given}`);
  return Number(given);
}

/**
 * Runs a command and sets the exit code: 2 for wrong options, 1 where the set-up failed, else what the work returns.
 *
 * @param {object} about usage: a text; options as parseArgs has them (--no-setup and --help come by themselves);
 *   purpose of the set-up; positionals: whether there may be any
 * @param {(values: object, positionals: string[]) => Promise<number>} work
 */
export async function runCommand({ usage, options, purpose, positionals = false }, work) {
  process.exitCode = await attempt({ usage, options, purpose, positionals }, work);
}

async function attempt({ usage, options, purpose, positionals }, work) {
  try {
    const parsed = parseArgs({
      allowPositionals: positionals,
      options: { ...options, 'no-setup': flag, help: { ...flag, short: 'h' } },
    });
    if (parsed.values.help) {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    if (!parsed.values['no-setup'] && !(await setUp(purpose, { quiet: true }))) return 1;
    return await work(parsed.values, parsed.positionals);
  } catch (error) {
    const isUsage = error instanceof OptionError || error.code?.startsWith('ERR_PARSE_ARGS');
    say(isUsage ? `${error.message}\n\n${usage}` : error.stack);
    return isUsage ? 2 : 1;
  }
}
