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

  it('shares evenly among hundreds of sweeps in milliseconds', () => {
    const contenders = Array.from({ length: 500 }, (_, index) => sweep(`s${String(index)}-`, 4));
    const held: Holdings = new Map();
    expect(shared(contenders, { p: 1_000 }, held)).toHaveLength(1_000);
    expect(new Set(contenders.map(({ sweepId }) => held.get(holding('p', { sweepId }))))).toEqual(
      new Set([2]),
    );
  });
});
