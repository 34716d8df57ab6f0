#!/usr/bin/env node
// `npm run bench`: options, set-up, then bench.mjs.
import { say } from '../setup/step.mjs';
import { setUp } from '../setup.mjs';
import { killAll } from './contender-process.mjs';
import { parseOptions, usage, UsageError } from './options.mjs';
import { takeSnapshot } from './snapshot.mjs';

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    killAll();
    process.exit(130);
  });

async function main() {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  if (options.setup && !(await setUp('training', { quiet: true }))) return 1;
  if (options.snapshot !== undefined) {
    say(`kept in ${takeSnapshot(options.snapshot)}`);
    return 0;
  }
  // Only now: it imports what the set-up installs and builds.
  const { bench } = await import('./bench.mjs');
  await bench(options);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error.name === 'UsageError' || error.name === 'ContenderError' ? error.message : error.stack);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
