/**
 * Epochs of the rungs below the last epoch, ascending: min, min·eta, min·eta² … (Li et al. 2020, "A System for
 * Massively Parallel Hyperparameter Tuning", algorithm 2). By multiplication, for a quotient of logarithms misses rungs:
 * log(243) / log(3) is 4.999….
 *
 * @param min 1 or more @param eta 2 or more @returns empty where min >= epochs
 */
export function promotionRungs(min: number, eta: number, epochs: number): number[] {
  const rungs: number[] = [];
  for (let rung = min; rung < epochs; rung *= eta) rungs.push(rung);
  return rungs;
}

/** A bracket of Hyperband: so many trials begin, and the best 1 / eta of them go on at each rung. */
export interface Bracket {
  readonly trials: number;
  /** Epochs of its rungs below the last epoch, ascending; none in the bracket that trains everything to the end. */
  readonly rungs: readonly number[];
}

/**
 * The brackets of Hyperband (Li et al. 2018, algorithm 1), the one with the lowest rung first. With S + 1 brackets,
 * bracket s = S … 0 begins ceil((S + 1) / (s + 1) · eta^s) trials at floor(R / eta^s) epochs. All in whole numbers, for
 * floor(log(R) / log(eta)) loses a bracket where R is a power of eta.
 *
 * @param min least epochs of the lowest rung
 */
export function hyperbandBrackets(min: number, eta: number, epochs: number): Bracket[] {
  const powers = [1];
  for (let power = eta; Math.floor(epochs / power) >= min; power *= eta) powers.push(power);
  return powers
    .map((power, s) => ({
      trials: Math.ceil((powers.length * power) / (s + 1)),
      rungs: powers
        .slice(1, s + 1)
        .map((divisor) => Math.floor(epochs / divisor))
        .reverse(),
    }))
    .reverse();
}

/**
 * Where a trial of a dearer or cheaper network has spent as much as another at the rungs: each rung's epoch divided by
 * `pace`, rounded, then moved as little as needed for the epochs to be ascending, at least 1 and below the last one.
 *
 * @param pace cost of one of its epochs as a multiple of the reference's
 */
export function rungsAtPace(rungs: readonly number[], pace: number, epochs: number): readonly number[] {
  if (pace === 1) return rungs;
  const moved: number[] = [];
  rungs.forEach((rung, k) => {
    const latest = epochs - (rungs.length - k);
    moved.push(Math.min(latest, Math.max((moved.at(-1) ?? 0) + 1, Math.round(rung / pace))));
  });
  return moved;
}
