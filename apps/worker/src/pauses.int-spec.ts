import { readModel } from '@fathom/artifacts';
import type { TrainJob } from '@fathom/contracts';
import { aTrainingConfig, aTrainJob, eventually } from '@fathom/testkit';
import { aLongTrial, useWorkers } from './testing/use-workers';

// Real trainings on a machine that may be busy with others.
jest.setTimeout(240_000);

/** 9 steps in an epoch. */
const aTrial = (overrides: Partial<TrainJob> = {}) =>
  aTrainJob({ config: aTrainingConfig({ epochs: 3, width: 0.25 }), ...overrides });

/** The job of the trial's next segment. */
const resumed = (job: TrainJob, fenceBase: number): TrainJob => ({
  ...job,
  segment: job.segment + 1,
  fenceBase,
  untilEpoch: undefined,
});

describe('a trial that pauses', () => {
  const workers = useWorkers();
  const epochsOf = (job: TrainJob, fence: number) =>
    workers
      .reportsOf(job)
      .flatMap((report) =>
        report.type === 'epochReported' && report.fence === fence ? [report.metrics.epoch] : [],
      );
  const weightsOf = async (job: TrainJob) =>
    (await readModel(workers.modelOf(job))).description.weights.sha256;
  const stop = (job: TrainJob, keepPauses = false) =>
    workers.control.publishControl({
      ...{ type: 'stopTrial', sweepId: job.sweepId, trialId: job.trialId, keepPauses },
    });
  const untilWithoutCheckpoints = (job: TrainJob) =>
    eventually(() => expect(workers.checkpointsOf(job)).toEqual([]));

  it('goes on from its checkpoint, and ends with the weights of one that never paused', async () => {
    const worker = await workers.start();
    const straight = aTrial();
    const first = aTrial({ untilEpoch: 2 });
    await workers.enqueue(straight);
    await workers.enqueue(first);
    const whole = await workers.until(straight, 'attemptCompleted');
    const paused = await workers.until(first, 'attemptPaused');
    expect(paused).toMatchObject({ fence: 1, segment: 0, metrics: { epoch: 2, step: 18 } });
    await eventually(async () => expect(await workers.jobState(first)).toBe('completed'));
    expect(workers.checkpointsOf(first)).toContain('step-18.f1.json');
    const page = await (await fetch(worker.metricsUrl)).text();
    expect(page).toMatch(/^fathom_worker_attempts_total\{outcome="paused",worker="[^"]+"\} 1$/m);

    const second = resumed(first, 1);
    await workers.enqueue(second);
    const ended = await workers.until(second, 'attemptCompleted');
    expect(ended).toMatchObject({ fence: 2, segment: 1 });
    expect(worker.process.output()).toMatch(/"resumedFromStep":18/);
    expect([epochsOf(first, 1), epochsOf(second, 2)]).toEqual([[1, 2], [3]]);
    const { testLoss, validationLoss, trainLoss } = ended.metrics;
    expect(whole.metrics).toMatchObject({ testLoss, validationLoss, trainLoss });
    expect(await weightsOf(second)).toBe(await weightsOf(straight));
    await untilWithoutCheckpoints(second);
  });

  it('goes on with a smaller micro-batch where there is no memory for the one before', async () => {
    const worker = await workers.start();
    const straight = aTrial();
    const first = aTrial({ untilEpoch: 2 });
    await workers.enqueue(straight);
    await workers.enqueue(first);
    const whole = await workers.until(straight, 'attemptCompleted');
    await workers.until(first, 'attemptPaused');
    const second = { ...resumed(first, 1), microBatch: 5 };
    await workers.enqueue(second);
    const { metrics } = await workers.until(second, 'attemptCompleted');
    expect(worker.process.output()).toMatch(/"resumedFromStep":18/);
    expect(await workers.until(second, 'attemptStarted', 1)).toMatchObject({ microBatch: 20 });
    expect(await workers.until(second, 'attemptStarted', 2)).toMatchObject({ microBatch: 5 });
    // The batches, their order and the learning rates are the same; batch normalisation sees less at a time.
    expect(metrics).toMatchObject({ epoch: 3, step: whole.metrics.step });
    expect(metrics.learningRate).toBe(whole.metrics.learningRate);
    expect(await weightsOf(second)).not.toBe(await weightsOf(straight));
    expect(Math.abs(metrics.trainLoss - whole.metrics.trainLoss)).toBeLessThan(0.2 * whole.metrics.trainLoss);
  });

  it('outlives a worker that is killed, and is stopped while it runs', async () => {
    const killed = await workers.start();
    const first = aLongTrial({ untilEpoch: 2 });
    await workers.enqueue(first);
    await workers.until(first, 'attemptPaused');
    const second = resumed(first, 1);
    await workers.enqueue(second);
    await workers.until(second, 'epochReported', 2);
    killed.process.kill('SIGKILL');
    const other = await workers.start();
    await workers.until(second, 'epochReported', 3);
    expect((await other.untilTraining()).resumedFromStep).toBeGreaterThanOrEqual(18);

    await stop(second);
    expect(await workers.until(second, 'attemptStopped')).toMatchObject({ fence: 3, segment: 1 });
    await eventually(async () => expect(await workers.jobState(second)).toBe('completed'));
    await untilWithoutCheckpoints(second);
    // One that was taken off the queue too late.
    const late = resumed(second, 3);
    await workers.enqueue(late);
    expect(await workers.until(late, 'attemptStopped', 4)).toMatchObject({ segment: 2 });
  });

  it('loses its checkpoints when it is stopped, and those of a sweep go when it has ended', async () => {
    const worker = await workers.start();
    const [one, two] = [aTrial({ untilEpoch: 1 }), aTrial({ untilEpoch: 1 })];
    const three = { ...two, trialId: aTrial().trialId };
    for (const job of [one, two, three]) {
      await workers.enqueue(job);
      await workers.until(job, 'attemptPaused');
      expect(workers.checkpointsOf(job)).not.toEqual([]);
    }
    await stop(one);
    await untilWithoutCheckpoints(one);
    expect(workers.checkpointsOf(two)).not.toEqual([]);

    worker.process.kill('SIGTERM');
    await worker.process.exited;
    await workers.control.publishControl({ type: 'dropCheckpoints', sweepId: two.sweepId });
    // It was away, and learns of it when it comes back.
    await workers.start();
    await untilWithoutCheckpoints(two);
    await untilWithoutCheckpoints(three);
  });

  it('can be what another one starts from, with changed settings, also when it has completed', async () => {
    const worker = await workers.start();
    const donor = aTrial({ untilEpoch: 1, keepPauses: true });
    await workers.enqueue(donor);
    await workers.until(donor, 'attemptPaused');
    const rest = resumed(donor, 1);
    await workers.enqueue(rest);
    await workers.until(rest, 'attemptCompleted');
    await untilWithoutCheckpoints(donor);

    const copy = {
      ...aTrial(),
      ...{ sweepId: donor.sweepId, keepPauses: true, startFrom: { trialId: donor.trialId, epoch: 1 } },
    };
    const changed = { ...copy, config: { ...copy.config, learningRate: 0.01, momentum: 0.5 } };
    await workers.enqueue(changed);
    const { metrics } = await workers.until(changed, 'attemptCompleted');
    expect(epochsOf(changed, 1)).toEqual([2, 3]);
    expect(metrics).toMatchObject({ epoch: 3, step: 27 });
    expect(worker.process.output().match(/"resumedFromStep":9/g)).toHaveLength(2);
    expect(await weightsOf(changed)).not.toBe(await weightsOf(rest));

    await stop(donor, true);
    const again = { ...changed, trialId: aTrial().trialId };
    await workers.enqueue(again);
    await workers.until(again, 'attemptCompleted');
    expect(await weightsOf(again)).toBe(await weightsOf(changed));

    await workers.control.publishControl({ type: 'dropCheckpoints', sweepId: donor.sweepId });
    const tooLate = { ...again, sweepId: aTrial().sweepId, trialId: aTrial().trialId };
    await workers.enqueue(tooLate);
    expect(await workers.until(tooLate, 'attemptFailed', 1)).toMatchObject({
      willRetry: true,
      failure: {
        class: 'storage',
        message: expect.stringMatching(/^the pause of trial .* after epoch 1 \(step 9\) is not in/) as string,
      },
    });
  });
});
