import type { History, Observation } from '../../history';
import { isUsable } from '../../losses';
import { nonDominatedRanks } from '../../pareto';
import { bestFirst } from '../../pareto-order';
import { furthestFirst } from '../furthest-first';
import { hypervolumeSubset } from './hypervolume-subset';

/** Observations of which the model learns, each part in the order of the trials' numbers. */
export interface Split {
  /** The best tenth, at most {@link MAX_BELOW}. */
  readonly below: readonly Observation[];
  /** The others, at most {@link MAX_ABOVE}. */
  readonly above: readonly Observation[];
  /** Trials with a result: complete, ended early or paused. */
  readonly known: number;
}

/** As many of the best as Optuna takes. */
const MAX_BELOW = 25;
/** The newest of the others; more would only cost time. */
const MAX_ABOVE = 1_000;

/**
 * Who is among the best (Optuna 5.0, `_split_trials`): complete trials first, by loss, or with several objectives by
 * front and inside the last front by hypervolume; then those that ended early, are paused or have reported epochs, the
 * furthest trained first. Failed trials, and running ones of which nothing is known ("constant liar": they are taken to
 * be bad, so that no two places try the same), are never among the best.
 */
export function splitOf(history: History): Split {
  const finished = history.finished();
  const open = history.inFlight();
  const complete = finished.filter(({ state }) => state === 'complete');
  const partly = [...finished.filter(({ state }) => state === 'stopped'), ...open].filter(
    ({ epoch, losses }) => epoch > 0 && isUsable(losses),
  );
  const known = complete.length + partly.filter(({ state }) => state !== 'running').length;
  const size = Math.min(Math.ceil(0.1 * known), MAX_BELOW);
  const best = bestOf(complete, size);
  const below = new Set([...best, ...furthestFirst(partly, ({ epoch }) => epoch, size - best.length)]);
  const above = [...finished, ...open].filter((observation) => !below.has(observation));
  return { below: inOrder([...below]), above: inOrder(above).slice(-MAX_ABOVE), known };
}

const inOrder = (observations: Observation[]): Observation[] =>
  observations.sort((a, b) => a.trial - b.trial);

function bestOf(observations: readonly Observation[], size: number): Observation[] {
  if (size >= observations.length) return [...observations];
  const points = observations.map(({ losses }) => losses);
  if ((points[0]?.length ?? 1) === 1) return bestFirst(observations).slice(0, size);
  const ranks = nonDominatedRanks(points);
  const chosen: number[] = [];
  for (let rank = 0; chosen.length < size; rank++) {
    const front = ranks.flatMap((r, index) => (r === rank ? [index] : []));
    const left = size - chosen.length;
    if (front.length <= left) chosen.push(...front);
    else {
      const losses = front.map((index) => points[index] ?? []);
      chosen.push(...hypervolumeSubset(losses, left).flatMap((i) => front[i] ?? []));
    }
  }
  return chosen.flatMap((index) => observations[index] ?? []);
}
