// From times to what a table shows.
import { geometricMean, median, medianRatio } from './statistics.mjs';

const peers = ['torch', 'keras'];

/**
 * @param {import('./cases.mjs').Case} benchCase
 * @param {{ contenders: import('./measure.mjs').Measured[], matrixFlops: number[] }} measured
 */
export function figuresOf(benchCase, { contenders, matrixFlops }) {
  return contenders.map((contender) => {
    const { stepMs, oursMs } = contender;
    if (!stepMs) return contender;
    const ms = median(stepMs);
    return {
      ...contender,
      ms,
      lowMs: Math.min(...stepMs),
      highMs: Math.max(...stepMs),
      rounds: stepMs.length,
      imagesPerSecond: (benchCase.batchSize / ms) * 1e3,
      /** How many times as long as our step it takes: median over the rounds. */
      timesOurs: medianRatio(stepMs, oursMs),
      /** Of the rate of matrix products in the same rounds; only where both compute in the same precision. */
      utilisation: median(
        stepMs.flatMap((value, i) =>
          matrixFlops[i] === undefined ? [] : [((benchCase.flops / value) * 1e3) / matrixFlops[i]],
        ),
      ),
    };
  });
}

/** How many times as fast as the faster of PyTorch and Keras ours is; undefined where neither was measured. */
export function speedupOverPeers(figures) {
  const ratios = figures.flatMap(({ name, timesOurs }) =>
    peers.includes(name) && timesOurs !== undefined ? [timesOurs] : [],
  );
  return ratios.length > 0 ? Math.min(...ratios) : undefined;
}

export const speedupOver = (figures, name) => figures.find((each) => each.name === name)?.timesOurs;

/** @param {readonly (number | undefined)[]} ratios */
export function meanOf(ratios) {
  const known = ratios.filter((ratio) => ratio !== undefined);
  return known.length > 0 ? geometricMean(known) : undefined;
}
