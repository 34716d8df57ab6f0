import { datasetSchema, trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { CostModel } from '@fathom/search';
import { epochPredictor } from './fleet-costs';

const dataset = datasetSchema.parse({ kind: 'cifar10' });
const predict = epochPredictor({ model: CostModel.from([]) }, { dataset, trainImages: 45_000 });
const config = (more: Partial<TrainingConfig> = {}) =>
  trainingConfigSchema.parse({ depth: 20, epochs: 10, ...more });
const growing = config({ initialScale: 0.5, fullSizeFraction: 0.4 });

describe('epochPredictor', () => {
  it('is the mean of epochs on images of several sizes', () => {
    const secondsOf = (from?: number, to?: number) => predict(growing, from, to).expected;
    const whole = predict(config()).expected;
    const [small, middle, full] = [secondsOf(0, 3), secondsOf(3, 6), secondsOf(6, 10)];
    expect(full).toBe(whole);
    expect(small).toBeLessThan(0.4 * whole);
    expect(middle).toBeGreaterThan(0.5 * whole);
    expect(middle).toBeLessThan(0.75 * whole);
    expect(secondsOf()).toBeCloseTo((3 * small + 3 * middle + 4 * full) / 10);
    expect(secondsOf(2, 4)).toBeCloseTo((small + middle) / 2);
  });

  it('keeps the range around what is expected', () => {
    const { low, expected, high } = predict(growing);
    expect(low).toBeLessThan(expected);
    expect(high).toBeGreaterThan(expected);
  });
});
