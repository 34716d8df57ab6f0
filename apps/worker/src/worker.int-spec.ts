import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readModel } from '@fathom/artifacts';
import { memoryKills } from '@fathom/runtime';
import { aTrainingConfig, aTrainJob, eventually, isAlive, spawnNode, useTempDir } from '@fathom/testkit';
import { aLongTrial, useWorkers } from './testing/use-workers';

// Real trainings on a machine that may be busy with others.
jest.setTimeout(240_000);

describe('worker', () => {
  const workers = useWorkers();
  const empty = useTempDir();
  /** Without the steps, which are reported once a second: how many there are depends on the machine. */
  const types = (job: ReturnType<typeof aTrainJob>, fence = 1) =>
    workers
      .reportsOf(job)
      .filter((report) => report.fence === fence && report.type !== 'stepReported')
      .map(({ type }) => type);

  it('trains a trial to its end and reports it', async () => {
    const worker = await workers.start();
    const job = aTrainJob();
    await workers.enqueue(job);
    const { metrics } = await workers.until(job, 'attemptCompleted');
    expect(metrics).toMatchObject({ epoch: 1, step: 9, testError: expect.any(Number) as number });
    expect(types(job)).toEqual(['attemptStarted', 'epochReported', 'attemptCompleted']);
    expect(new Set(workers.reportsOf(job).map(({ attemptId }) => attemptId)).size).toBe(1);
    await eventually(async () => expect(await workers.jobState(job)).toBe('completed'));
    expect(workers.checkpointsOf(job)).toEqual([]);
    const { description } = await readModel(workers.modelOf(job));
    expect(description).toMatchObject({
      architecture: { depth: 8 },
      metrics: { testError: metrics.testError },
    });

    const page = await (await fetch(worker.metricsUrl)).text();
    expect(page).toMatch(/^fathom_worker_attempts_total\{outcome="completed",worker="[^"]+"\} 1$/m);
    expect(page).toMatch(/^fathom_worker_slots\{state="free",worker="[^"]+"\} 1$/m);
    expect(page).toMatch(
      /^fathom_worker_device_info\{device="[^"]+",tensorflow="\d[^"]+",worker="[^"]+"\} 1$/m,
    );
    const valueOf = (series: string) =>
      Number(new RegExp(`^${series}[^}]*\\} (\\S+)$`, 'm').exec(page)?.[1] ?? NaN);
    for (const phase of ['data', 'step', 'evaluation', 'checkpoint'])
      expect(valueOf(`fathom_worker_phase_seconds_total\\{phase="${phase}"`)).toBeGreaterThan(0);
    expect(
      valueOf('fathom_worker_peak_flops_per_second\\{device="[^"]+",precision="float32"'),
    ).toBeGreaterThan(1e8);
    expect(page).not.toMatch(/^fathom_trial_loss\{/m);
    expect((await fetch(worker.metricsUrl.replace('metrics', 'ready'))).status).toBe(200);
  });

  it('shows a trial in its metrics for as long as it is trained, and stops it when it is cancelled', async () => {
    const worker = await workers.start();
    // Epochs of more than a second, for steps are reported once a second.
    const { dataset } = aTrainJob();
    const job = aLongTrial({ dataset: { ...dataset, trainImages: 6_000 } });
    await workers.enqueue(job);
    await workers.until(job, 'stepReported');
    const { pid } = await worker.untilTraining();
    const read = async () => (await fetch(worker.metricsUrl)).text();
    const labels = `sweep_id="${job.sweepId}",sweep="depth-study",trial="1",depth="8",variant="residual"`;
    const running = await read();
    for (const name of [
      'loss',
      'accuracy',
      'epoch',
      'learning_rate',
      'images_per_second',
      'flops_per_second',
      'peak_ratio',
      'resident_memory_bytes',
    ])
      expect(running).toContain(`fathom_trial_${name}{${labels},worker=`);
    expect(running).toMatch(/^fathom_worker_slots\{state="busy",worker="[^"]+"\} 1$/m);
    expect(running).toMatch(/^fathom_worker_images_per_second\{worker="[^"]+"\} [1-9]/m);
    expect(running).toMatch(/^fathom_worker_step_seconds_count\{[^}]*depth="8"[^}]*\} [1-9]/m);

    await workers.control.publishControl({ type: 'cancelTrial', sweepId: job.sweepId, trialId: job.trialId });
    await workers.until(job, 'attemptCancelled');
    expect(isAlive(pid)).toBe(false);
    await eventually(async () => expect(await workers.jobState(job)).toBe('completed'));
    expect(workers.checkpointsOf(job)).toEqual([]);
    expect(await read()).not.toContain(labels);
  });

  it('does not train a trial whose sweep was cancelled before', async () => {
    const job = aLongTrial();
    await workers.control.publishControl({ type: 'cancelSweep', sweepId: job.sweepId });
    await workers.enqueue(job);
    await workers.start();
    await workers.until(job, 'attemptCancelled');
    expect(types(job)).toEqual(['attemptCancelled']);
  });

  it('tries again after the training process was killed, from the last checkpoint', async () => {
    const worker = await workers.start();
    const job = aLongTrial();
    await workers.enqueue(job);
    await workers.until(job, 'epochReported');
    await eventually(() => expect(workers.checkpointsOf(job)).not.toEqual([]));
    process.kill((await worker.untilTraining()).pid, 'SIGKILL');
    const failed = await workers.until(job, 'attemptFailed');
    expect(failed).toMatchObject({ fence: 1, willRetry: true, failure: { class: KILLED } });
    await workers.until(job, 'epochReported', 2);
    expect(worker.process.output()).toMatch(/"resumedFromStep":[1-9]/);
    expect(worker.process.output().match(/"msg":"training"/g)).toHaveLength(2);
  });

  it('checkpoints its trials and gives them back when it is told to leave', async () => {
    const first = await workers.start();
    const job = aLongTrial();
    await workers.enqueue(job);
    await workers.until(job, 'epochReported');
    const { pid } = await first.untilTraining();
    first.process.kill('SIGTERM');
    expect(await first.process.exited).toEqual({ code: 0, signal: null });
    expect(isAlive(pid)).toBe(false);
    await workers.until(job, 'attemptInterrupted', 1);
    expect(await workers.jobState(job)).toBe('waiting');
    expect(workers.checkpointsOf(job)).not.toEqual([]);

    const second = await workers.start();
    await workers.until(job, 'epochReported', 2);
    const { resumedFromStep } = await second.untilTraining();
    const reported = workers.reportsOf(job).filter((report) => report.type === 'epochReported');
    const lastOfFirst = Math.max(...reported.filter((r) => r.fence === 1).map((r) => r.metrics.step));
    expect(resumedFromStep).toBeGreaterThanOrEqual(lastOfFirst);
  });

  it('finishes its trials first where it shall', async () => {
    const worker = await workers.start({ FATHOM_DRAIN: 'finish' });
    const job = aTrainJob({ config: aTrainingConfig({ epochs: 8 }) });
    await workers.enqueue(job);
    await workers.until(job, 'epochReported');
    worker.process.kill('SIGTERM');
    expect(await worker.process.exited).toEqual({ code: 0, signal: null });
    await workers.until(job, 'attemptCompleted', 1);
    expect(await workers.jobState(job)).toBe('completed');
  });

  it('kills what does not end in time, and gives it back', async () => {
    const worker = await workers.start({ FATHOM_DRAIN: 'finish', FATHOM_DRAIN_SECONDS: '1' });
    const job = aLongTrial();
    await workers.enqueue(job);
    await workers.until(job, 'epochReported');
    worker.process.kill('SIGTERM');
    expect(await worker.process.exited).toEqual({ code: 0, signal: null });
    await workers.until(job, 'attemptInterrupted', 1);
    expect(await workers.jobState(job)).toBe('waiting');
  });

  it('ends at once when it is told a second time', async () => {
    const worker = await workers.start({ FATHOM_DRAIN: 'finish' });
    const job = aLongTrial();
    await workers.enqueue(job);
    const { pid } = await worker.untilTraining();
    worker.process.kill('SIGTERM');
    await worker.process.untilOutput(/shutting down/);
    worker.process.kill('SIGTERM');
    expect(await worker.process.exited).toEqual({ code: 143, signal: null });
    await eventually(() => expect(isAlive(pid)).toBe(false));
  });

  it('trains on while Redis is away, and reports it all afterwards', async () => {
    await workers.start({ FATHOM_LOCK_MS: '20000' });
    const job = aTrainJob({ config: aTrainingConfig({ epochs: 12, width: 0.25 }) });
    await workers.enqueue(job);
    await workers.until(job, 'epochReported');
    await workers.redis.stop();
    await sleep(1_500);
    await workers.redis.start();
    await workers.until(job, 'attemptCompleted', 1);
    const epochs = workers.reportsOf(job).filter((report) => report.type === 'epochReported');
    const numbers = new Set(epochs.map(({ metrics }) => metrics.epoch));
    expect([...numbers]).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    await eventually(async () => expect(await workers.jobState(job)).toBe('completed'));
  });

  it('does not try a trial again that diverges', async () => {
    await workers.start();
    // Weight decay times learning rate far above 1: the weights grow by a factor with every step.
    const config = aTrainingConfig({ learningRate: 100, weightDecay: 1, epochs: 50, schedule: 'constant' });
    const job = aTrainJob({ config });
    await workers.enqueue(job);
    const { failure, willRetry } = await workers.until(job, 'attemptFailed');
    expect(failure).toMatchObject({
      class: 'diverged',
      message: expect.stringMatching(/loss.* is (NaN|-?Infinity)/) as string,
    });
    expect(willRetry).toBe(false);
    await eventually(async () => expect(await workers.jobState(job)).toBe('failed'));
  });

  it.each([
    [
      'data that is not there',
      () => ({ dataset: { ...aFolder, path: `${empty.path}/nowhere` } }),
      { class: 'data', message: expect.stringContaining('/nowhere') as string },
    ],
    [
      'a batch larger than the data',
      () => ({ config: aTrainingConfig({ batchSize: 500 }) }),
      { class: 'user-error', message: expect.stringContaining('batchSize') as string },
    ],
  ])('fails at once for %s', async (_what, overrides, failure) => {
    await workers.start();
    const job = aTrainJob(overrides());
    await workers.enqueue(job);
    expect(await workers.until(job, 'attemptFailed')).toMatchObject({ willRetry: false, failure });
  });
});

/** Where the kernel does not say whom it kills, want of memory is what is left to suspect. */
const KILLED = memoryKills() === undefined ? 'out-of-memory' : 'lost-worker';

const aFolder = {
  kind: 'folder',
  imageSize: 32,
  testFraction: 0.1,
  validationFraction: 0.1,
  splitSeed: 0,
} as const;

describe('worker program', () => {
  it('names every bad variable of its environment, and no value', async () => {
    const worker = spawnNode(resolve(__dirname, '../dist/main.js'), [], {
      REDIS_URL: 'secret-host',
      FATHOM_SLOTS: 'many',
    });
    expect((await worker.exited).code).toBe(1);
    expect(worker.output()).toMatch(/FATHOM_SLOTS/);
    expect(worker.output()).toMatch(/REDIS_URL/);
    expect(worker.output()).not.toMatch(/secret-host|many/);
  });
});
