import { bestAndNewest, type History, type HistoryLimits, type Observation } from '../../history';
import { isUsable } from '../../losses';
import type { Configuration } from '../../space/search-space';

/** Results that the model learns from at most: its cost grows with the third power of their number. */
const LIMITS: HistoryLimits = { best: 50, recent: 150 };
/** Most trials in flight that it reckons with, the newest. */
const MAX_PENDING = 50;

export interface Result {
  readonly values: Configuration;
  /** Epochs trained over those of a whole training, on a log scale: 0 … 1. */
  readonly progress: number;
  /** Of mean 0 and variance 1 over all results; the smaller the better. */
  readonly target: number;
}

export interface Observations {
  readonly results: readonly Result[];
  /** Configurations whose result is not known yet. */
  readonly pending: readonly Configuration[];
}

/**
 * What the model learns from: trials that have ended or wait at a rung. Those without a usable loss count as bad as the
 * worst of the others.
 *
 * @param epochsOf of a whole training of a configuration
 */
export function observationsOf(history: History, epochsOf: (values: Configuration) => number): Observations {
  const inFlight = history.inFlight();
  const paused = inFlight.filter(({ state }) => state === 'paused');
  const known = bestAndNewest([...history.finished(), ...paused], LIMITS);
  const targets = standardised(known.map(({ losses }) => losses[0] ?? Infinity));
  return {
    results: known.map((observation, i) => ({
      values: observation.values,
      progress: progressOf(observation, epochsOf),
      target: targets[i] ?? 0,
    })),
    pending: inFlight
      .filter(({ state }) => state === 'running')
      .slice(-MAX_PENDING)
      .map(({ values }) => values),
  };
}

function progressOf(
  { state, epoch, values, losses }: Observation,
  epochsOf: (values: Configuration) => number,
) {
  // What failed is as bad as can be however far it got.
  if (state === 'complete' || !isUsable(losses)) return 1;
  return Math.min(1, Math.log1p(epoch) / Math.log1p(epochsOf(values)));
}

/**
 * Losses with mean 0 and variance 1. Those worse than the median are drawn in to it first, by the logarithm of their
 * distance in units of how much better the best is: between bad and very bad (a training that diverges gives any number)
 * there is nothing to learn, and all would look alike beside it.
 */
function standardised(losses: readonly number[]): number[] {
  const order = losses.filter(Number.isFinite).sort((a, b) => a - b);
  const worst = order.at(-1) ?? 0;
  const median = order[order.length >> 1] ?? 0;
  const unit = 2 * (median - (order[0] ?? 0)) || 1;
  const drawnIn = losses
    .map((loss) => (Number.isFinite(loss) ? loss : worst))
    .map((loss) => (loss > median ? median + unit * Math.log1p((loss - median) / unit) : loss));
  const mean = drawnIn.reduce((sum, loss) => sum + loss, 0) / drawnIn.length;
  const variance = drawnIn.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / drawnIn.length;
  const deviation = Math.sqrt(variance) || 1;
  return drawnIn.map((loss) => (loss - mean) / deviation);
}
