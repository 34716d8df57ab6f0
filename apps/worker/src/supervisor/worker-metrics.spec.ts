import { randomUUID } from 'node:crypto';
import type { TrainerMessage, TrainerWork, TrainJob } from '@fathom/contracts';
import { aTrainingConfig, aTrainJob, epochMetrics, finalMetrics, stepMetrics } from '@fathom/testkit';
import { Registry } from 'prom-client';
import { WorkerMetrics } from './worker-metrics';

describe('WorkerMetrics', () => {
  let registry: Registry;
  let metrics: WorkerMetrics;
  beforeEach(() => {
    registry = new Registry();
    metrics = new WorkerMetrics(registry, {
      slots: { size: 2, freeCount: 1 },
      reports: { buffered: 0 },
      flapping: { reason: undefined },
    });
  });

  const series = async () =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const valueOf = async (name: string) => {
    const found = (await series()).filter((line) => line.startsWith(name));
    expect([name, found.length]).toEqual([name, 1]);
    return Number(found[0]?.split(' ').at(-1));
  };
  const work = (overrides: Partial<TrainerWork> = {}): TrainerWork => ({
    seconds: { data: 1, step: 6, evaluation: 2, checkpoint: 1 },
    steps: 12,
    flopsPerImage: 2e9,
    residentBytes: 1_000,
    ...overrides,
  });
  const started = (peakFlops?: number): TrainerMessage => ({
    type: 'started',
    device: 'gpu:0 NVIDIA H100',
    tensorflow: '2.21.0',
    resumedFromStep: 0,
    ...(peakFlops === undefined ? {} : { peakFlops }),
  });

  it('has as many series after thousands of trials as after the first', async () => {
    const play = (job: TrainJob) => {
      for (const message of [
        started(1e12),
        { type: 'step', metrics: stepMetrics(), work: work() },
        { type: 'epoch', metrics: epochMetrics(), work: work() },
        { type: 'completed', metrics: finalMetrics(), work: work() },
      ] satisfies TrainerMessage[])
        metrics.observe(job, message);
    };
    play(aTrainJob());
    const busy = (await series()).length;
    metrics.ended(aTrainJob({ sweepId: randomUUID() }), 'completed');
    const first = aTrainJob();
    play(first);
    metrics.ended(first, 'completed');
    for (let trial = 1; trial <= 3_000; trial++) {
      const job = aTrainJob({ trialNumber: trial });
      play(job);
      metrics.ended(job, 'completed');
    }
    const after = await series();
    expect(after.length).toBe(busy);
    expect(after.filter((line) => line.startsWith('fathom_trial_loss'))).toHaveLength(1);
    expect(await valueOf('fathom_worker_attempts_total{outcome="completed"}')).toBe(3_002);
  });

  it('adds up what the time goes to, and takes the time of a step from it', async () => {
    const job = aTrainJob();
    metrics.observe(job, started());
    metrics.observe(job, { type: 'step', metrics: stepMetrics(), work: work() });
    metrics.observe(job, { type: 'paused', metrics: epochMetrics(), work: work({ steps: 0 }) });
    expect(await valueOf('fathom_worker_phase_seconds_total{phase="step"}')).toBe(12);
    expect(await valueOf('fathom_worker_phase_seconds_total{phase="checkpoint"}')).toBe(2);
    expect(await valueOf('fathom_worker_step_seconds_count{depth="8"}')).toBe(1);
    expect(await valueOf('fathom_worker_step_seconds_sum{depth="8"}')).toBe(0.5);
  });

  it('measures the peak of a precision once, and says what share of it is reached', async () => {
    const job = aTrainJob({ config: aTrainingConfig({ precision: 'bfloat16' }) });
    expect(metrics.wantsPeak('bfloat16')).toBe(true);
    expect(metrics.wantsPeak('bfloat16')).toBe(false);
    expect(metrics.wantsPeak('float32')).toBe(true);
    metrics.observe(job, started(8e12));
    metrics.observe(job, { type: 'step', metrics: stepMetrics({ imagesPerSecond: 1_000 }), work: work() });
    expect(await valueOf('fathom_trial_flops_per_second')).toBe(2e12);
    expect(await valueOf('fathom_trial_peak_ratio')).toBe(0.25);
    expect(await valueOf('fathom_worker_peak_flops_per_second')).toBe(8e12);
    metrics.ended(job, 'completed');
    expect(metrics.wantsPeak('bfloat16')).toBe(false);
  });

  it('leaves the measurement to the next where an attempt ended before it', () => {
    expect(metrics.wantsPeak('float32')).toBe(true);
    metrics.ended(aTrainJob(), 'failed');
    expect(metrics.wantsPeak('float32')).toBe(true);
  });
});
