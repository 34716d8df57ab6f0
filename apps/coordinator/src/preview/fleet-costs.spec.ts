import { datasetSchema, trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { CostModel } from '@fathom/search';
import { networkCost, predictEpoch } from './fleet-costs';

const dataset = datasetSchema.parse({ kind: 'cifar10' });
const data = { dataset, trainImages: 45_000 };
const costs = { model: CostModel.from([]) };
const config = (more: Partial<TrainingConfig> = {}) =>
  trainingConfigSchema.parse({ depth: 20, epochs: 10, ...more });
const growing = config({ initialScale: 0.5, fullSizeFraction: 0.4 });

describe('predictEpoch', () => {
  it('is the mean of epochs on images of several sizes', () => {
    const secondsOf = (from?: number, to?: number) => predictEpoch(costs, growing, data, from, to).expected;
    const whole = predictEpoch(costs, config(), data).expected;
    const [small, middle, full] = [secondsOf(0, 3), secondsOf(3, 6), secondsOf(6, 10)];
    expect(full).toBe(whole);
    expect(small).toBeLessThan(0.4 * whole);
    expect(middle).toBeGreaterThan(0.5 * whole);
    expect(middle).toBeLessThan(0.75 * whole);
    expect(secondsOf()).toBeCloseTo((3 * small + 3 * middle + 4 * full) / 10);
    expect(secondsOf(2, 4)).toBeCloseTo((small + middle) / 2);
  });

  it('keeps the range around what is expected', () => {
    const { low, expected, high } = predictEpoch(costs, growing, data);
    expect(low).toBeLessThan(expected);
    expect(high).toBeGreaterThan(expected);
  });
});

describe('networkCost', () => {
  it('counts the network of the data set on smaller images', () => {
    // Asked for anew, depth 50 would be one of the networks for small images at 64 px.
    const [whole, small] = [
      networkCost(config({ depth: 50 }), 96),
      networkCost(config({ depth: 50 }), 96, 64),
    ];
    expect(small.parameters).toBe(whole.parameters);
    expect(small.macs / whole.macs).toBeCloseTo((64 / 96) ** 2, 1);
  });
});
