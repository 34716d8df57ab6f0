import type { AttemptState, TrainerMessage, TrainJob } from '@fathom/contracts';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const TRIAL = ['sweep_id', 'sweep', 'trial', 'depth', 'variant'] as const;
type TrialLabel = (typeof TRIAL)[number];

/** Every metric of the worker. Those named fathom_trial_* exist only while their trial is being trained. */
const metricTable = {
  loss: { name: 'fathom_trial_loss', help: 'Training loss of the last report.', labelNames: TRIAL },
  accuracy: { name: 'fathom_trial_accuracy', help: 'Training accuracy of the last report, 0 to 1.', labelNames: TRIAL },
  validationError: {
    name: 'fathom_trial_validation_error',
    help: 'Validation error after the last epoch, 0 to 1.',
    labelNames: TRIAL,
  },
  epoch: { name: 'fathom_trial_epoch', help: 'Epochs done, with fraction.', labelNames: TRIAL },
  learningRate: { name: 'fathom_trial_learning_rate', help: 'Learning rate of the last step.', labelNames: TRIAL },
  imagesPerSecond: {
    name: 'fathom_trial_images_per_second',
    help: 'Training images per second since the last report.',
    labelNames: TRIAL,
  },
} as const;

type TrialGauge = keyof typeof metricTable;

/** Seconds: from a small net's step on a GPU to ImageNet on a CPU. */
const STEP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What Prometheus sees of this worker and of the trials it trains right now. */
export class WorkerMetrics {
  private readonly trialGauges: Record<TrialGauge, Gauge<TrialLabel>>;
  private readonly stepSeconds: Histogram;
  private readonly attempts: Counter;
  private readonly device: Gauge;
  private readonly total: Gauge;

  constructor(registry: Registry, slots: { readonly size: number; readonly freeCount: number }) {
    const registers = [registry];
    this.trialGauges = Object.fromEntries(
      Object.entries(metricTable).map(([key, config]) => [
        key,
        new Gauge({ ...config, labelNames: [...config.labelNames], registers }),
      ]),
    ) as Record<TrialGauge, Gauge<TrialLabel>>;
    this.stepSeconds = new Histogram({
      name: 'fathom_worker_step_seconds',
      help: 'Seconds of an optimiser step, averaged over a report.',
      labelNames: ['depth'],
      buckets: STEP_BUCKETS,
      registers,
    });
    this.attempts = new Counter({
      name: 'fathom_worker_attempts_total',
      help: 'Attempts that ended on this worker, by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    this.device = new Gauge({
      name: 'fathom_worker_device_info',
      help: '1 for each kind of device this worker has trained on.',
      labelNames: ['device', 'tensorflow'],
      registers,
    });
    new Gauge({
      name: 'fathom_worker_slots',
      help: 'Slots by state.',
      labelNames: ['state'],
      registers,
      collect() {
        this.set({ state: 'free' }, slots.freeCount);
        this.set({ state: 'busy' }, slots.size - slots.freeCount);
      },
    });
    this.total = new Gauge({
      name: 'fathom_worker_images_per_second',
      help: 'Training images per second of all trials of this worker.',
      registers,
      collect: async () => this.total.set(await this.sumOfTrials()),
    });
  }

  observe(job: TrainJob, message: TrainerMessage): void {
    const labels = trialLabels(job);
    const gauges = this.trialGauges;
    switch (message.type) {
      case 'started':
        this.device.set({ device: message.device, tensorflow: message.tensorflow }, 1);
        return;
      case 'step':
        gauges.loss.set(labels, message.metrics.loss);
        gauges.accuracy.set(labels, message.metrics.accuracy);
        gauges.epoch.set(labels, message.metrics.epoch);
        gauges.learningRate.set(labels, message.metrics.learningRate);
        gauges.imagesPerSecond.set(labels, message.metrics.imagesPerSecond);
        this.stepSeconds.observe({ depth: labels.depth }, message.metrics.stepSeconds);
        return;
      case 'epoch':
        gauges.validationError.set(labels, message.metrics.validationError);
        gauges.epoch.set(labels, message.metrics.epoch);
        return;
      case 'progress':
      case 'completed':
      case 'stopped':
      case 'failed':
        return;
    }
  }

  /** Forgets the series of a trial and counts how its attempt ended. */
  ended(job: TrainJob, outcome: AttemptState): void {
    for (const gauge of Object.values(this.trialGauges)) gauge.remove(trialLabels(job));
    this.attempts.inc({ outcome });
  }

  private async sumOfTrials(): Promise<number> {
    const { values } = await this.trialGauges.imagesPerSecond.get();
    return values.reduce((sum, { value }) => sum + value, 0);
  }
}

const trialLabels = (job: TrainJob): Record<TrialLabel, string> => ({
  sweep_id: job.sweepId,
  sweep: job.sweepName,
  trial: String(job.trialNumber),
  depth: String(job.config.depth),
  variant: job.config.variant,
});
