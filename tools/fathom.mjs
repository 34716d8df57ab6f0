#!/usr/bin/env node
// The `fathom` command: provides what the command at hand needs, then is apps/cli.
import { createRequire } from 'node:module';
import { setUp } from './setup.mjs';

/** What the commands need on this machine; all others are clients of a coordinator somewhere. */
const purposes = {
  demo: 'stack',
  up: 'stack',
  worker: 'training',
  train: 'training',
  predict: 'training',
  coordinator: 'coordinator',
};

const args = process.argv.slice(2);
const command = args.find((arg) => !arg.startsWith('-'));
const asksForHelp = args.includes('--help') || args.includes('-h');
const purpose = (!asksForHelp && command && purposes[command]) || 'client';

// Dependencies use what newer versions of Node.js warn of; a user can do nothing about it.
// Read-only where the user has asked for it already (NODE_OPTIONS=--no-deprecation).
if (!process.noDeprecation) process.noDeprecation = true;

if (await setUp(purpose, { quiet: purpose === 'client' || command !== 'demo' })) {
  const { runFathom } = createRequire(import.meta.url)('../apps/cli/dist/main.js');
  await runFathom(process.argv);
} else {
  process.exitCode = 1;
}
