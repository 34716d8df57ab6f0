#!/usr/bin/env node
// Provides everything Fathom needs on a machine that has Node.js, Python's pip and a C++ compiler.
// `node tools/setup.mjs`, with --for=test also what only the tests need. Needs no package itself.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { browser } from './setup/browser.mjs';
import { build } from './setup/build.mjs';
import { deployTools } from './setup/deploy-tools.mjs';
import { hosts } from './setup/hosts.mjs';
import { withLock } from './setup/lock.mjs';
import { nodeVersion } from './setup/node-version.mjs';
import { packages } from './setup/packages.mjs';
import { objectStore } from './setup/object-store.mjs';
import { postgres, prometheus, redis } from './setup/services.mjs';
import { runSteps, say, SetupError } from './setup/step.mjs';
import { tensorflow } from './setup/tensorflow.mjs';

/** The steps by what they are for. */
export const stepsFor = {
  /** A client of a running coordinator. */
  client: [nodeVersion, packages, build],
  /** The coordinator: Redis and PostgreSQL are somewhere else. */
  coordinator: [nodeVersion, packages, build],
  /** Training on this machine, with Redis somewhere else or none. */
  training: [nodeVersion, packages, tensorflow, build],
  /** Everything on this machine. */
  stack: [nodeVersion, packages, tensorflow, redis, postgres, build],
  /** Without the build, which is one of the checks. */
  test: [
    nodeVersion,
    packages,
    tensorflow,
    redis,
    postgres,
    prometheus,
    browser,
    objectStore,
    deployTools,
    hosts,
  ],
};

/**
 * @param {keyof typeof stepsFor} purpose
 * @param {{ quiet?: boolean }} [options] quiet: no word about what is there
 * @returns {Promise<boolean>} false where it failed; what to do has been said then
 */
export async function setUp(purpose, options) {
  try {
    await withLock(() => runSteps(stepsFor[purpose], options));
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`\n${error.message}`);
    return false;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const purpose =
    process.argv
      .slice(2)
      .find((arg) => arg.startsWith('--for='))
      ?.slice('--for='.length) ?? 'stack';
  const unknown = process.argv.slice(2).filter((arg) => !arg.startsWith('--for='));
  if (!(purpose in stepsFor) || unknown.length > 0) {
    say(`usage: node tools/setup.mjs [--for=${Object.keys(stepsFor).join('|')}]`);
    process.exit(2);
  }
  process.exitCode = (await setUp(purpose)) ? 0 : 1;
}
