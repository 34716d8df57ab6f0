import { randomUUID } from 'node:crypto';
import {
  reportSchema,
  sweepSpecSchema,
  trainingConfigSchema,
  trainJobSchema,
  type EpochMetrics,
  type FinalMetrics,
  type Report,
  type ReportType,
  type StepMetrics,
  type SweepSpec,
  type SweepSpecInput,
  type TrainingConfig,
  type TrainJob,
} from '@fathom/contracts';

/** A valid sweep: grid search over depths 8 and 14, residual and plain, on a small generated set. */
export function aSweepSpec(overrides: Partial<SweepSpecInput> = {}): SweepSpec {
  return sweepSpecSchema.parse(aSweepRequest(overrides));
}

/** The same as a client would send it, before defaults. */
export function aSweepRequest(overrides: Partial<SweepSpecInput> = {}): SweepSpecInput {
  return {
    name: 'depth-study',
    dataset: { kind: 'shapes', trainImages: 200, testImages: 50 },
    space: { depth: [8, 14], variant: ['residual', 'plain'] },
    search: { algorithm: 'grid' },
    recipe: { epochs: 1, batchSize: 20 },
    ...overrides,
  };
}

export function aTrainingConfig(overrides: Partial<TrainingConfig> = {}): TrainingConfig {
  return trainingConfigSchema.parse({ depth: 8, epochs: 1, batchSize: 20, ...overrides });
}

/** A valid job with new ids. */
export function aTrainJob(overrides: Partial<TrainJob> = {}): TrainJob {
  return trainJobSchema.parse({
    sweepId: randomUUID(),
    sweepName: 'depth-study',
    trialId: randomUUID(),
    trialNumber: 1,
    config: aTrainingConfig(),
    dataset: aSweepSpec().dataset,
    ...overrides,
  });
}

export const stepMetrics = (overrides: Partial<StepMetrics> = {}): StepMetrics => ({
  step: 10,
  epoch: 1,
  loss: 2.1,
  accuracy: 0.25,
  learningRate: 0.1,
  imagesPerSecond: 900,
  stepSeconds: 0.022,
  ...overrides,
});

export const epochMetrics = (overrides: Partial<EpochMetrics> = {}): EpochMetrics => ({
  epoch: 1,
  step: 10,
  trainLoss: 2.1,
  trainError: 0.75,
  validationLoss: 2.2,
  validationError: 0.8,
  learningRate: 0.1,
  seconds: 2.5,
  imagesPerSecond: 80,
  trainSeconds: 2.5,
  parameters: 75_290,
  ...overrides,
});

export const finalMetrics = (overrides: Partial<FinalMetrics> = {}): FinalMetrics => ({
  ...epochMetrics(),
  testLoss: 2.2,
  testError: 0.79,
  testTop5Error: null,
  classAccuracy: [0.2, 0.22],
  confusion: [
    [10, 40],
    [39, 11],
  ],
  ...overrides,
});

const payloads: Record<ReportType, object> = {
  attemptStarted: { workerId: 'worker-1', device: 'cpu' },
  stepReported: { metrics: stepMetrics() },
  epochReported: { metrics: epochMetrics() },
  attemptCompleted: { metrics: finalMetrics() },
  attemptPaused: { metrics: epochMetrics() },
  attemptFailed: { failure: { class: 'internal', message: 'it broke', log: '' }, willRetry: true },
  attemptInterrupted: { reason: 'the worker is draining', willRequeue: true },
  attemptCancelled: {},
  attemptStopped: {},
};

/** A valid report of the given type, with new ids unless given. */
export function aReport<T extends ReportType>(
  type: T,
  overrides: Partial<Extract<Report, { type: T }>> = {},
): Extract<Report, { type: T }> {
  const envelope = {
    sweepId: randomUUID(),
    trialId: randomUUID(),
    attemptId: randomUUID(),
    fence: 1,
    at: '2026-01-01T00:00:00.000Z',
  };
  return reportSchema.parse({ type, ...envelope, ...payloads[type], ...overrides }) as Extract<
    Report,
    { type: T }
  >;
}
