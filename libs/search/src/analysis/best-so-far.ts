import type { BestSoFar } from '@fathom/contracts';
import { lossColumn, type Objectives, type TrialResult } from './trial-result';

/**
 * The steps of the running best in the order in which trials ended; those of the same time by their number.
 *
 * @param results those without a usable number for the objective are left out
 * @param objective index of the one that is asked for
 * @param begun milliseconds since 1970 at which the sweep was submitted
 */
export function bestSoFar(
  spec: Objectives,
  results: readonly TrialResult[],
  objective: number,
  begun: number,
): Omit<BestSoFar, 'objective'> {
  const losses = lossColumn(spec, objective, results);
  const order = results.flatMap((result, index) => {
    const loss = losses[index] ?? Infinity;
    return Number.isFinite(loss) ? [{ result, loss }] : [];
  });
  order.sort((a, b) => a.result.endedAt - b.result.endedAt || a.result.number - b.result.number);
  const points: BestSoFar['points'] = [];
  let best = Infinity;
  order.forEach(({ result, loss }, index) => {
    if (loss >= best) return;
    best = loss;
    const { id, number, state, endedAt, objectives } = result;
    points.push({
      number,
      trialId: id,
      state,
      value: objectives[objective] ?? NaN,
      ended: index + 1,
      endedAt: new Date(endedAt).toISOString(),
      // Clocks of two machines may differ.
      seconds: Math.max(0, (endedAt - begun) / 1000),
    });
  });
  return { trials: order.length, points };
}
