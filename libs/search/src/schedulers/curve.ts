import type { Json } from '../json';
import { isUsable, loadLosses, storeLosses, type Losses, type StoredLosses } from '../losses';

/** Epochs of a curve that are kept while the trial runs, and while it waits. */
const KEPT = 16;
const KEPT_WAITING = 4;
/** Fewer epochs promise nothing: the newest value stands for itself. */
const LEAST = 4;
/** Of the power law; 1/4 flattens late, 2 early. */
const EXPONENTS = [0.25, 0.5, 1, 2];

type Point = readonly [epoch: number, losses: Losses];
export type StoredCurve = readonly (readonly [epoch: number, losses: StoredLosses])[];

/** The newest usable epochs of a trial, and what they promise. */
export class Curve {
  private points: Point[];

  constructor(snapshot: StoredCurve = []) {
    this.points = snapshot.map(([epoch, losses]) => [epoch, loadLosses(losses)]);
  }

  /** An epoch that was reported before is replaced. */
  add(epoch: number, losses: Losses): void {
    if (!isUsable(losses)) return;
    if (this.points.at(-1)?.[0] === epoch) this.points.pop();
    this.points.push([epoch, losses]);
    if (this.points.length > KEPT) this.points.shift();
  }

  /** It waits, perhaps for long, among many others. */
  rest(): void {
    this.points = this.points.slice(-KEPT_WAITING);
  }

  /** The losses that the curve promises for an epoch; undefined without any usable epoch. */
  promise(epoch: number): Losses | undefined {
    return this.points.at(-1)?.[1].map((_, i) =>
      extrapolate(
        this.points.map(([at, losses]) => [at, losses[i] ?? Infinity]),
        epoch,
      ),
    );
  }

  snapshot(): Json {
    return this.points.map(([epoch, losses]) => [epoch, storeLosses(losses)]);
  }
}

/**
 * The loss at a later epoch E by the power law a + b·e^-c: for each of four exponents c the a and b >= 0 of least
 * squares, of these the fit with the least error, and of it what it says for E, moved by the mean of the last two
 * residuals. A power law is the simplest of the curves in Domhan et al. 2015 ("Speeding up automatic hyperparameter
 * optimization of deep neural networks by extrapolation of learning curves", section 3.1) and the one that cannot
 * bend upwards. It may promise no more than the curve has gained from its first to its best kept epoch once again. With
 * fewer than four epochs the newest loss stands for itself.
 */
export function extrapolate(
  points: readonly (readonly [epoch: number, loss: number])[],
  epoch: number,
): number {
  const losses = points.map(([, loss]) => loss);
  const newest = losses.at(-1) ?? Infinity;
  if (points.length < LEAST || (points.at(-1)?.[0] ?? 0) >= epoch) return newest;
  const fits = EXPONENTS.map((c) =>
    fit(
      points.map(([e]) => e ** -c),
      losses,
      epoch ** -c,
    ),
  );
  const best = fits.reduce((a, b) => (b.error < a.error ? b : a));
  const lowest = Math.min(...losses);
  return Math.max(best.prediction, lowest - Math.max(0, (losses[0] ?? 0) - lowest));
}

/** A straight line over x of least squares whose slope is not negative, and what it says at `at`. */
function fit(x: readonly number[], y: readonly number[], at: number): { error: number; prediction: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const sxy = x.reduce((sum, xi, i) => sum + (xi - mx) * ((y[i] ?? 0) - my), 0);
  const sxx = x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0);
  const slope = Math.max(0, sxy / sxx);
  const residuals = x.map((xi, i) => (y[i] ?? 0) - my - slope * (xi - mx));
  const error = residuals.reduce((sum, r) => sum + r * r, 0);
  return { error, prediction: my + slope * (at - mx) + mean(residuals.slice(-2)) };
}
