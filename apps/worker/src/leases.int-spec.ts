import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aTrainingConfig, aTrainJob, eventually, isAlive, useTempDir } from '@fathom/testkit';
import { aLongTrial, useWorkers } from './testing/use-workers';

// Real trainings on a machine that may be busy with others.
jest.setTimeout(240_000);

/** What the worker has where nobody says otherwise. */
const DEFAULT_LEASE = { FATHOM_LOCK_MS: '5000' };

describe('leases', () => {
  const workers = useWorkers();
  const dir = useTempDir();
  const untilCheckpoint = async (job: ReturnType<typeof aLongTrial>) => {
    await workers.until(job, 'epochReported');
    await eventually(() => expect(workers.checkpointsOf(job)).not.toEqual([]));
  };

  it('are taken over within ten seconds where the worker is killed, from its last checkpoint', async () => {
    const first = await workers.start(DEFAULT_LEASE);
    const job = aLongTrial();
    await workers.enqueue(job);
    await untilCheckpoint(job);
    const second = await workers.start(DEFAULT_LEASE);
    const { pid } = await first.untilTraining();

    const killedAt = Date.now();
    first.process.kill('SIGKILL');
    const { at } = await workers.until(job, 'attemptStarted', 2);
    await workers.until(job, 'epochReported', 2);
    const noticed = Date.parse(at) - killedAt;
    // Lease, check and a busy machine. It has to be the worker's silence that is noticed, not something else.
    expect(noticed).toBeGreaterThan(1_000);
    expect(noticed).toBeLessThan(8_000);
    expect(Date.now() - killedAt).toBeLessThan(15_000);
    expect((await second.untilTraining()).resumedFromStep).toBeGreaterThan(0);
    // The training process has ended itself when the one that started it was gone.
    expect(isAlive(pid)).toBe(false);
  });

  it('that were lost in a freeze are given up afterwards, and nothing of two attempts mixes', async () => {
    const frozen = await workers.start();
    const job = aLongTrial();
    await workers.enqueue(job);
    await untilCheckpoint(job);
    const { pid } = await frozen.untilTraining();
    frozen.process.kill('SIGSTOP');
    process.kill(pid, 'SIGSTOP');
    const next = await workers.start();
    await workers.until(job, 'epochReported', 2);
    const { pid: nextPid } = await next.untilTraining();
    await eventually(() =>
      expect(workers.checkpointsOf(job).filter((name) => name.endsWith('.f2.json'))).toHaveLength(2),
    );

    // Its training process goes on at once, and would write its next checkpoint before anybody stops it.
    process.kill(pid, 'SIGCONT');
    await eventually(() => expect(stateOf(pid)).not.toBe('T'));
    frozen.process.kill('SIGCONT');
    await frozen.process.untilOutput(/"outcome":"lost"/);
    await eventually(() => expect(isAlive(pid)).toBe(false));
    expect(isAlive(nextPid)).toBe(true);
    const ofFirst = () => workers.reportsOf(job).filter(({ fence }) => fence === 1);
    expect(ofFirst().map(({ type }) => type)).not.toContain('attemptFailed');
    const [said, done] = [ofFirst().length, workers.reportsOf(job).length];
    await eventually(() => expect(workers.reportsOf(job).length).toBeGreaterThan(done + 1));
    expect(ofFirst()).toHaveLength(said);
    expect(workers.checkpointsOf(job).filter((name) => name.endsWith('.f1.json'))).toEqual([]);
    expect(await workers.jobState(job)).toBe('active');
  });

  it('that were lost in a freeze at the very end change nothing either', async () => {
    const frozen = await workers.start();
    // Done while its worker is frozen: the end is in the pipe when that one wakes up.
    const job = aTrainJob({ config: aTrainingConfig({ epochs: 12, width: 0.25 }) });
    await workers.enqueue(job);
    await workers.until(job, 'epochReported');
    const { pid } = await frozen.untilTraining();
    frozen.process.kill('SIGSTOP');
    await workers.start();
    await workers.until(job, 'attemptStarted', 2);
    await eventually(() => expect(['', 'Z']).toContain(stateOf(pid)), { timeoutMs: 60_000 });
    frozen.process.kill('SIGCONT');
    await workers.until(job, 'attemptCompleted', 2);
    await eventually(async () => expect(await workers.jobState(job)).toBe('completed'));
    await eventually(() => expect(workers.checkpointsOf(job)).toEqual([]));
    await sleep(500);
    expect(await workers.jobState(job)).toBe('completed');
  });

  it('go on with larger fences where Redis has forgotten attempts that left something', async () => {
    const folder = join(dir.path, 'forgotten');
    const job = aTrainJob();
    mkdirSync(join(folder, job.sweepId, job.trialId), { recursive: true });
    writeFileSync(join(folder, job.sweepId, job.trialId, 'attempt.f3'), '');
    await workers.enqueue(job);
    await workers.start({ FATHOM_CHECKPOINT_DIR: folder });
    expect(await workers.until(job, 'attemptCompleted')).toMatchObject({ fence: 4 });
    const types = workers.reportsOf(job).map(({ fence, type }) => `${String(fence)} ${type}`);
    expect(types).toEqual(['1 attemptStarted', '2 attemptStarted', '3 attemptStarted', ...types.slice(3)]);
  });

  it('end with their trial, as failed, where worker after worker is killed and none gets anywhere', async () => {
    const losses = { failures: { 'lost-worker': 5 }, step: 0, losses: 0 };
    const job = aLongTrial({ retries: losses });
    await workers.enqueue(job);
    const first = await workers.start();
    // Before the first checkpoint, which would be progress.
    await workers.until(job, 'attemptStarted', 1);
    first.process.kill('SIGKILL');
    await workers.start();
    expect(await workers.until(job, 'attemptFailed', 2)).toMatchObject({
      willRetry: false,
      failure: { class: 'lost-worker', message: expect.stringMatching(/6 times in a row/) as string },
    });
    await eventually(async () => expect(await workers.jobState(job)).toBe('failed'));
  });
});

describe('a training process that hangs', () => {
  const workers = useWorkers();

  it('is killed as stuck, and the trial goes on from its last checkpoint', async () => {
    const worker = await workers.start({ FATHOM_STUCK_SECONDS: '3' });
    // Epochs of more than a second, for steps are reported once a second.
    const { dataset } = aTrainJob();
    const job = aLongTrial({ dataset: { ...dataset, trainImages: 6_000 } });
    await workers.enqueue(job);
    await workers.until(job, 'epochReported');
    await workers.until(job, 'stepReported');
    await eventually(() => expect(workers.checkpointsOf(job)).not.toEqual([]));
    const { pid } = await worker.untilTraining();
    process.kill(pid, 'SIGSTOP');
    const { failure, willRetry } = await workers.until(job, 'attemptFailed', 1);
    expect(failure).toMatchObject({
      class: 'stuck',
      message: expect.stringMatching(
        /^the training process is stuck: it has made no step for \d+ s/,
      ) as string,
    });
    expect(willRetry).toBe(true);
    expect(isAlive(pid)).toBe(false);
    await workers.until(job, 'epochReported', 2);
    expect(worker.process.output()).toMatch(/"resumedFromStep":[1-9]/);
  });

  it('is not mistaken for one whose worker was frozen', async () => {
    const worker = await workers.start({ FATHOM_STUCK_SECONDS: '2', FATHOM_LOCK_MS: '30000' });
    const { dataset } = aTrainJob();
    const job = aLongTrial({ dataset: { ...dataset, trainImages: 6_000 } });
    await workers.enqueue(job);
    await workers.until(job, 'stepReported');
    worker.process.kill('SIGSTOP');
    await sleep(4_000);
    worker.process.kill('SIGCONT');
    const reports = workers.reportsOf(job).length;
    await eventually(() => expect(workers.reportsOf(job).length).toBeGreaterThan(reports + 3));
    expect(workers.reportsOf(job).map(({ type }) => type)).not.toContain('attemptFailed');
  });
});

/** The letter that the kernel has for it: T stopped, Z dead but not waited for. Empty where there is no such process. */
function stateOf(pid: number): string {
  try {
    return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
