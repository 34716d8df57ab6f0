import {
  consumeTrials,
  ControlChannel,
  LogPublisher,
  RedisHealth,
  redisUrlOf,
  ReportPublisher,
  WorkerDirectory,
  type TrialConsumer,
} from '@fathom/queue';
import {
  createMetricsRegistry,
  startMetricsServer,
  type Logger,
  type Secrets,
  type Tracer,
} from '@fathom/runtime';
import {
  checkpointDirOf,
  modelDirOf,
  retentionOf,
  sharedDatasetsOf,
  threadsPerSlot,
  type Environment,
} from './environment';
import { chosenGpus } from './devices/chosen-gpus';
import { deviceMemoryOf } from './devices/device-memory-of';
import { DeviceWatch } from './devices/device-watch';
import { usableGpus } from './devices/usable-gpus';
import { checkObjectStores } from './object-stores';
import { DeviceMemory } from './supervisor/device-memory';
import { exposeDevices } from './supervisor/device-metrics';
import { FlappingPause } from './supervisor/flapping-pause';
import { SlotPool } from './supervisor/slots';
import { Supervisor } from './supervisor/supervisor';
import { WorkerMetrics } from './supervisor/worker-metrics';

export interface Worker {
  readonly metricsPort: number;
  readonly slots: number;
  readonly threads: number;
  /** Settles when jobs are taken. */
  readonly ready: Promise<void>;
  /** Takes no more jobs, deals with the running trials as the environment says, and closes all connections. */
  stop(): Promise<void>;
}

const PING_MS = 1_000;
/** For the queue and the reports to be told, after the trials have ended. */
const CLOSE_MS = 5_000;
/** For a Redis that starts at the same time to answer. */
const REDIS_WAIT_MS = 3_000;
/** In a row, for the worker to take none for a while; and how many times the first pause the longest is. */
const FLAPPING_ATTEMPTS = 5;
const LONGEST_PAUSE = 15;

/** The composition root: who knows whom. */
export async function startWorker(
  env: Environment,
  logger: Logger,
  secrets: Secrets,
  tracer: Tracer,
): Promise<Worker> {
  await checkObjectStores([checkpointDirOf(env), modelDirOf(env), sharedDatasetsOf(env)], logger);
  const redis = { redisUrl: redisUrlOf(env), log: logger };
  const gpus = await usableGpus(
    chosenGpus(process.env['CUDA_VISIBLE_DEVICES'], env.FATHOM_GPUS),
    env.FATHOM_GPUS !== undefined,
    logger,
  );
  const slots = new SlotPool(env.FATHOM_SLOTS ?? Math.max(1, gpus.length), gpus);
  const threads = threadsPerSlot(env, slots.size);
  const drainMs = env.FATHOM_DRAIN_SECONDS * 1000;

  const reports = new ReportPublisher(redis);
  const logs = new LogPublisher(redis);
  const control = new ControlChannel(redis);
  const health = new RedisHealth(redis);
  await health.refuseEviction({ waitMs: REDIS_WAIT_MS });
  const workers = new WorkerDirectory(redis);
  const registry = createMetricsRegistry({ worker: env.FATHOM_WORKER_ID });
  const devices = new DeviceWatch(
    env.FATHOM_NVML_LIBRARY,
    logger,
    process.env['CUDA_VISIBLE_DEVICES'] === undefined ? undefined : gpus,
  );
  const memory = new DeviceMemory(
    await deviceMemoryOf(env.FATHOM_DEVICE_MEMORY_GB, gpus.length, devices),
    () => performance.now(),
  );
  exposeDevices(registry, devices, env.FATHOM_POOL);
  const firstPauseMs = env.FATHOM_FLAPPING_PAUSE_SECONDS * 1000;
  const flapping = new FlappingPause(
    { attempts: FLAPPING_ATTEMPTS, firstPauseMs, longestPauseMs: LONGEST_PAUSE * firstPauseMs },
    (): TrialConsumer => consumer,
    logger,
  );
  const supervisor = new Supervisor(
    {
      workerId: env.FATHOM_WORKER_ID,
      node: env.FATHOM_NODE,
      threads,
      cacheDir: env.FATHOM_CACHE_DIR,
      sharedDatasets: sharedDatasetsOf(env),
      checkpointDir: checkpointDirOf(env),
      retention: retentionOf(env),
      modelDir: modelDirOf(env),
      bestModels: env.FATHOM_KEEP_MODELS,
      patienceMs: env.FATHOM_ARTIFACTS_PATIENCE_SECONDS * 1000,
      checkpointEverySteps: env.FATHOM_CHECKPOINT_EVERY_STEPS,
      stuckFloorMs: env.FATHOM_STUCK_SECONDS * 1000,
    },
    {
      slots,
      memory,
      reports,
      logs,
      metrics: new WorkerMetrics(registry, { slots, reports, flapping }),
      liveNodes: () => nodesOf(workers, env.FATHOM_POOL),
      attemptEnded: (end) => flapping.ended(end),
      endingOf: (...ids) => control.endingOf(...ids),
      orderFor: (sweepId, trialId) => control.orderFor(sweepId, trialId),
      redact: (text) => secrets.redact(text),
      tracer,
      logger,
    },
  );
  const server = await startMetricsServer({
    host: env.FATHOM_METRICS_HOST,
    port: env.FATHOM_METRICS_PORT,
    ...(env.FATHOM_METRICS === 'on' ? { registry } : {}),
    ready: async () => {
      if (supervisor.isLeaving) return 'the worker is leaving';
      await health.ping(PING_MS);
      return flapping.reason;
    },
  });
  const subscription = control.subscribeControl({
    onMessage: (message) => supervisor.control(message),
    onGap: () => void supervisor.recheckEnded(),
  });
  // What ended between a job's start and the first subscription, or while this worker was away, would be missed.
  void subscription.ready.then(() => supervisor.recheckEnded());
  const consumer = consumeTrials({
    ...redis,
    handlers: { train: (delivery) => supervisor.handle(delivery) },
    concurrency: slots.size,
    pool: env.FATHOM_POOL,
    workerName: env.FATHOM_WORKER_ID,
    node: env.FATHOM_NODE,
    devices: Math.max(1, gpus.length),
    ...(memory.bytes === undefined ? {} : { memoryBytes: memory.bytes }),
    lockDurationMs: env.FATHOM_LOCK_MS,
  });
  // Once more, for a Redis that was away before.
  const ready = consumer.ready.then(() => health.refuseEviction());
  ready.catch(() => undefined); // for whoever does not wait for it

  async function stop(): Promise<void> {
    flapping.close();
    // Both begin now: no job may come in between.
    const drained = consumer.drain({ timeoutMs: CLOSE_MS });
    await supervisor.leave(env.FATHOM_DRAIN, drainMs, drained);
    const [unsent] = await Promise.all([reports.close(CLOSE_MS), logs.close(CLOSE_MS)]);
    if (unsent > 0) logger.warn({ unsent }, 'Redis did not take the last reports');
    await subscription.close();
    await control.close();
    await health.close();
    await workers.close();
    await server.close();
    await devices.close();
  }
  return { metricsPort: server.port, slots: slots.size, threads, ready, stop };
}

/** Machines of the pool that have workers now. */
const nodesOf = async (workers: WorkerDirectory, mine: string): Promise<string[]> => [
  ...new Set((await workers.live()).filter(({ pool }) => pool === mine).map(({ node }) => node)),
];

/** How long `stop` may take at most, with a margin. */
export const stopDeadlineMs = (env: Environment): number => env.FATHOM_DRAIN_SECONDS * 1000 + 4 * CLOSE_MS;
