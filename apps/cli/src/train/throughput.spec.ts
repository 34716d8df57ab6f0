import type { StepMetrics } from '@fathom/contracts';
import { throughput } from './throughput';

const report = (step: number, stepSeconds: number): StepMetrics => ({
  step,
  epoch: step / 100,
  loss: 2,
  accuracy: 0.1,
  learningRate: 0.1,
  imagesPerSecond: 64 / stepSeconds,
  stepSeconds,
});

describe('throughput', () => {
  it('leaves the first report out and weights the others by their time', () => {
    // After the first: 10 steps of 0.1 s and 20 of 0.2 s are 1920 images in 5 s.
    expect(throughput([report(5, 9), report(15, 0.1), report(35, 0.2)])).toBeCloseTo(384, 6);
  });

  it('says nothing of a training that reported fewer than two times', () => {
    expect(throughput([])).toBeUndefined();
    expect(throughput([report(5, 0.1)])).toBeUndefined();
  });
});
