import type { AttemptState, TrainerMessage, TrainJob } from '@fathom/contracts';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { metricsCatalog, type TrialLabel } from './metrics-catalog';

/** What a scrape reads. */
export interface MetricSource {
  readonly slots: { readonly size: number; readonly freeCount: number };
  readonly reports: { readonly buffered: number };
  readonly flapping: { readonly reason: string | undefined };
}

/** Seconds: from a small net's step on a GPU to ImageNet on a CPU. */
const STEP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What Prometheus sees of this worker and of the trials it trains right now. */
export class WorkerMetrics {
  private readonly trial: Record<
    'loss' | 'accuracy' | 'validationError' | 'epoch' | 'learningRate' | 'imagesPerSecond',
    Gauge<TrialLabel>
  >;
  private readonly stepSeconds: Histogram;
  private readonly attempts: Counter;
  private readonly device: Gauge;

  constructor(registry: Registry, { slots, reports, flapping }: MetricSource) {
    const registers = [registry];
    const gauge = (entry: CatalogEntry) => new Gauge({ ...described(entry), registers });
    const readGauge = (entry: CatalogEntry, read: (gauge: Gauge) => Promise<void> | void) => {
      const made: Gauge = new Gauge({ ...described(entry), registers, collect: () => read(made) });
    };
    this.trial = {
      loss: gauge(metricsCatalog.trialLoss),
      accuracy: gauge(metricsCatalog.trialAccuracy),
      validationError: gauge(metricsCatalog.trialValidationError),
      epoch: gauge(metricsCatalog.trialEpoch),
      learningRate: gauge(metricsCatalog.trialLearningRate),
      imagesPerSecond: gauge(metricsCatalog.trialImagesPerSecond),
    };
    this.stepSeconds = new Histogram({
      ...described(metricsCatalog.stepSeconds),
      buckets: STEP_BUCKETS,
      registers,
    });
    this.attempts = new Counter({ ...described(metricsCatalog.attempts), registers });
    this.device = gauge(metricsCatalog.device);
    readGauge(metricsCatalog.imagesPerSecond, async (total) => {
      const { values } = await this.trial.imagesPerSecond.get();
      total.set(values.reduce((sum, { value }) => sum + value, 0));
    });
    readGauge(metricsCatalog.slots, (bySlotState) => {
      bySlotState.set({ state: 'free' }, slots.freeCount);
      bySlotState.set({ state: 'busy' }, slots.size - slots.freeCount);
    });
    readGauge(metricsCatalog.flapping, (isFlapping) => isFlapping.set(flapping.reason === undefined ? 0 : 1));
    readGauge(metricsCatalog.reportsBuffered, (buffered) => buffered.set(reports.buffered));
  }

  observe(job: TrainJob, message: TrainerMessage): void {
    const labels = trialLabels(job);
    switch (message.type) {
      case 'started':
        this.device.set({ device: message.device, tensorflow: message.tensorflow }, 1);
        return;
      case 'step':
        this.trial.loss.set(labels, message.metrics.loss);
        this.trial.accuracy.set(labels, message.metrics.accuracy);
        this.trial.epoch.set(labels, message.metrics.epoch);
        this.trial.learningRate.set(labels, message.metrics.learningRate);
        this.trial.imagesPerSecond.set(labels, message.metrics.imagesPerSecond);
        this.stepSeconds.observe({ depth: labels.depth }, message.metrics.stepSeconds);
        return;
      case 'epoch':
        // An epoch may be over before a step was reported: it has the same to tell.
        this.trial.loss.set(labels, message.metrics.trainLoss);
        this.trial.accuracy.set(labels, 1 - message.metrics.trainError);
        this.trial.validationError.set(labels, message.metrics.validationError);
        this.trial.epoch.set(labels, message.metrics.epoch);
        this.trial.learningRate.set(labels, message.metrics.learningRate);
        this.trial.imagesPerSecond.set(labels, message.metrics.imagesPerSecond);
        return;
      case 'progress':
      case 'working':
      case 'memory':
      case 'completed':
      case 'paused':
      case 'stopped':
      case 'overtaken':
      case 'failed':
        return;
    }
  }

  /** Forgets the series of a trial and counts how its attempt ended. */
  ended(job: TrainJob, outcome: AttemptState): void {
    for (const gauge of Object.values(this.trial)) gauge.remove(trialLabels(job));
    this.attempts.inc({ outcome });
  }
}

interface CatalogEntry {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

const described = ({ name, help, labels }: CatalogEntry) => ({ name, help, labelNames: [...labels] });

const trialLabels = (job: TrainJob): Record<TrialLabel, string> => ({
  sweep_id: job.sweepId,
  sweep: job.sweepName,
  trial: String(job.trialNumber),
  depth: String(job.config.depth),
  variant: job.config.variant,
});
