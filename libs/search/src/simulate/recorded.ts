import type { ObjectiveMetric } from '@fathom/contracts';
import type { Configuration } from '../space/search-space';
import type { ObjectiveCurve } from './fleet';

export type RecordedMetric = Extract<ObjectiveMetric, 'validationError' | 'validationLoss' | 'trainLoss'>;

/** One real training. Arrays have a number for each epoch; a training that broke off has fewer. */
export interface RecordedCurve extends Readonly<Record<RecordedMetric, readonly (number | null)[]>> {
  readonly depth: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** Real trainings as an objective: what a trial would report is read off the recorded one nearest to it. */
export interface Replay {
  /** The recorded values; every combination of them need not have been recorded. */
  readonly space: { readonly depth: number[]; readonly learningRate: number[]; readonly seed: number[] };
  /** Of the longest curve. */
  readonly epochs: number;
  readonly curve: ObjectiveCurve;
  /** The recorded curve nearest to a configuration: by depth and learning rate, both as ratios; then by seed. */
  readonly nearest: (values: Configuration) => RecordedCurve;
}

/** @throws RangeError where there are no curves */
export function replay(
  curves: readonly RecordedCurve[],
  metrics: readonly RecordedMetric[] = ['validationError'],
): Replay {
  const [first] = curves;
  if (first === undefined) throw new RangeError('no curves were recorded');
  const distinct = (of: (curve: RecordedCurve) => number) =>
    [...new Set(curves.map(of))].sort((a, b) => a - b);
  const nearest = (values: Configuration): RecordedCurve => {
    const distances = curves.map((curve) => distanceTo(curve, values));
    return curves[distances.indexOf(Math.min(...distances))] ?? first;
  };
  const found = new Map<string, RecordedCurve>();
  const remembered = (values: Configuration): RecordedCurve => {
    const key = [values.depth, values.learningRate, values.seed].join(' ');
    const known = found.get(key) ?? nearest(values);
    // Continuous learning rates would otherwise fill it without end.
    if (found.size < 10_000) found.set(key, known);
    return known;
  };
  return {
    space: {
      depth: distinct(({ depth }) => depth),
      learningRate: distinct(({ learningRate }) => learningRate),
      seed: distinct(({ seed }) => seed),
    },
    epochs: Math.max(...curves.map(({ validationError }) => validationError.length)),
    nearest,
    // After its last epoch a training that broke off gives nothing more.
    curve: (values, epoch) => {
      const curve = remembered(values);
      return metrics.map((metric) => curve[metric][epoch - 1] ?? null);
    },
  };
}

/** Seeds only decide among curves of the same depth and rate. */
const SEED_WEIGHT = 1e-9;

function distanceTo(curve: RecordedCurve, { depth, learningRate, seed }: Configuration): number {
  const ratio = (a: number, b: unknown) => (b === undefined ? 0 : Math.log(a / Number(b)) ** 2);
  const seeds = seed === undefined ? 0 : Math.min(1e3, Math.abs(curve.seed - Number(seed)));
  return ratio(curve.depth, depth) + ratio(curve.learningRate, learningRate) + SEED_WEIGHT * seeds;
}
