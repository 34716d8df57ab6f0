import type { SweepPreview } from '@fathom/contracts';
import { previewView } from './preview-view';

const range = (expected: number) => ({ expected, low: expected / 2, high: expected * 2 });
const preview: SweepPreview = {
  plannedTrials: 27,
  simulatedTrials: 27,
  workers: { count: 4, source: 'fleet' },
  cost: { measuredEpochs: 120, cheapestTrialSeconds: range(90) },
  trials: { begun: 27, completed: 3, stopped: 24 },
  rungs: [
    {
      epoch: 1,
      trials: 27,
      depths: [
        { depth: 8, trials: 14 },
        { depth: 20, trials: 13 },
      ],
    },
    { epoch: 9, trials: 3, depths: [{ depth: 20, trials: 3 }] },
  ],
  depths: [
    { depth: 8, trials: 14, completed: 0, epochSeconds: range(10), deviceHours: range(0.5) },
    { depth: 20, trials: 13, completed: 3, epochSeconds: range(30), deviceHours: range(1.5) },
  ],
  epochs: 81,
  epochsWithoutStopping: 243,
  deviceHours: range(2),
  seconds: range(1_800),
  budget: [
    {
      limit: 'maxTrials',
      given: 27,
      needed: 40,
      isReached: true,
      cutTrials: 13,
      completedTrials: 3,
      atSeconds: null,
    },
    {
      limit: 'maxDeviceHours',
      given: 9,
      needed: 2,
      isReached: false,
      cutTrials: 0,
      completedTrials: 3,
      atSeconds: null,
    },
  ],
  endsBy: 'completion',
  finishAt: '2026-01-01T00:30:00.000Z',
  warnings: ['a thing to know'],
};

describe('previewView', () => {
  const lines = previewView(preview).split('\n');
  const cells = (start: string) => lines.find((line) => line.includes(start))?.match(/[^\s│]+/g);

  it('says what the sweep takes, with the range', () => {
    expect(lines).toContain('27 trials on 4 at a time (connected or running now)');
    expect(lines).toContain('device hours: 2 (1 to 4)');
    expect(lines).toContain('from start to end: 30 min 0 s (15 min 0 s to 1 h 0 min)');
    expect(lines).toContain('ends about 2026-01-01 00:30 UTC, when all trials have ended');
    expect(lines.join()).toContain('33.3 % of training every trial');
  });

  it('shows rungs by depth, with none where none get there', () => {
    expect(cells('│ 9 ') ?? cells(' 9 │')).toEqual(['9', '3', '0', '3']);
  });

  it('shows what the budget cuts, and warnings', () => {
    expect(cells('maxTrials')).toEqual(['maxTrials', '27', '40', '13', 'trials']);
    expect(cells('maxDeviceHours')).toEqual(['maxDeviceHours', '9', '2', 'nothing']);
    expect(lines.at(-1)).toBe('warning: a thing to know');
  });
});
