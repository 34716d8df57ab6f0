import { join } from 'node:path';
import { openArtifacts, readModel, under } from '@fathom/artifacts';
import type { TrainJob } from '@fathom/contracts';
import {
  aTrainingConfig,
  aTrainJob,
  eventually,
  noObjectStore,
  spawnNode,
  useObjectStore,
  useTempDir,
} from '@fathom/testkit';
import { aLongTrial, useWorkers } from './testing/use-workers';

// Real trainings on a machine that may be busy with others.
jest.setTimeout(240_000);

/** 9 steps in an epoch. */
const EPOCHS = 25;
const aTrial = (overrides: Partial<TrainJob> = {}) =>
  aTrainJob({ config: aTrainingConfig({ epochs: EPOCHS, width: 0.25 }), ...overrides });

const given = noObjectStore === undefined ? describe : describe.skip;

given(`workers with an object store${noObjectStore === undefined ? '' : ` (${noObjectStore})`}`, () => {
  const workers = useWorkers();
  const objects = useObjectStore();
  const temp = useTempDir();
  let artifacts: string;
  let machines = 0;
  beforeEach(async () => {
    artifacts = `s3://${await objects.createBucket()}/fathom`;
  });
  afterEach(() => objects.set(undefined));

  /** A worker of a machine that has nothing in common with the others but the store. */
  const start = (env: Record<string, string> = {}) =>
    workers.start({
      ...objects.env,
      FATHOM_ARTIFACTS: artifacts,
      FATHOM_CACHE_DIR: join(temp.path, `machine-${String(machines++)}`),
      FATHOM_CHECKPOINT_DIR: '',
      FATHOM_MODEL_DIR: '',
      ...env,
    });
  const place = (kind: string, { sweepId, trialId }: TrainJob) => under(artifacts, kind, sweepId, trialId);
  const checkpointsOf = async (job: TrainJob) =>
    (await openArtifacts(place('checkpoints', job)).list()).filter((name) => name.endsWith('.json'));
  const weightsOf = async (job: TrainJob) =>
    (await readModel(place('models', job))).description.weights.sha256;

  it('take over from each other, to the weights of a trial that nobody interrupted', async () => {
    const first = await start();
    const whole = aTrial();
    await workers.enqueue(whole);
    await workers.until(whole, 'attemptCompleted');
    expect(await openArtifacts(under(artifacts, 'datasets')).list()).toEqual([
      expect.stringMatching(/^shapes-[0-9a-f]{16}\.safetensors$/),
    ]);

    const parted = aTrial();
    await workers.enqueue(parted);
    await eventually(async () => expect(await checkpointsOf(parted)).not.toEqual([]), { timeoutMs: 60_000 });
    first.process.kill('SIGKILL');
    const second = await start();
    await workers.until(parted, 'attemptCompleted', 2);
    expect((await second.untilTraining()).resumedFromStep).toBeGreaterThan(0);
    expect(await weightsOf(parted)).toBe(await weightsOf(whole));
    await eventually(async () => expect(await checkpointsOf(parted)).toEqual([]));
    // The second machine has its data set from the first.
    const gets = objects.requests.filter((request) =>
      /^GET .*datasets\/shapes-\w+\.safetensors/.test(request),
    );
    expect(gets.length).toBeGreaterThanOrEqual(2);
  });

  it('start a copy from the pause of a trial of another machine', async () => {
    const first = await start();
    const paused = aTrial({ untilEpoch: 1, keepPauses: true });
    await workers.enqueue(paused);
    await workers.until(paused, 'attemptPaused');
    first.process.kill('SIGTERM');
    await first.process.exited;
    const second = await start();
    const copy = aTrial({
      sweepId: paused.sweepId,
      startFrom: { trialId: paused.trialId, epoch: 1 },
      config: aTrainingConfig({ epochs: EPOCHS, width: 0.25, learningRate: 0.02 }),
      untilEpoch: 2,
      keepPauses: true,
    });
    await workers.enqueue(copy);
    await workers.until(copy, 'attemptPaused');
    expect((await second.untilTraining()).resumedFromStep).toBe(9);
    await workers.control.publishControl({ type: 'dropCheckpoints', sweepId: paused.sweepId });
    const checkpoints = openArtifacts(under(artifacts, 'checkpoints'));
    await eventually(async () => expect(await checkpoints.folders()).toEqual([]), { timeoutMs: 30_000 });
  });

  it('train on while the store is away, and store what there is when it is back', async () => {
    const worker = await start();
    const job = aLongTrial();
    await workers.enqueue(job);
    await workers.until(job, 'epochReported');
    await eventually(async () => expect(await checkpointsOf(job)).not.toEqual([]), { timeoutMs: 30_000 });
    await objects.set('refused');
    await worker.process.untilOutput(/the checkpoint of step \d+ waits: s3:.* does not answer/);
    const epochs = () => workers.reportsOf(job).filter(({ type }) => type === 'epochReported').length;
    const before = epochs();
    await eventually(() => expect(epochs()).toBeGreaterThan(before + 2), { timeoutMs: 30_000 });
    await objects.set(undefined);
    const back = objects.requests.length;
    await eventually(() =>
      expect(objects.requests.slice(back).some((request) => /^PUT .*\.json/.test(request))).toBe(true),
    );
    expect(workers.reportsOf(job).some(({ type }) => type === 'attemptFailed')).toBe(false);
  });

  it('fail the attempt where it is away for longer than they wait, and go on when it is back', async () => {
    await start({ FATHOM_ARTIFACTS_PATIENCE_SECONDS: '1' });
    const job = aTrial({ config: aTrainingConfig({ epochs: 400, width: 0.25 }) });
    await workers.enqueue(job);
    await workers.until(job, 'epochReported');
    await objects.set({ status: 503, code: 'SlowDown' });
    const { failure, willRetry } = await workers.until(job, 'attemptFailed');
    expect(failure).toMatchObject({
      class: 'storage',
      message: expect.stringMatching(
        /cannot be written to s3:.*cannot answer now \(SlowDown, 503\)/,
      ) as string,
    });
    expect(willRetry).toBe(true);
    await objects.set(undefined);
    await workers.until(job, 'epochReported', 2);
    await workers.control.publishControl({ type: 'cancelTrial', sweepId: job.sweepId, trialId: job.trialId });
    await workers.until(job, 'attemptCancelled');
  });

  it('keep what retention says, and the models of the best trials', async () => {
    await start({ FATHOM_KEEP_BEST: '1', FATHOM_KEEP_RUNGS: 'true', FATHOM_KEEP_MODELS: '1' });
    const first = aTrial({ untilEpoch: 1, config: aTrainingConfig({ epochs: 2, width: 0.25 }) });
    await workers.enqueue(first);
    await workers.until(first, 'attemptPaused');
    const second: TrainJob = { ...first, segment: 1, fenceBase: 1, untilEpoch: undefined };
    await workers.enqueue(second);
    await workers.until(second, 'attemptCompleted');
    const other = aTrial({ sweepId: first.sweepId, config: aTrainingConfig({ epochs: 1, width: 0.25 }) });
    await workers.enqueue(other);
    await workers.until(other, 'attemptCompleted');
    const kept = await openArtifacts(
      under(artifacts, 'checkpoints', 'kept', first.sweepId, first.trialId),
    ).list();
    expect(kept.filter((name) => name.endsWith('.json'))).toContain('step-9.f1.json');
    await eventually(async () =>
      expect(await openArtifacts(under(artifacts, 'models', first.sweepId)).folders()).toHaveLength(1),
    );
  });

  it('do not start where the store refuses, and say why without the secret', async () => {
    const main = join(__dirname, '../dist/main.js');
    const refused = spawnNode(main, [], {
      ...objects.env,
      REDIS_URL: workers.redis.url,
      FATHOM_ARTIFACTS: 's3://no-such-bucket/fathom',
      FATHOM_METRICS_PORT: '0',
    });
    expect((await refused.exited).code).toBe(1);
    expect(refused.output()).toMatch(
      /s3:\/\/no-such-bucket\/fathom\/checkpoints at http:.*: there is no such bucket/,
    );
    expect(refused.output()).not.toContain(objects.env['AWS_SECRET_ACCESS_KEY']);
    const wrong = spawnNode(main, [], { REDIS_URL: workers.redis.url, FATHOM_ARTIFACTS: 's3://?' });
    expect((await wrong.exited).code).toBe(1);
    expect(wrong.output()).toMatch(/FATHOM_ARTIFACTS: s3:\/\/\? is no place in an object store: allowed is/);
  });
});
