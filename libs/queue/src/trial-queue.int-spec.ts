import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrainJob } from '@fathom/contracts';
import { aTrainJob, eventually, spawnNode, useRedis } from '@fathom/testkit';
import { Queue } from 'bullmq';
import { RedisUnavailableError } from './connection';
import { BULLMQ_PREFIX } from './keys';
import { QueueInspector } from './queue-inspector';
import { recordingLog } from './testing/recording-log';
import {
  consumeTrials,
  type JobDelivery,
  type JobOutcome,
  type TrialConsumer,
  type TrialConsumerOptions,
} from './trial-consumer';
import type { FailedTrialJob } from './trial-failure';
import { TrialProducer } from './trial-producer';
import { WorkerDirectory } from './worker-directory';

type Delivery = JobDelivery<'train'>;
type Handler = (delivery: Delivery) => Promise<JobOutcome>;

const repositoryRoot = join(__dirname, '../../..');

describe('the trial queue', () => {
  const redis = useRedis();
  const log = recordingLog();
  let producer: TrialProducer;
  let consumers: TrialConsumer[];

  beforeEach(async () => {
    consumers = [];
    const admin = new Queue('trials', { connection: { url: redis.url }, prefix: BULLMQ_PREFIX });
    await admin.obliterate({ force: true });
    await admin.close();
    producer = new TrialProducer({ redisUrl: redis.url, log, backoffMs: 10 });
    expect(await producer.untilConnected(5_000)).toBe(true);
  });
  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.drain({ timeoutMs: 5_000 })));
    await producer.close();
  });

  const consume = (train: Handler, options: Partial<TrialConsumerOptions> = {}): TrialConsumer => {
    const consumer = consumeTrials({
      redisUrl: redis.url,
      log,
      concurrency: 1,
      lockDurationMs: 1_000,
      handlers: { train },
      ...options,
    });
    consumers.push(consumer);
    return consumer;
  };
  const failureOf = async (job: TrainJob): Promise<FailedTrialJob | undefined> => {
    const inspector = new QueueInspector({ redisUrl: redis.url, log });
    const [presence] = await eventually(() => inspector.presence([job]));
    await inspector.close();
    return presence?.state === 'failed' ? presence.failed : undefined;
  };
  const untilState = (job: TrainJob, state: string) =>
    eventually(async () => expect(await producer.jobState(job)).toBe(state));

  /** A consumer that notes what it gets and answers with the outcomes given, the last one over and over. */
  const consumeWith = (...outcomes: JobOutcome[]) => consumeAs({}, ...outcomes);
  const consumeAs = (options: Partial<TrialConsumerOptions>, ...outcomes: JobOutcome[]) => {
    const deliveries: Delivery[] = [];
    consume((delivery) => {
      const outcome = outcomes[Math.min(deliveries.length, outcomes.length - 1)];
      deliveries.push(delivery);
      return outcome ? Promise.resolve(outcome) : Promise.reject(new Error('no outcome given'));
    }, options);
    return deliveries;
  };

  it('hands a trial to a worker once, however often it is enqueued', async () => {
    const job = aTrainJob();
    await producer.enqueueTrials([job, aTrainJob(), job]);
    await producer.enqueueTrials([job]);
    expect(await producer.counts()).toMatchObject({ waiting: 2, completed: 0 });
    expect(await producer.jobState(job)).toBe('waiting');
    const deliveries = consumeWith({ type: 'completed' });
    await eventually(async () => expect(await producer.counts()).toMatchObject({ waiting: 0, completed: 2 }));
    await producer.enqueueTrials([job]);
    await sleep(100);
    expect(
      deliveries.map((delivery) => delivery.data.trialId).filter((id) => id === job.trialId),
    ).toHaveLength(1);
    expect(deliveries[0]).toMatchObject({ data: job, fence: 1, losses: 0 });
  });

  it('hands a job out again after the delay that its handler asks for, with the data it gives and a larger fence', async () => {
    const job = aTrainJob({ fenceBase: 4 });
    const data = { ...job, microBatch: 10 };
    const times: number[] = [];
    const deliveries: Delivery[] = [];
    consume((delivery) => {
      times.push(Date.now());
      deliveries.push(delivery);
      const again: JobOutcome = { type: 'requeue', delayMs: 300, data };
      return Promise.resolve(deliveries.length < 5 ? again : { type: 'failed', message: 'too often' });
    });
    await producer.enqueueTrials([job]);
    await untilState(job, 'failed');
    expect(deliveries.map(({ fence }) => fence)).toEqual([5, 6, 7, 8, 9]);
    expect(deliveries.map((delivery) => delivery.data)).toEqual([job, data, data, data, data]);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? time));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(290);
  });

  it('does not try a final failure again, and says why when asked', async () => {
    const job = aTrainJob();
    const deliveries = consumeWith({ type: 'failed', message: 'loss is NaN' });
    await producer.enqueueTrials([job]);
    await untilState(job, 'failed');
    const expected = { trialId: job.trialId, cause: 'handler', reason: 'loss is NaN' };
    expect(await failureOf(job)).toEqual(expected);
    expect(deliveries).toHaveLength(1);
  });

  it('hands a job out again whose handler threw an error', async () => {
    const job = aTrainJob();
    let calls = 0;
    consume(() => {
      if (++calls === 1) throw new Error('no device');
      return Promise.resolve({ type: 'completed' });
    });
    await producer.enqueueTrials([job]);
    await untilState(job, 'completed');
    expect(calls).toBe(2);
  });

  it('fails a job that cannot be read, at once and by name, without calling the handler', async () => {
    const job = aTrainJob();
    const broken = { ...job, config: { ...job.config, depth: 'deep' } } as unknown as TrainJob;
    const deliveries = consumeWith({ type: 'completed' });
    await producer.enqueueTrials([broken]);
    await untilState(job, 'failed');
    expect(await failureOf(job)).toMatchObject({
      cause: 'invalid-data',
      reason: expect.stringMatching(/^invalid job data: \$\.config\.depth: /) as string,
    });
    expect(deliveries).toEqual([]);
  });

  it('gives a requeued trial to another worker at once and does not count the attempt', async () => {
    // With such a lock only the requeueing itself can bring the trial back within this test.
    const slow = { lockDurationMs: 120_000 };
    const job = aTrainJob();
    let giveBack: (outcome: JobOutcome) => void = () => undefined;
    const draining = consume(() => new Promise((resolve) => (giveBack = resolve)), slow);
    await producer.enqueueTrials([job]);
    await eventually(() => expect(draining.activeCount()).toBe(1));
    const deliveries = consumeAs(slow, { type: 'completed' });
    const drained = draining.drain();
    giveBack({ type: 'requeue' });
    await drained;
    await untilState(job, 'completed');
    expect(deliveries.map(({ fence }) => fence)).toEqual([2]);
  });

  it('drains: takes no more trials and waits for the ones it has', async () => {
    const [first, second] = [aTrainJob(), aTrainJob()];
    let finish: (outcome: JobOutcome) => void = () => undefined;
    const consumer = consume(() => new Promise((resolve) => (finish = resolve)));
    await producer.enqueueTrials([first, second]);
    await eventually(() => expect(consumer.activeCount()).toBe(1));
    let isDrained = false;
    const drained = consumer.drain().then(() => (isDrained = true));
    await sleep(1_500); // longer than the lock: it must be kept while draining
    expect(isDrained).toBe(false);
    finish({ type: 'completed' });
    await drained;
    expect(await producer.jobState(first)).toBe('completed');
    expect(await producer.jobState(second)).toBe('waiting');
  });

  it('removes a waiting trial, and says of an active one that it is', async () => {
    const [active, waiting] = [aTrainJob(), aTrainJob()];
    let finish: (outcome: JobOutcome) => void = () => undefined;
    consume(() => new Promise((resolve) => (finish = resolve)));
    await producer.enqueueTrials([active]);
    await untilState(active, 'active');
    await producer.enqueueTrials([waiting]);
    expect(await producer.removeTrial(active)).toBe('active');
    expect(await producer.removeTrial(waiting)).toBe('removed');
    expect(await producer.removeTrial(waiting)).toBe('absent');
    expect(await producer.jobState(waiting)).toBe('absent');
    finish({ type: 'completed' });
    await untilState(active, 'completed');
  });

  it('removes many trials at once and leaves the active one alone', async () => {
    const active = aTrainJob();
    const waiting = [aTrainJob(), aTrainJob()];
    let finish: (outcome: JobOutcome) => void = () => undefined;
    consume(() => new Promise((resolve) => (finish = resolve)));
    await producer.enqueueTrials([active]);
    await untilState(active, 'active');
    await producer.enqueueTrials(waiting);
    await producer.removeTrials([active, ...waiting]);
    expect(await producer.counts()).toMatchObject({ active: 1, waiting: 0 });
    finish({ type: 'completed' });
    await untilState(active, 'completed');
  });

  it('has a queue for each pool, and takes from that of its own', async () => {
    const [here, there] = [aTrainJob(), aTrainJob({ pool: 'gpu-80g' })];
    await producer.enqueueTrials([here, there]);
    const deliveries = consumeAs({ pool: 'gpu-80g' }, { type: 'completed' });
    await untilState(there, 'completed');
    expect(deliveries.map(({ data }) => data.trialId)).toEqual([there.trialId]);
    expect(await producer.counts('gpu-80g')).toMatchObject({ waiting: 0, completed: 1 });
    expect(await producer.counts()).toMatchObject({ waiting: 1, completed: 0 });
    await producer.removeTrials([here, there]);
    expect(await producer.counts()).toMatchObject({ waiting: 0 });
    expect(await producer.jobState(there)).toBe('absent');
  });

  it('counts what waits and is not of a lower priority', async () => {
    const ranks = [
      { sweepPriority: 0, priority: 0 },
      { sweepPriority: 0, priority: 10_000 },
      { sweepPriority: 5, priority: 0 },
      { sweepPriority: 100, priority: 10_000 },
    ];
    await producer.enqueueTrials(ranks.map((rank) => aTrainJob(rank)));
    const counts = await Promise.all([0, 1, 5, 6, 100].map((rank) => producer.waiting('default', rank)));
    expect(counts).toEqual([4, 2, 2, 1, 1]);
  });

  it('says that its workers are there, with no slot while they pause, and when they leave', async () => {
    const directory = new WorkerDirectory({ redisUrl: redis.url, log });
    const mine = async () => (await directory.live()).filter(({ worker }) => worker === 'ada');
    const consumer = consume(() => Promise.resolve({ type: 'completed' }), {
      ...{ workerName: 'ada', node: 'here', pool: 'small', concurrency: 3, devices: 2, memoryBytes: 5e9 },
    });
    const facts = { worker: 'ada', node: 'here', pool: 'small', devices: 2, memoryBytes: 5e9 };
    await eventually(async () => expect(await mine()).toEqual([{ ...facts, slots: 3 }]));
    await consumer.pause();
    await eventually(async () => expect(await mine()).toEqual([{ ...facts, slots: 0 }]));
    await consumer.resume();
    await eventually(async () => expect(await mine()).toEqual([{ ...facts, slots: 3 }]));
    expect(await directory.pools()).toContain('small');
    await consumer.drain();
    consumers = [];
    expect(await mine()).toEqual([]);
    await directory.close();
  });

  it('shows its queue to the board', async () => {
    await producer.enqueueTrials([aTrainJob()]);
    const [queue] = producer.boardQueues();
    expect(await queue?.getPrioritizedCount()).toBe(1);
  });

  it('has a job for each segment of a trial, once, and tells their failures by the trial', async () => {
    const first = aTrainJob();
    const deliveries = consumeWith({ type: 'completed' }, { type: 'failed', message: 'no' });
    await producer.enqueueTrials([first]);
    await untilState(first, 'completed');
    const second = { ...first, segment: 1, fenceBase: 1, untilEpoch: 9 };
    await producer.enqueueTrials([second, second]);
    await producer.enqueueTrials([first]);
    await untilState(second, 'failed');
    expect(deliveries.map(({ data, fence }) => [data.segment, fence])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    const failed = { trialId: first.trialId, cause: 'handler', reason: 'no' };
    const inspector = new QueueInspector({ redisUrl: redis.url, log });
    const presence = () => inspector.presence([first, second, { ...first, segment: 2 }]);
    expect(await eventually(presence)).toEqual([
      { state: 'completed' },
      { state: 'failed', failed },
      { state: 'absent' },
    ]);
    await inspector.close();
  });

  it('takes first what has come furthest, and else what came first', async () => {
    const jobs = [0, 3, 0, 9, 3].map((priority) => aTrainJob({ priority }));
    await producer.enqueueTrials(jobs);
    const deliveries = consumeWith({ type: 'completed' });
    await eventually(() => expect(deliveries).toHaveLength(5));
    expect(deliveries.map(({ data }) => jobs.findIndex(({ trialId }) => trialId === data.trialId))).toEqual([
      3, 1, 4, 0, 2,
    ]);
  });

  it('takes those of a sweep with a higher priority before all others', async () => {
    const ranks = [
      { sweepPriority: 0, priority: 9 },
      { sweepPriority: 1, priority: 0 },
      { sweepPriority: 100, priority: 0 },
      { sweepPriority: 1, priority: 3 },
    ];
    const jobs = ranks.map((rank) => aTrainJob(rank));
    await producer.enqueueTrials(jobs);
    const deliveries = consumeWith({ type: 'completed' });
    await eventually(() => expect(deliveries).toHaveLength(4));
    expect(deliveries.map(({ data }) => jobs.findIndex(({ trialId }) => trialId === data.trialId))).toEqual([
      2, 3, 1, 0,
    ]);
  });

  describe('when a worker is killed', () => {
    let killed: ReturnType<typeof spawnNode>[];
    beforeAll(() => {
      execFileSync('npx', ['tsc', '--build', 'libs/queue'], { cwd: repositoryRoot });
    });
    beforeEach(() => (killed = []));
    afterEach(() => killed.forEach((child) => child.kill('SIGKILL')));

    const killOneThatHas = async (trialId: string) => {
      const script = join(repositoryRoot, 'libs/queue/dist/testing/stuck-worker.js');
      const child = spawnNode(script, [], { REDIS_URL: redis.url });
      killed.push(child);
      const match = await child.untilOutput(new RegExp(`took ${trialId} fence (\\d+)`), {
        timeoutMs: 20_000,
      });
      child.kill('SIGKILL');
      await child.exited;
      return Number(match[1]);
    };

    it('gives its trial to another one, with a larger fence', async () => {
      const job = aTrainJob();
      await producer.enqueueTrials([job]);
      const fence = await killOneThatHas(job.trialId);
      const deliveries = consumeWith({ type: 'completed' });
      await untilState(job, 'completed');
      expect(deliveries).toHaveLength(1);
      expect(deliveries[0]?.fence).toBeGreaterThan(fence);
      expect(deliveries[0]?.losses).toBe(1);
    });

    it('counts how often it happened to the trial, and had it running again within 7/5 of the lease', async () => {
      const job = aTrainJob();
      await producer.enqueueTrials([job]);
      await killOneThatHas(job.trialId);
      await killOneThatHas(job.trialId);
      const deliveries: Delivery[] = [];
      const taken = new Promise<number>((resolve) => {
        consume((delivery) => {
          deliveries.push(delivery);
          resolve(Date.now());
          return Promise.resolve({ type: 'completed' });
        });
      });
      const killedAt = Date.now();
      // A lease of one second, 400 ms to the next check, and as much again for a machine that is busy.
      expect((await taken) - killedAt).toBeLessThan(2_800);
      expect(deliveries.map(({ losses }) => losses)).toEqual([2]);
    });
  });

  describe('when Redis goes away and comes back', () => {
    it('fails calls at once meanwhile, and recovers by itself', async () => {
      const deliveries = consumeWith({ type: 'completed' });
      const [before, after] = [aTrainJob(), aTrainJob()];
      await producer.enqueueTrials([before]);
      await untilState(before, 'completed');
      await redis.stop();
      try {
        await expect(producer.enqueueTrials([after])).rejects.toThrow(RedisUnavailableError);
        await expect(producer.counts()).rejects.toThrow(RedisUnavailableError);
        await expect(producer.removeTrial(before)).rejects.toThrow(RedisUnavailableError);
        const born = new TrialProducer({ redisUrl: redis.url, log });
        await expect(born.enqueueTrials([after])).rejects.toThrow(RedisUnavailableError);
        expect(await born.untilConnected(50)).toBe(false);
        await redis.start();
        expect(await born.untilConnected(10_000)).toBe(true);
        await born.enqueueTrials([after]);
        await born.close();
      } finally {
        await redis.start().catch(() => undefined); // already running where the test went well
      }
      await eventually(() => expect(deliveries.map(({ data }) => data.trialId)).toContain(after.trialId), {
        timeoutMs: 20_000,
      });
      await eventually(() => producer.counts());
    });

    it('aborts a trial whose lock ran out and leaves it to the worker that has it now', async () => {
      const job = aTrainJob();
      const fences: number[] = [];
      const reasons: unknown[] = [];
      const train: Handler = ({ fence, signal }) => {
        fences.push(fence);
        if (fence > 1) return Promise.resolve({ type: 'completed' });
        return new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            resolve({ type: 'failed', message: 'must not count' });
          }),
        );
      };
      consume(train);
      await producer.enqueueTrials([job]);
      await eventually(() => expect(fences).toEqual([1]));
      await redis.stop();
      await sleep(1_500);
      await redis.start();
      await eventually(async () => expect(await producer.jobState(job)).toBe('completed'), {
        timeoutMs: 20_000,
      });
      expect(fences).toEqual([1, 2]);
      expect(reasons).toEqual([expect.objectContaining({ name: 'LostJobError' })]);
    });

    it('gives up draining at once where it has nothing to say', async () => {
      const consumer = consume(() => Promise.resolve({ type: 'completed' }));
      await consumer.ready;
      await redis.stop();
      const begun = performance.now();
      try {
        await consumer.drain({ timeoutMs: 300 });
        expect(performance.now() - begun).toBeLessThan(3_000);
      } finally {
        await redis.start();
      }
    });

    it('gives up draining the time given after the last handler has returned, and not before', async () => {
      const job = aTrainJob();
      let finish: (outcome: JobOutcome) => void = () => undefined;
      const consumer = consume(() => new Promise((resolve) => (finish = resolve)));
      await producer.enqueueTrials([job]);
      await eventually(() => expect(consumer.activeCount()).toBe(1));
      await redis.stop();
      try {
        let isDrained = false;
        const drained = consumer.drain({ timeoutMs: 300 }).then(() => (isDrained = true));
        await sleep(1_000);
        expect(isDrained).toBe(false);
        finish({ type: 'completed' });
        await drained;
      } finally {
        await redis.start();
      }
    });
  });
});
