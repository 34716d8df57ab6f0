import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decisionPageSchema, trialPageSchema, verificationSchema, type Decision } from '@fathom/contracts';
import { aSweepRequest } from '@fathom/testkit';
import type { Killable } from './killable';
import type { KillableStack } from './use-killable-stack';

export const TRIALS = 8;
/** ASHA stopping (max 8, grace 1, eta 2), one slot: the best trial comes first, so that all others end at epoch 1. */
const spec = aSweepRequest({
  name: 'experiment',
  space: { depth: [8], seed: { min: 0, max: 1_000_000 } },
  search: { algorithm: 'random', trials: TRIALS, seed: 1, maxConcurrent: 1 },
  scheduler: { algorithm: 'asha-stopping', minEpochs: 1, eta: 2 },
  recipe: { epochs: 8 },
});
const END_MS = 60_000;

export interface ExperimentResult {
  /** What the search decided, in its order, with the reasons. */
  readonly decisions: readonly Omit<Decision, 'id' | 'at'>[];
  /** Epochs of each trial that count. */
  readonly epochs: readonly number[];
  /** How each trial ended. */
  readonly states: readonly string[];
  /** Epochs that a worker trained in all, those included that came after a decision it had not heard of yet. */
  readonly trained: number;
  readonly agrees: boolean;
  readonly seconds: number;
}

/** A worker with one slot. */
export function startExperimentWorker(
  stack: KillableStack,
  settings: { readonly epochMs: number; readonly lockMs: number },
  env: Readonly<Record<string, string>> = {},
): Promise<Killable> {
  const dir = join(stack.dir, 'epochs');
  mkdirSync(dir);
  return stack.program('worker', 'test/reliability/experiment-worker.mjs', {
    args: [JSON.stringify({ dir, ...settings })],
    env,
    ready: /ready/,
  });
}

/** Runs the sweep to its end. @param disturb is called when it has begun, and waited for */
export async function runExperiment(
  stack: KillableStack,
  disturb: () => Promise<void> = () => Promise.resolve(),
): Promise<ExperimentResult> {
  const { id } = await stack.submit(spec);
  const began = performance.now();
  await disturb();
  await stack.untilEnded(id, END_MS);
  const seconds = (performance.now() - began) / 1_000;
  const { items: decisions } = await stack.ask(decisionPageSchema, `/v1/sweeps/${id}/decisions?limit=1000`);
  const { items: trials } = await stack.ask(trialPageSchema, `/v1/sweeps/${id}/trials?limit=1000`);
  const trained = trials.map(({ number }) =>
    epochsTrained(join(stack.dir, 'epochs', `${id}-${String(number)}`)),
  );
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return {
    decisions: decisions.map(whatWasDecided),
    epochs: trials.map(({ epochsDone }) => epochsDone),
    states: trials.map(({ state }) => state),
    trained: sum(trained),
    agrees: (await stack.ask(verificationSchema, `/v1/sweeps/${id}/verification`)).agrees,
    seconds,
  };
}

/** Without when, and without its place among the events of all sweeps. */
function whatWasDecided(decision: Decision): Omit<Decision, 'id' | 'at'> {
  const rest: Partial<Decision> & Omit<Decision, 'id' | 'at'> = { ...decision };
  delete rest.id;
  delete rest.at;
  return rest;
}

const epochsTrained = (file: string): number =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
