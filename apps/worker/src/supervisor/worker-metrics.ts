import {
  trainingPhases,
  workerMetrics as table,
  type AttemptState,
  type LabelOf,
  type TrainerMessage,
  type TrainerWork,
  type TrainingConfig,
  type TrainJob,
} from '@fathom/contracts';
import { counterOf, gaugeOf, histogramOf, readOnScrape } from '@fathom/runtime';
import type { Gauge, Registry } from 'prom-client';

/** What a scrape reads. */
export interface MetricSource {
  readonly slots: { readonly size: number; readonly freeCount: number };
  readonly reports: { readonly buffered: number };
  readonly flapping: { readonly reason: string | undefined };
}

type Precision = TrainingConfig['precision'];
type TrialLabel = LabelOf<typeof table.trialLoss>;
type TrialMessage = Extract<TrainerMessage, { type: 'step' | 'epoch' }>;

/** What Prometheus sees of this worker and of the trials it trains right now. */
export class WorkerMetrics {
  private readonly trial;
  private readonly stepSeconds;
  private readonly phaseSeconds;
  private readonly peak;
  private readonly attempts;
  private readonly device;
  private readonly depths = new Set<string>();
  /** Measured, or being measured now. */
  private readonly peaks = new Map<Precision, number | undefined>();

  constructor(registry: Registry, { slots, reports, flapping }: MetricSource) {
    this.trial = {
      loss: gaugeOf(registry, table.trialLoss),
      accuracy: gaugeOf(registry, table.trialAccuracy),
      validationError: gaugeOf(registry, table.trialValidationError),
      epoch: gaugeOf(registry, table.trialEpoch),
      learningRate: gaugeOf(registry, table.trialLearningRate),
      imagesPerSecond: gaugeOf(registry, table.trialImagesPerSecond),
      flops: gaugeOf(registry, table.trialFlops),
      peakRatio: gaugeOf(registry, table.trialPeakRatio),
      memory: gaugeOf(registry, table.trialMemory),
    } satisfies Record<string, Gauge<TrialLabel>>;
    this.stepSeconds = histogramOf(registry, table.stepSeconds);
    this.phaseSeconds = counterOf(registry, table.phaseSeconds);
    this.peak = gaugeOf(registry, table.peakFlops);
    this.attempts = counterOf(registry, table.attempts);
    this.device = gaugeOf(registry, table.device);
    // From the first scrape on: a rate is only known of a series that was there before.
    for (const phase of trainingPhases) this.phaseSeconds.inc({ phase }, 0);
    for (const outcome of table.attempts.labels.outcome) this.attempts.inc({ outcome }, 0);
    readOnScrape(registry, table.imagesPerSecond, async () => {
      const { values } = await this.trial.imagesPerSecond.get();
      return [{ labels: {}, value: values.reduce((sum, { value }) => sum + value, 0) }];
    });
    readOnScrape(registry, table.slots, () => [
      { labels: { state: 'free' }, value: slots.freeCount },
      { labels: { state: 'busy' }, value: slots.size - slots.freeCount },
    ]);
    readOnScrape(registry, table.flapping, () => [
      { labels: {}, value: flapping.reason === undefined ? 0 : 1 },
    ]);
    readOnScrape(registry, table.reportsBuffered, () => [{ labels: {}, value: reports.buffered }]);
  }

  /** Whether nobody has measured, or measures now, what the device makes of matrices of this precision. Asked before an attempt that will. */
  wantsPeak(precision: Precision): boolean {
    if (this.peaks.has(precision)) return false;
    this.peaks.set(precision, undefined);
    return true;
  }

  observe(job: TrainJob, message: TrainerMessage): void {
    switch (message.type) {
      case 'started': {
        const { device, tensorflow, peakFlops } = message;
        const { precision } = job.config;
        this.device.set({ device, tensorflow }, 1);
        this.beginDepth(String(job.config.depth));
        if (peakFlops === undefined) return;
        this.peaks.set(precision, peakFlops);
        this.peak.set({ device, precision }, peakFlops);
        return;
      }
      case 'step':
        this.show(job, message);
        return;
      case 'epoch':
        this.trial.validationError.set(trialLabels(job), message.metrics.validationError);
        this.show(job, message);
        return;
      case 'completed':
      case 'paused':
        this.count(job, message.work);
        return;
      case 'progress':
      case 'working':
      case 'memory':
      case 'phase':
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
    // One that ended before it had measured leaves it to the next.
    const { precision } = job.config;
    if (this.peaks.has(precision) && this.peaks.get(precision) === undefined) this.peaks.delete(precision);
  }

  /** An epoch may be over before a step was reported: it has the same to tell. */
  private show(job: TrainJob, message: TrialMessage): void {
    const labels = trialLabels(job);
    const { epoch, learningRate, imagesPerSecond } = message.metrics;
    const [loss, accuracy] =
      message.type === 'step'
        ? [message.metrics.loss, message.metrics.accuracy]
        : [message.metrics.trainLoss, 1 - message.metrics.trainError];
    this.trial.loss.set(labels, loss);
    this.trial.accuracy.set(labels, accuracy);
    this.trial.epoch.set(labels, epoch);
    this.trial.learningRate.set(labels, learningRate);
    this.trial.imagesPerSecond.set(labels, imagesPerSecond);
    this.count(job, message.work);
    if (message.work === undefined) return;
    const { flopsPerImage, residentBytes } = message.work;
    const flops = imagesPerSecond * flopsPerImage;
    const peak = this.peaks.get(job.config.precision);
    this.trial.flops.set(labels, flops);
    if (peak !== undefined) this.trial.peakRatio.set(labels, flops / peak);
    this.trial.memory.set(labels, residentBytes);
  }

  /** The first report of a depth counts as well: its series is there before. */
  private beginDepth(depth: string): void {
    if (this.depths.has(depth)) return;
    this.depths.add(depth);
    this.stepSeconds.zero({ depth });
  }

  private count(job: TrainJob, work: TrainerWork | undefined): void {
    if (work === undefined) return;
    const { seconds, steps } = work;
    for (const phase of trainingPhases) this.phaseSeconds.inc({ phase }, seconds[phase]);
    if (steps > 0) this.stepSeconds.observe({ depth: String(job.config.depth) }, seconds.step / steps);
  }
}

const trialLabels = (job: TrainJob): Record<TrialLabel, string> => ({
  sweep_id: job.sweepId,
  sweep: job.sweepName,
  trial: String(job.trialNumber),
  depth: String(job.config.depth),
  variant: job.config.variant,
});
