import { datasetFacts, datasetSchema } from './dataset';
import {
  endedTrialStates,
  isSweepEnded,
  isSweepPaused,
  isTrialActive,
  isTrialEnded,
  isTrialScheduled,
  sweepStateSchema,
  trialStateSchema,
} from './states';

describe('states', () => {
  it('splits trial states into those with a job, active and ended', () => {
    expect(trialStateSchema.options.filter(isTrialScheduled)).toEqual(['queued', 'running']);
    expect(trialStateSchema.options.filter(isTrialActive)).toEqual(['running']);
    expect(endedTrialStates).toEqual(['completed', 'stopped', 'diverged', 'failed', 'cancelled']);
    expect(isTrialEnded('queued')).toBe(false);
    expect(isTrialEnded('paused')).toBe(false);
    expect(isSweepEnded('running')).toBe(false);
    expect(isSweepEnded('paused')).toBe(false);
    expect(isSweepEnded('cancelled')).toBe(true);
    expect(sweepStateSchema.options.filter(isSweepPaused)).toEqual(['paused']);
  });
});

describe('datasetFacts', () => {
  it('counts the training images that are left after the split', () => {
    expect(datasetFacts(datasetSchema.parse({ kind: 'cifar10' }))).toEqual({
      imageSize: 32,
      classes: 10,
      trainImages: 45_000,
    });
    expect(
      datasetFacts(datasetSchema.parse({ kind: 'shapes', trainImages: 100, validationFraction: 0.2 }))
        .trainImages,
    ).toBe(80);
    expect(
      datasetFacts(datasetSchema.parse({ kind: 'folder', path: '/x', imageSize: 64 })).trainImages,
    ).toBeUndefined();
  });
});
