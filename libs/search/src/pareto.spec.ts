import { hypervolume } from './hypervolume';
import type { Losses } from './losses';
import { dominates, nonDominatedRanks } from './pareto';
import { Random } from './random';
import { crowdingDistances } from './testing/crowding-distances';

const cloud = (count: number, objectives: number, levels = 0, seed = 1): Losses[] => {
  const { uniform } = Random.seeded(seed);
  const one = () => (levels === 0 ? uniform() : Math.floor(uniform() * levels));
  return Array.from({ length: count }, () => Array.from({ length: objectives }, one));
};

/** By the definition: peels off front after front. */
function slowRanks(points: readonly Losses[]): number[] {
  const ranks = points.map(() => -1);
  for (let rank = 0; ranks.includes(-1); rank++) {
    const left = points.flatMap((_, i) => (ranks[i] === -1 ? [i] : []));
    for (const i of left) if (!left.some((j) => dominates(points[j]!, points[i]!))) ranks[i] = rank;
  }
  return ranks;
}

describe('dominates', () => {
  it.each([
    [[1, 2], [1, 3], true],
    [[1, 2], [1, 2], false],
    [[1, 4], [2, 3], false],
    [[1, 2], [0, Infinity], true],
    [[0, Infinity], [1, 2], false],
    [[Infinity], [Infinity], false],
  ])('%j against %j: %s', (a, b, expected) => expect(dominates(a, b)).toBe(expected));
});

describe('nonDominatedRanks', () => {
  it.each([1, 2, 3, 4])(
    'equals the definition with %i objectives, ties and unusable ones among them',
    (objectives) => {
      for (const levels of [0, 3, 10])
        for (let seed = 1; seed <= 5; seed++) {
          const points = cloud(60, objectives, levels, seed);
          points[7] = points[7]!.map((loss, i) => (i === 0 ? Infinity : loss));
          points[9] = points[9]!.map(() => Infinity);
          const expected = slowRanks(points.filter((_, i) => i !== 7 && i !== 9));
          const last = Math.max(...expected) + 1;
          expected.splice(7, 0, last);
          expected.splice(9, 0, last);
          expect(nonDominatedRanks(points)).toEqual(expected);
        }
    },
  );

  it('takes no points, and only unusable ones', () => {
    expect(nonDominatedRanks([])).toEqual([]);
    expect(
      nonDominatedRanks([
        [Infinity, 1],
        [Infinity, Infinity],
      ]),
    ).toEqual([0, 0]);
  });
});

describe('crowdingDistances', () => {
  it('adds the shares of the front between the neighbours; the ends have endless room', () => {
    expect(
      crowdingDistances([
        [0, 10],
        [1, 4],
        [4, 3],
        [10, 0],
      ]),
    ).toEqual([Infinity, 0.4 + 0.7, 0.9 + 0.4, Infinity]);
  });

  it('leaves out objectives in which all are equal, and unusable points', () => {
    expect(
      crowdingDistances([
        [1, 5],
        [2, 5],
        [3, 5],
        [Infinity, 0],
      ]),
    ).toEqual([Infinity, 1, Infinity, 0]);
    expect(
      crowdingDistances([
        [1, 1],
        [1, 1],
      ]),
    ).toEqual([0, 0]);
  });
});

describe('hypervolume', () => {
  it('is the area under the staircase', () => {
    expect(
      hypervolume(
        [
          [1, 3],
          [2, 2],
          [3, 1],
          [3, 3],
        ],
        [4, 4],
      ),
    ).toBe(6);
    expect(hypervolume([[1], [3], [7]], [4])).toBe(3);
    expect(hypervolume([], [1, 1])).toBe(0);
  });

  it('ignores what lies outside the reference or has no number', () => {
    expect(
      hypervolume(
        [
          [1, 1],
          [0, 4],
          [Infinity, 0],
        ],
        [3, 3],
      ),
    ).toBe(4);
  });

  it.each([2, 3, 4])('equals a count of cells with %i objectives', (objectives) => {
    const side = 5;
    for (let seed = 1; seed <= 5; seed++) {
      const points = cloud(12, objectives, side, seed);
      const isDominated = (cell: number) =>
        points.some((point) => point.every((loss, i) => loss <= Math.floor(cell / side ** i) % side));
      const cells = Array.from({ length: side ** objectives }, (_, cell) => cell).filter(isDominated);
      expect(hypervolume(points, new Array<number>(objectives).fill(side))).toBeCloseTo(cells.length, 9);
    }
  });
});
