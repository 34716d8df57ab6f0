const TRIAL = ['sweep_id', 'sweep', 'trial', 'depth', 'variant'] as const;
export type TrialLabel = (typeof TRIAL)[number];

/**
 * Every metric of the worker; docs and dashboards go by this table. Those named fathom_trial_* have a series only
 * while their trial is being trained.
 */
export const metricsCatalog = {
  trialLoss: {
    name: 'fathom_trial_loss',
    type: 'gauge',
    help: 'Mean training loss since the last report.',
    labels: TRIAL,
  },
  trialAccuracy: {
    name: 'fathom_trial_accuracy',
    type: 'gauge',
    help: 'Training accuracy since the last report, 0 to 1.',
    labels: TRIAL,
  },
  trialValidationError: {
    name: 'fathom_trial_validation_error',
    type: 'gauge',
    help: 'Validation error after the last epoch, 0 to 1.',
    labels: TRIAL,
  },
  trialEpoch: {
    name: 'fathom_trial_epoch',
    type: 'gauge',
    help: 'Epochs done, with fraction.',
    labels: TRIAL,
  },
  trialLearningRate: {
    name: 'fathom_trial_learning_rate',
    type: 'gauge',
    help: 'Learning rate of the last step.',
    labels: TRIAL,
  },
  trialImagesPerSecond: {
    name: 'fathom_trial_images_per_second',
    type: 'gauge',
    help: 'Training images per second since the last report.',
    labels: TRIAL,
  },
  imagesPerSecond: {
    name: 'fathom_worker_images_per_second',
    type: 'gauge',
    help: 'Training images per second of all trials of this worker.',
    labels: [],
  },
  stepSeconds: {
    name: 'fathom_worker_step_seconds',
    type: 'histogram',
    help: 'Seconds of an optimiser step, averaged over a report.',
    labels: ['depth'],
  },
  slots: {
    name: 'fathom_worker_slots',
    type: 'gauge',
    help: 'Slots by state: free or busy.',
    labels: ['state'],
  },
  attempts: {
    name: 'fathom_worker_attempts_total',
    type: 'counter',
    help: 'Attempts that ended on this worker, by outcome.',
    labels: ['outcome'],
  },
  flapping: {
    name: 'fathom_worker_flapping',
    type: 'gauge',
    help: '1 while this worker takes no trials because its last ones all failed.',
    labels: [],
  },
  reportsBuffered: {
    name: 'fathom_worker_reports_buffered',
    type: 'gauge',
    help: 'Reports that Redis has not taken yet.',
    labels: [],
  },
  device: {
    name: 'fathom_worker_device_info',
    type: 'gauge',
    help: '1 for each kind of device this worker has trained on.',
    labels: ['device', 'tensorflow'],
  },
} as const;
