import { trainingConfigSchema } from '../training-config';
import { endedAttemptStates, ofActiveTrial } from './label-sets';
import type { MetricTable } from './metric';

const WORKER = 'apps/worker/src/supervisor/worker-metrics.ts';
const ofTrial = { type: 'gauge', labels: ofActiveTrial, lifetime: 'active-trial', setIn: WORKER } as const;

/** What a training process can spend its time on. */
export const trainingPhases = ['data', 'step', 'evaluation', 'checkpoint'] as const;
export type TrainingPhase = (typeof trainingPhases)[number];

/** What a worker says of itself and of the trials that train on it now. */
export const workerMetrics = {
  trialLoss: {
    name: 'fathom_trial_loss',
    unit: 'nats',
    help: 'Mean training loss since the last report.',
    ...ofTrial,
  },
  trialAccuracy: {
    name: 'fathom_trial_accuracy',
    unit: 'ratio',
    help: 'Training accuracy since the last report.',
    ...ofTrial,
  },
  trialValidationError: {
    name: 'fathom_trial_validation_error',
    unit: 'ratio',
    help: 'Validation error after the last epoch.',
    ...ofTrial,
  },
  trialEpoch: {
    name: 'fathom_trial_epoch',
    unit: 'epochs',
    help: 'Epochs done, with fraction.',
    ...ofTrial,
  },
  trialLearningRate: {
    name: 'fathom_trial_learning_rate',
    unit: 'none',
    help: 'Learning rate of the last step.',
    ...ofTrial,
  },
  trialImagesPerSecond: {
    name: 'fathom_trial_images_per_second',
    unit: 'images per second',
    help: 'Training images per second since the last report.',
    ...ofTrial,
  },
  trialFlops: {
    name: 'fathom_trial_flops_per_second',
    unit: 'floating-point operations per second',
    help: 'Of training steps since the last report: two for each multiply-accumulate, three passes for each image.',
    ...ofTrial,
  },
  trialPeakRatio: {
    name: 'fathom_trial_peak_ratio',
    unit: 'ratio',
    help: 'The same as a share of what fathom_worker_peak_flops_per_second measured for its precision.',
    ...ofTrial,
  },
  trialMemory: {
    name: 'fathom_trial_resident_memory_bytes',
    unit: 'bytes',
    help: 'Resident memory of the training process.',
    ...ofTrial,
  },
  imagesPerSecond: {
    name: 'fathom_worker_images_per_second',
    type: 'gauge',
    unit: 'images per second',
    help: 'Training images per second of all trials of this worker.',
    labels: {},
    lifetime: 'process',
    setIn: WORKER,
  },
  stepSeconds: {
    name: 'fathom_worker_step_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time of an optimiser step, averaged over a report.',
    labels: { depth: { boundedBy: 'depths that the worker has trained since its start' } },
    lifetime: 'process',
    // From a small net's step on a GPU to ImageNet on a CPU.
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    setIn: WORKER,
  },
  phaseSeconds: {
    name: 'fathom_worker_phase_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Time that training loops have spent on each kind of work.',
    labels: { phase: trainingPhases },
    lifetime: 'process',
    setIn: WORKER,
  },
  peakFlops: {
    name: 'fathom_worker_peak_flops_per_second',
    type: 'gauge',
    unit: 'floating-point operations per second',
    help: 'Of products of large square matrices, measured by the first trial of each precision.',
    labels: {
      device: { boundedBy: 'devices of the worker' },
      precision: trainingConfigSchema.shape.precision.unwrap().options,
    },
    lifetime: 'process',
    setIn: WORKER,
  },
  slots: {
    name: 'fathom_worker_slots',
    type: 'gauge',
    unit: 'slots',
    help: 'Slots by state.',
    labels: { state: ['free', 'busy'] },
    lifetime: 'process',
    setIn: WORKER,
  },
  attempts: {
    name: 'fathom_worker_attempts_total',
    type: 'counter',
    unit: 'attempts',
    help: 'Attempts that ended on this worker, by outcome.',
    labels: { outcome: endedAttemptStates },
    lifetime: 'process',
    setIn: WORKER,
  },
  flapping: {
    name: 'fathom_worker_flapping',
    type: 'gauge',
    unit: '0 or 1',
    help: '1 while this worker takes no trials because its last ones all failed.',
    labels: {},
    lifetime: 'process',
    setIn: WORKER,
  },
  reportsBuffered: {
    name: 'fathom_worker_reports_buffered',
    type: 'gauge',
    unit: 'reports',
    help: 'Reports that Redis has not taken yet.',
    labels: {},
    lifetime: 'process',
    setIn: WORKER,
  },
  device: {
    name: 'fathom_worker_device_info',
    type: 'gauge',
    unit: '1',
    help: '1 for each kind of device this worker has trained on.',
    labels: {
      device: { boundedBy: 'devices of the worker' },
      tensorflow: { boundedBy: 'its one version of TensorFlow' },
    },
    lifetime: 'process',
    setIn: WORKER,
  },
} as const satisfies MetricTable;
