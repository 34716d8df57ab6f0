// Takes a few optimiser steps and prints what they added to the resident memory of this process, beside what was
// predicted. Resident images are those of one batch.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { openSteps } from './fathom-steps.mjs';

const require = createRequire(import.meta.url);
const STEPS = 3;
const job = JSON.parse(process.argv[2]);

const resident = (field) => {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return 1024 * Number(line[1]);
};

const engine = require('@fathom/engine').openEngine();
const before = resident('VmRSS');
const steps = openSteps(require, job);
// One call each, as the peak of a call is that of its worst step.
for (let i = 0; i < STEPS; i++) steps.train(1);
process.stdout.write(
  JSON.stringify({
    loaded: before,
    measured: resident('VmHWM') - before,
    predicted: steps.memory,
    parameters: steps.parameters,
    target: engine.target,
    tensorflow: engine.tensorflowVersion,
  }),
);
