// How far from the best a search was after so many trials.
import { hypervolume } from './pareto-area.mjs';

/** What the search is told: the value, with the noise of the objective drawn from the seed. */
export function trueOf({ value, noise = 0 }, seed) {
  const normal = normals(seed);
  return (values) => [value(values) + (noise === 0 ? 0 : noise * normal())];
}

/**
 * Simple regret at each checkpoint; undefined where there were not so many trials. Of noisy ones, that of the true value
 * of the trial that looked best.
 */
export function regretsOf({ value, best }, checkpoints, done) {
  return checkpoints.map((count) => {
    if (done.length < count) return undefined;
    const chosen = done.slice(0, count).reduce((a, b) => (b.objectives[0] < a.objectives[0] ? b : a));
    return Math.max(0, value(chosen.values) - best);
  });
}

/** Share of the area up to the reference point that the trials leave free. */
export function hypervolumeRegret({ reference }, checkpoints, done) {
  const whole = reference[0] * reference[1];
  return checkpoints.map((count) =>
    done.length < count
      ? undefined
      : 1 -
        hypervolume(
          done.slice(0, count).map(({ objectives }) => objectives),
          reference,
        ) /
          whole,
  );
}

/** By Box and Muller over mulberry32: the same for every sampler, whatever it proposes. */
function normals(seed) {
  let state = (seed + 1) * 0x9e37_79b9;
  const uniform = () => {
    state = (state + 0x6d2b_79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
