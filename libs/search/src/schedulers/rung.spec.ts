import { createRung, PARETO_WINDOW } from './rung';

describe('a rung of one objective', () => {
  it('gives the best that waits while it is among the best of all', () => {
    const rung = createRung(1);
    for (const [trial, loss] of [
      [1, 5],
      [2, 3],
      [3, 4],
    ] as const)
      expect(rung.arrive(trial, [loss], 9)).toEqual([]);
    expect(rung.candidate(1)).toBe(2);
    rung.leave(2);
    expect([rung.candidate(1), rung.candidate(2)]).toEqual([undefined, 3]);
    expect(rung.standingOf(1)).toEqual({ rank: 3, of: 3 });
    expect(rung.best(2)).toEqual([2, 3]);
    expect(rung.waiting).toBe(2);
  });

  it('counts those without a number, and never lets them go on', () => {
    const rung = createRung(1);
    expect(rung.arrive(1, [Infinity], 9)).toEqual([{ trial: 1, losses: undefined, why: 'no usable number' }]);
    rung.arrive(2, [1], 9);
    expect([rung.compared, rung.candidate(2), rung.standingOf(1)]).toEqual([
      2,
      2,
      { rank: undefined, of: 2 },
    ]);
  });

  it('forgets whose turn cannot come, and decides as if it had not', () => {
    const rung = createRung(1);
    rung.arrive(1, [1], 2);
    rung.leave(1);
    rung.arrive(2, [2], 2);
    expect(rung.arrive(3, [3], 2)).toMatchObject([{ trial: 3, losses: [3] }]);
    // 1 has left; of 2 and 4 the worse one is dropped.
    expect(rung.arrive(4, [1.5], 2)).toMatchObject([{ trial: 2 }]);
    expect(rung.standingOf(4)).toEqual({ rank: 2, of: 4 });
    // Two that are better have left, so that a third cannot be among the best two.
    rung.leave(4);
    expect(rung.arrive(5, [0.5], 2)).toEqual([]);
    expect([rung.candidate(1), rung.compared]).toEqual([5, 5]);
  });

  /** Of these the last four are forgotten; the capacity grows then. */
  const extended = () => {
    const rung = createRung(1);
    for (const loss of [1, 2, 3, 4, 5, 6]) rung.arrive(loss, [loss], 2);
    return rung;
  };

  it('ranks who is worse than the best it has forgotten behind all of them', () => {
    const rung = extended();
    expect(rung.arrive(7, [2.5], 9)).toEqual([]);
    expect(rung.arrive(8, [3.5], 9)).toEqual([]);
    expect([rung.standingOf(7), rung.standingOf(8)]).toEqual([
      { rank: 3, of: 8 },
      { rank: 8, of: 8, isAtWorst: true },
    ]);
    for (const trial of [1, 2, 7]) rung.leave(trial);
    expect([rung.candidate(7), rung.candidate(8)]).toEqual([undefined, 8]);
    expect(rung.arrive(9, [3.6], 8)).toMatchObject([
      {
        trial: 9,
        why: 'is not surely among the best 8 of 9, of which 4 are forgotten, and no more can go on',
      },
    ]);
  });

  it('counts apart whom it forgets after an extension', () => {
    const rung = extended();
    for (let trial = 7; trial <= 60; trial++) rung.arrive(trial, [trial], 20);
    // Of the second plan 40 are forgotten, all worse than 20.
    expect(rung.arrive(100, [3.5], 20)).toMatchObject([{ trial: 20 }]);
    expect(rung.standingOf(100)).toEqual({ rank: 7, of: 61, isAtWorst: true });
  });

  it('reads a snapshot that does not say what was forgotten', () => {
    const old = { arrived: 6, waiting: [[1, 1]], left: [[2, 2]] };
    const full = createRung(1, old);
    full.arrive(7, [1.5], 2);
    full.arrive(8, [7], 9);
    expect(full.standingOf(8)).toEqual({ rank: 8, of: 8, isAtWorst: true });
    // Where more can go on than are there, the others had no number.
    const open = createRung(1, old);
    open.arrive(7, [7], 9);
    expect(open.standingOf(7)).toEqual({ rank: 3, of: 7 });
  });

  it('breaks ties by the number of the trial', () => {
    const rung = createRung(1);
    rung.arrive(9, [1], 9);
    rung.arrive(3, [1], 9);
    expect(rung.candidate(1)).toBe(3);
  });
});

describe('a rung of several objectives', () => {
  it('takes the first front before the second, whoever has a number before who has none', () => {
    const rung = createRung(2);
    rung.arrive(1, [2, 2], 9);
    rung.arrive(2, [Infinity, 0], 9);
    rung.arrive(3, [1, 1], 9);
    expect([rung.candidate(1), rung.best(3)]).toEqual([3, [3, 1]]);
    rung.leave(3);
    expect([rung.candidate(1), rung.candidate(2)]).toEqual([undefined, 1]);
    expect(rung.standingOf(2)).toEqual({ rank: undefined, of: 3 });
  });

  it('compares the newest, and drops who waits while so many come', () => {
    const rung = createRung(2);
    for (let trial = 1; trial <= PARETO_WINDOW; trial++)
      expect(rung.arrive(trial, [trial, trial], 9)).toEqual([]);
    rung.leave(1);
    expect(rung.arrive(300, [1_000, 1_000], 9)).toEqual([]);
    expect(rung.arrive(301, [1_000, 1_000], 9)).toMatchObject([{ trial: 2, losses: [2, 2] }]);
    expect([rung.compared, rung.candidate(1)]).toEqual([PARETO_WINDOW, 3]);
  });
});

describe.each([1, 2])('a rung of %i objectives', (objectives) => {
  it('comes back from its snapshot', () => {
    const rung = createRung(objectives);
    const losses = (n: number) => new Array<number>(objectives).fill(n);
    rung.arrive(1, losses(Infinity), 9);
    rung.arrive(2, losses(2), 9);
    rung.arrive(3, losses(1), 9);
    rung.leave(3);
    if (objectives === 1) rung.arrive(4, losses(4), 2);
    else rung.arrive(4, losses(Infinity), 9);
    const snapshot = JSON.parse(JSON.stringify(rung.snapshot())) as ReturnType<typeof rung.snapshot>;
    const again = createRung(objectives, snapshot);
    expect(again.snapshot()).toEqual(rung.snapshot());
    expect([again.compared, again.candidate(2), again.waiting]).toEqual([4, 2, 1]);
  });
});
