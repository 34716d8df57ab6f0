import { isUsable, type Losses } from '../losses';

/**
 * How much room each point of one front has: the sum over the objectives of the distance between its two neighbours,
 * as a share of the front's extent; Infinity at the ends (Deb et al. 2002, "A fast and elitist multiobjective genetic
 * algorithm: NSGA-II", section III-B). Objectives in which all are equal do not count; points with an unusable loss
 * have none.
 */
export function crowdingDistances(points: readonly Losses[]): number[] {
  const distances = new Array<number>(points.length).fill(0);
  const usable = points.flatMap((losses, index) => (isUsable(losses) ? [{ losses, index }] : []));
  const objectives = usable[0]?.losses.length ?? 0;
  for (let objective = 0; objective < objectives; objective++) {
    const along = usable
      .map(({ losses, index }) => ({ loss: losses[objective] ?? 0, index }))
      .sort((a, b) => a.loss - b.loss || a.index - b.index);
    const extent = (along.at(-1)?.loss ?? 0) - (along[0]?.loss ?? 0);
    if (extent === 0) continue;
    along.forEach(({ index }, i) => {
      const [below, above] = [along[i - 1], along[i + 1]];
      const room = below && above ? (above.loss - below.loss) / extent : Infinity;
      distances[index] = (distances[index] ?? 0) + room;
    });
  }
  return distances;
}
