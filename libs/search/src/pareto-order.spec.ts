import type { Losses } from './losses';
import { nonDominatedRanks } from './pareto';
import { bestFirst, ParetoOrder } from './pareto-order';
import { Random } from './random';
import { crowdingDistances } from './testing/crowding-distances';

interface Point {
  readonly losses: Losses;
}

const pointsOf = (...all: readonly Losses[]): Point[] => all.map((losses) => ({ losses }));

function cloud(count: number, objectives: number, levels: number, seed: number): Point[] {
  const { uniform } = Random.seeded(seed);
  const one = () => (levels === 0 ? uniform() : Math.floor(uniform() * levels));
  const isSpoilt = (i: number) => i % 17 === 3;
  return pointsOf(
    ...Array.from({ length: count }, (_, i) =>
      Array.from({ length: objectives }, (__, j) => (isSpoilt(i) && j <= i % 2 ? Infinity : one())),
    ),
  );
}

/** By the definition: the fronts, and the room in each, one by one. */
function slowOrder(points: readonly Point[]): Point[] {
  const ranks = nonDominatedRanks(points.map(({ losses }) => losses));
  const room = points.map(() => 0);
  for (const rank of new Set(ranks)) {
    const front = points.flatMap((_, i) => (ranks[i] === rank ? [i] : []));
    const distances = crowdingDistances(front.map((i) => points[i]!.losses));
    front.forEach((i, place) => (room[i] = distances[place]!));
  }
  const byRoom = (a: number, b: number) => (room[a] === room[b] ? 0 : room[b]! - room[a]!);
  const indices = points.map((_, i) => i);
  indices.sort((a, b) => ranks[a]! - ranks[b]! || byRoom(a, b) || a - b);
  return indices.map((i) => points[i]!);
}

describe('bestFirst', () => {
  it('sorts one objective, the unusable last, equal ones in the order they came', () => {
    const points = pointsOf([3], [Infinity], [1], [3], [Infinity], [2]);
    expect(bestFirst(points)).toEqual([2, 5, 0, 3, 1, 4].map((i) => points[i]));
  });

  it('sorts several by front, then by room', () => {
    const points = pointsOf([5, 5], [0, 10], [9, 0.5], [10, 0], [3, 3], [Infinity, 0]);
    expect(bestFirst(points)).toEqual([1, 3, 4, 2, 0, 5].map((i) => points[i]));
  });

  it.each([1, 2, 3, 4])('equals the definition with %i objectives', (objectives) => {
    for (const levels of [0, 4])
      for (let seed = 1; seed <= 5; seed++) {
        const points = cloud(80, objectives, levels, seed);
        const [found, expected] = [bestFirst(points), slowOrder(points)];
        expect(found.map((point) => points.indexOf(point))).toEqual(
          expected.map((point) => points.indexOf(point)),
        );
      }
  });

  it('takes nothing', () => expect(bestFirst([])).toEqual([]));
});

describe('ParetoOrder', () => {
  it.each([1, 3])(
    'stays what it would be anew while things come and go, with %i objectives',
    (objectives) => {
      for (const levels of [0, 3]) {
        const points = cloud(120, objectives, levels, 7);
        const order = new ParetoOrder<Point>();
        points.forEach((point, i) => {
          order.add(point);
          if (i >= 30) order.delete(points[i - 30]!);
          const expected = slowOrder(points.slice(Math.max(0, i - 29), i + 1));
          expect(order.bestFirst().map((one) => points.indexOf(one))).toEqual(
            expected.map((one) => points.indexOf(one)),
          );
        });
      }
    },
  );
});
