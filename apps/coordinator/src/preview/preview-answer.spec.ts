import { sweepPreviewSchema } from '@fathom/contracts';
import { Forecasting, type DepthForecast } from '@fathom/search';
import { aSweepSpec } from '@fathom/testkit';
import { previewOf, rungsOf } from './preview-answer';

const depthOf = (depth: number, trained: number[]): DepthForecast => ({
  depth,
  trials: trained[0] ?? 0,
  epochSeconds: { expected: 1, low: 1, high: 1 },
  deviceSeconds: { expected: 1, low: 1, high: 1 },
  completed: trained.at(-1) ?? 0,
  trained,
});

describe('rungsOf', () => {
  it('names the epochs after which fewer go on, and the last, by depth', () => {
    expect(rungsOf([depthOf(8, [9, 3, 3, 1, 1]), depthOf(20, [9, 3, 3])])).toEqual([
      {
        epoch: 1,
        trials: 18,
        depths: [
          { depth: 8, trials: 9 },
          { depth: 20, trials: 9 },
        ],
      },
      {
        epoch: 3,
        trials: 6,
        depths: [
          { depth: 8, trials: 3 },
          { depth: 20, trials: 3 },
        ],
      },
      { epoch: 5, trials: 1, depths: [{ depth: 8, trials: 1 }] },
    ]);
    expect(rungsOf([depthOf(8, [4, 4, 4])]).map(({ epoch }) => epoch)).toEqual([3]);
    expect(rungsOf([])).toEqual([]);
  });

  it('has few rows however many epochs end trials', () => {
    const rungs = rungsOf([
      depthOf(
        8,
        Array.from({ length: 400 }, (_, i) => 400 - i),
      ),
    ]);
    expect(rungs).toHaveLength(50);
    expect([rungs[0]?.epoch, rungs.at(-1)?.epoch]).toEqual([1, 400]);
  });
});

describe('previewOf', () => {
  const spec = aSweepSpec({
    space: { depth: [8, 14], seed: { min: 1, max: 10 } },
    recipe: { epochs: 2 },
    budget: { maxTrials: 12, maxWallClockSeconds: 7_200, maxDeviceHours: 2.5 },
  });
  const forecasting = new Forecasting(spec, {
    context: { epochCost: () => 1 },
    workers: 2,
    epochSeconds: () => ({ expected: 900, low: 600, high: 1_200 }),
    parameters: () => 1,
    startSeconds: 0,
  });
  forecasting.run();
  const preview = previewOf(spec, forecasting.result(), {
    workers: { count: 2, source: 'given' },
    measuredEpochs: 3,
    uncutTrials: 20,
    now: new Date('2026-01-01T00:00:00.000Z'),
    warnings: [],
  });

  it('answers in the shape of the contract', () => {
    expect(sweepPreviewSchema.parse(preview)).toEqual(preview);
  });

  it('predicts hours and time of the whole, before the budget cuts', () => {
    // Twelve trials of two epochs of a quarter of an hour, two at a time.
    expect(preview.deviceHours).toEqual({ expected: 6, low: 4, high: 8 });
    expect(preview.seconds.expected).toBe(3 * 3_600);
    expect(preview.depths.map(({ depth, trials }) => [depth, trials])).toEqual([
      [8, 6],
      [14, 6],
    ]);
  });

  it('says what each limit cuts, and which is first', () => {
    expect(preview.budget).toEqual([
      {
        limit: 'maxTrials',
        given: 12,
        needed: 20,
        isReached: true,
        cutTrials: 8,
        completedTrials: 12,
        atSeconds: null,
      },
      {
        limit: 'maxWallClockSeconds',
        given: 7_200,
        needed: 10_800,
        isReached: true,
        cutTrials: 4,
        completedTrials: 8,
        atSeconds: 7_200,
      },
      {
        limit: 'maxDeviceHours',
        given: 2.5,
        needed: 6,
        isReached: true,
        cutTrials: 8,
        completedTrials: 4,
        atSeconds: 4_500,
      },
    ]);
    expect(preview.endsBy).toBe('maxDeviceHours');
    expect(preview.finishAt).toBe('2026-01-01T01:15:00.000Z');
  });
});
