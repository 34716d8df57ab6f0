import { outstanding, superfluous, type MarkedCheckpoint } from './retention';

const at = (
  step: number,
  score?: number,
  more: { fence?: number; rung?: boolean } = {},
): MarkedCheckpoint => ({
  id: { step, fence: more.fence ?? 1 },
  mark: { score, ...(more.rung === undefined ? {} : { rung: more.rung }) },
});
const steps = (ids: readonly { step: number }[]) => ids.map(({ step }) => step);

describe('what stays of the checkpoints of a trial', () => {
  const all = [at(1, 0.5), at(2, 0.2), at(3, 0.4, { rung: true }), at(4, 0.2), at(5, 0.3), at(6)];

  it.each([
    [{ last: 2, best: 0, rungs: false }, [4, 3, 2, 1]],
    [{ last: 1, best: 1, rungs: false }, [5, 3, 2, 1]],
    [{ last: 1, best: 2, rungs: false }, [5, 3, 1]],
    [{ last: 1, best: 1, rungs: true }, [5, 2, 1]],
    [{ last: 2, best: 9, rungs: false }, []],
    [{ last: 9, best: 0, rungs: false }, []],
    // Nothing to go on from would be no retention.
    [{ last: 0, best: 0, rungs: false }, [5, 4, 3, 2, 1]],
  ])('with %j all but %j', (retention, gone) => {
    expect(steps(superfluous(all, retention))).toEqual(gone);
  });

  it('takes the later of two that are equally good', () => {
    expect(steps(outstanding(all, { last: 1, best: 1, rungs: false }))).toEqual([4]);
  });

  it('counts a step that two attempts have trained once, as the newer one has it', () => {
    const twice = [at(1, 0.1), at(1, 0.1, { fence: 2 }), at(2, 0.2, { fence: 2 }), at(3, 0.3, { fence: 2 })];
    const retention = { last: 1, best: 2, rungs: false };
    expect(outstanding(twice, retention)).toEqual([
      { step: 1, fence: 2 },
      { step: 2, fence: 2 },
    ]);
    expect(superfluous(twice, retention)).toEqual([{ step: 1, fence: 1 }]);
  });

  it('keeps the best of which a checkpoint within an epoch is none', () => {
    expect(steps(outstanding([at(1), at(2)], { last: 1, best: 2, rungs: true }))).toEqual([]);
  });
});
