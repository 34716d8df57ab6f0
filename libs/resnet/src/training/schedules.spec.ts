import { recipeReference } from '../../../../test/parity/recipe-reference';
import { learningRateAt, type ScheduleConfig } from './schedules';

const STEPS_PER_EPOCH = 10;
const config = (more: Partial<ScheduleConfig>): ScheduleConfig => ({
  learningRate: 1,
  schedule: 'constant',
  warmupEpochs: 0,
  epochs: 10,
  ...more,
});
const rates = (more: Partial<ScheduleConfig>) => {
  const full = config(more);
  return Array.from({ length: full.epochs * STEPS_PER_EPOCH }, (_, step) =>
    learningRateAt(full, step, STEPS_PER_EPOCH),
  );
};

describe('learningRateAt', () => {
  it('constant: is the same throughout', () => {
    expect(new Set(rates({ learningRate: 0.3 }))).toEqual(new Set([0.3]));
  });

  it('step: falls to a tenth at 1/2 and at 3/4', () => {
    const all = rates({ schedule: 'step' });
    expect([all[0], all[49], all[50], all[74], all[75], all[99]]).toEqual([1, 1, 0.1, 0.1, 0.01, 0.01]);
  });

  it('linear: falls in a line from the peak to near 0', () => {
    const all = rates({ schedule: 'linear', warmupEpochs: 5 });
    expect([all[49], all[50]]).toEqual([1, 1]);
    expect(all[75]).toBeCloseTo(0.5, 10);
    expect(all[99]).toBeCloseTo(0.02, 10);
  });

  it('cosine: starts at the peak, has half of it in the middle, and ends near 0', () => {
    const all = rates({ schedule: 'cosine' });
    expect(all[0]).toBe(1);
    expect(all[50]).toBeCloseTo(0.5, 10);
    expect(all[99]).toBeCloseTo((1 + Math.cos(0.99 * Math.PI)) / 2, 10);
  });

  it('one-cycle: rises from 1/25 to the peak over 30 %, then falls to near 0', () => {
    const all = rates({ schedule: 'one-cycle' });
    expect(all[0]).toBeCloseTo(0.04, 10);
    expect(all[15]).toBeCloseTo(0.52, 10);
    expect(all[30]).toBe(1);
    expect(all[65]).toBeCloseTo(0.5, 10);
    expect(Math.max(...all)).toBe(1);
    expect(all[99]).toBeLessThan(0.001);
  });

  it('warms up in a line from the first step on, and then begins the schedule', () => {
    const all = rates({ schedule: 'cosine', warmupEpochs: 2 });
    expect(all[0]).toBeCloseTo(1 / 20, 10);
    expect(all[9]).toBeCloseTo(0.5, 10);
    expect([all[19], all[20]]).toEqual([1, 1]);
    expect(all[60]).toBeCloseTo(0.5, 10);
  });

  it('takes parts of an epoch and more warm-up than there are epochs', () => {
    expect(rates({ warmupEpochs: 0.5 })[4]).toBe(1);
    expect(rates({ warmupEpochs: 100 }).at(-1)).toBe(1);
  });

  it('is positive at every step of every schedule', () => {
    for (const schedule of ['constant', 'step', 'linear', 'cosine', 'one-cycle'] as const)
      for (const warmupEpochs of [0, 3])
        expect(Math.min(...rates({ schedule, warmupEpochs }))).toBeGreaterThan(0);
  });
});

describe('learningRateAt and the schedules of torch', () => {
  const { schedules: torch } = recipeReference;
  const ours = (schedule: ScheduleConfig['schedule'], warmupEpochs = 0) =>
    Array.from({ length: torch.steps }, (_, step) =>
      learningRateAt(
        { learningRate: torch.learningRate, schedule, warmupEpochs, epochs: 1 },
        step,
        torch.steps,
      ),
    );
  const expectEqual = (given: readonly number[], expected: readonly number[]) => {
    expect(given).toHaveLength(expected.length);
    given.forEach((rate, step) => {
      expect(rate).toBeCloseTo(expected[step]!, 8);
    });
  };

  it('step is MultiStepLR', () => {
    expectEqual(ours('step'), torch.step);
  });

  it('cosine is CosineAnnealingLR, after LinearLR where there is a warm-up', () => {
    expectEqual(ours('cosine'), torch.cosine);
    expectEqual(ours('cosine', torch.warmupSteps / torch.steps), torch.warmedCosine);
  });

  it('one-cycle begins and falls as OneCycleLR does one step earlier, and rises in a line in place of a curve', () => {
    const [rates, cycle] = [ours('one-cycle'), torch.oneCycle];
    const peak = rates.indexOf(torch.learningRate);
    expect(rates[0]).toBe(cycle[0]);
    expect(cycle[peak - 1]).toBe(torch.learningRate);
    // torch ends at 1/250,000 of the peak.
    rates.slice(peak).forEach((rate, i) => {
      expect(Math.abs(rate - cycle[peak - 1 + i]!)).toBeLessThan(5e-6 * torch.learningRate);
    });
  });
});
