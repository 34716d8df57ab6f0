import fc from 'fast-check';
import { holding, shareOut, type Contender, type Holdings } from './fair-share';

const sweep = (name: string, trials: number, more: { owner?: string; pools?: string[] } = {}): Contender => ({
  sweepId: name,
  owner: more.owner ?? name,
  candidates: Array.from({ length: trials }, (_, index) => ({
    trialId: `${name}${String(index + 1)}`,
    pools: more.pools ?? ['p'],
    memoryBytes: null,
  })),
});
const shared = (contenders: Contender[], room: Record<string, number>, held: Holdings = new Map()) =>
  shareOut(contenders, new Map(Object.entries(room)), held).map(({ trialId }) => trialId);

describe('shareOut', () => {
  it('gives owners turns, the oldest sweep first', () =>
    expect(shared([sweep('a', 9), sweep('b', 2), sweep('c', 9)], { p: 7 })).toEqual(
      ['a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3'], // prettier-ignore
    ));

  it('shares among owners first, and then among the sweeps of each', () => {
    const contenders = [sweep('a', 9, { owner: 'x' }), sweep('b', 9, { owner: 'x' }), sweep('c', 9)];
    expect(shared(contenders, { p: 8 })).toEqual(['a1', 'c1', 'b1', 'c2', 'a2', 'c3', 'b2', 'c4']);
  });

  it('makes up for what others hold already', () => {
    const held: Holdings = new Map([
      [holding('p', { owner: 'a' }), 3],
      [holding('p', { sweepId: 'a' }), 3],
    ]);
    expect(shared([sweep('a', 9), sweep('b', 9)], { p: 5 }, held)).toEqual(['b1', 'b2', 'b3', 'a1', 'b4']);
    expect(held.get(holding('p', { owner: 'b' }))).toBe(4);
  });

  it('gives all to one that is alone, and nothing beyond what is free', () => {
    expect(shared([sweep('a', 3)], { p: 5 })).toEqual(['a1', 'a2', 'a3']);
    expect(shared([sweep('a', 3)], { p: 0 })).toEqual([]);
    expect(shared([], { p: 1 })).toEqual([]);
  });

  it('counts the places of each pool apart, and takes the first pool that has room', () => {
    const held: Holdings = new Map([[holding('q', { owner: 'a' }), 9]]);
    const contenders = [sweep('a', 2, { pools: ['p', 'q'] }), sweep('b', 2)];
    const placed = shareOut(contenders, new Map(Object.entries({ p: 2, q: 2 })), held);
    expect(placed.map(({ trialId, pool }) => `${trialId} ${pool}`)).toEqual(['a1 p', 'b1 p', 'a2 q']);
  });

  it('passes over a trial that no pool has room for, and tries the next of its sweep', () => {
    const mixed: Contender = {
      ...sweep('a', 0),
      candidates: [
        { trialId: 'large', pools: ['q'], memoryBytes: 9e9 },
        { trialId: 'small', pools: ['p'], memoryBytes: 1e9 },
      ],
    };
    expect(shared([mixed], { p: 1, q: 0 })).toEqual(['small']);
  });

  it('does what its rule says, one place after the other, whatever there is', () => {
    const pools = fc.uniqueArray(fc.constantFrom('p', 'q', 'r'), { minLength: 1 });
    const contender = fc.record({
      owner: fc.constantFrom('a', 'b', 'c'),
      wanted: fc.array(pools, { maxLength: 6 }),
    });
    const free = fc.record({ p: fc.nat(6), q: fc.nat(6), r: fc.nat(6) });
    const before = fc.array(
      fc.tuple(fc.constantFrom('p', 'q', 'r'), fc.constantFrom('a', 'b', 'c', 's0', 's1'), fc.nat(4)),
    );
    fc.assert(
      fc.property(fc.array(contender, { maxLength: 6 }), free, before, (asked, room, had) => {
        const contenders = asked.map(({ owner, wanted }, index): Contender => ({
          ...{ sweepId: `s${String(index)}`, owner },
          candidates: wanted.map((names, number) => ({
            ...{ trialId: `${String(index)}-${String(number)}`, pools: names, memoryBytes: null },
          })),
        }));
        const holdings = () =>
          new Map(
            had.map(([pool, who, places]) => [
              holding(pool, who.startsWith('s') ? { sweepId: who } : { owner: who }),
              places,
            ]),
          );
        const held: Holdings = holdings();
        const placed = shareOut(contenders, new Map(Object.entries(room)), held);
        expect(placed.map(({ trialId, pool }) => [trialId, pool])).toEqual(
          byTheRule(contenders, new Map(Object.entries(room)), holdings()),
        );
        for (const { owner } of contenders)
          for (const pool of ['p', 'q', 'r']) {
            const own = contenders
              .filter((one) => one.owner === owner)
              .flatMap(({ candidates }) => candidates);
            const got = placed.filter(
              (one) => one.pool === pool && own.some(({ trialId }) => trialId === one.trialId),
            );
            const key = holding(pool, { owner });
            expect(held.get(key) ?? 0).toBe((holdings().get(key) ?? 0) + got.length);
          }
      }),
    );
  });

  it('shares evenly among a thousand sweeps', () => {
    const contenders = Array.from({ length: 1_000 }, (_, index) =>
      sweep(`s${String(index)}-`, 12, { owner: `o${String(index % 20)}` }),
    );
    const held: Holdings = new Map();
    expect(shared(contenders, { p: 10_000 }, held)).toHaveLength(10_000);
    expect(new Set(contenders.map(({ sweepId }) => held.get(holding('p', { sweepId }))))).toEqual(
      new Set([10]),
    );
  });
});

/** The rule word by word, and slow. */
function byTheRule(contenders: readonly Contender[], room: Map<string, number>, held: Holdings): string[][] {
  const placed: string[][] = [];
  const done = new Set<string>();
  for (;;) {
    const proposals = contenders.flatMap(({ sweepId, owner, candidates }, age) => {
      const open = candidates.filter(({ trialId }) => !done.has(trialId));
      const next = open.find(({ pools }) => pools.some((pool) => (room.get(pool) ?? 0) > 0));
      const pool = next?.pools.find((name) => (room.get(name) ?? 0) > 0);
      if (next === undefined || pool === undefined) return [];
      const keys = [holding(pool, { owner }), holding(pool, { sweepId })];
      return [{ trialId: next.trialId, pool, keys, rank: [...keys.map((key) => held.get(key) ?? 0), age] }];
    });
    const [first] = proposals.sort((a, b) => {
      const differing = a.rank.findIndex((value, index) => value !== b.rank[index]);
      return differing < 0 ? 0 : (a.rank[differing] ?? 0) - (b.rank[differing] ?? 0);
    });
    if (first === undefined) return placed;
    placed.push([first.trialId, first.pool]);
    done.add(first.trialId);
    room.set(first.pool, (room.get(first.pool) ?? 0) - 1);
    for (const key of first.keys) held.set(key, (held.get(key) ?? 0) + 1);
  }
}
