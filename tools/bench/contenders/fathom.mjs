// Our training step: the graph and the session that `train` uses, on one batch of random images.
import { createRequire } from 'node:module';
import { openSteps } from './fathom-steps.mjs';
import { serve } from './protocol.mjs';

const job = JSON.parse(process.argv[2]);
// From here, so that a snapshot, which has this file too, takes its own packages.
const steps = openSteps(createRequire(import.meta.url), job);
const { parameters, versions, device } = steps;
await serve({ parameters, versions, device }, (count) => steps.train(count), job);
