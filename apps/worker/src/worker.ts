import {
  consumeTrials,
  ControlChannel,
  NodeDirectory,
  RedisHealth,
  ReportPublisher,
  type TrialConsumer,
} from '@fathom/queue';
import { createMetricsRegistry, startMetricsServer, type Logger } from '@fathom/runtime';
import { checkpointDirOf, modelDirOf, threadsPerSlot, type Environment } from './environment';
import { FlappingPause } from './supervisor/flapping-pause';
import { countGpus, SlotPool } from './supervisor/slots';
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
const ANNOUNCE_MS = 3_000;
/** For the queue and the reports to be told, after the trials have ended. */
const CLOSE_MS = 5_000;
/** In a row, for the worker to take none for a while; and how many times the first pause the longest is. */
const FLAPPING_ATTEMPTS = 5;
const LONGEST_PAUSE = 15;

/** The composition root: who knows whom. */
export async function startWorker(env: Environment, logger: Logger): Promise<Worker> {
  const redis = { redisUrl: env.REDIS_URL, log: logger };
  const gpus = countGpus();
  const slots = new SlotPool(env.FATHOM_SLOTS ?? Math.max(1, gpus), gpus);
  const threads = threadsPerSlot(env, slots.size);
  const drainMs = env.FATHOM_DRAIN_SECONDS * 1000;

  const reports = new ReportPublisher(redis);
  const control = new ControlChannel(redis);
  const health = new RedisHealth(redis);
  const nodes = new NodeDirectory(redis);
  const registry = createMetricsRegistry();
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
      checkpointDir: checkpointDirOf(env),
      modelDir: modelDirOf(env),
      checkpointEverySteps: env.FATHOM_CHECKPOINT_EVERY_STEPS,
      stuckFloorMs: env.FATHOM_STUCK_SECONDS * 1000,
    },
    {
      slots,
      reports,
      metrics: new WorkerMetrics(registry, { slots, reports, flapping }),
      liveNodes: () => nodes.live(),
      attemptEnded: (end) => flapping.ended(end),
      endingOf: (...ids) => control.endingOf(...ids),
      orderFor: (sweepId, trialId) => control.orderFor(sweepId, trialId),
      logger,
    },
  );
  const server = await startMetricsServer({
    host: env.FATHOM_METRICS_HOST,
    port: env.FATHOM_METRICS_PORT,
    registry,
    ready: async () => {
      if (supervisor.isLeaving) return 'the worker is leaving';
      await health.ping(PING_MS);
      return flapping.reason;
    },
  });
  const announce = () =>
    void nodes
      .announce(env.FATHOM_NODE)
      .catch((error: unknown) => logger.debug({ error }, 'Redis does not take the name of this machine'));
  announce();
  const announcing = setInterval(announce, ANNOUNCE_MS);
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
    workerName: env.FATHOM_WORKER_ID,
    lockDurationMs: env.FATHOM_LOCK_MS,
  });
  void consumer.ready
    .then(() => health.checkNoEviction())
    .catch((error: unknown) => logger.warn({ error }, 'jobs may get lost'));

  async function stop(): Promise<void> {
    flapping.close();
    // Both begin now: no job may come in between.
    const drained = consumer.drain({ timeoutMs: drainMs + CLOSE_MS });
    await supervisor.leave(env.FATHOM_DRAIN, drainMs, drained);
    const unsent = await reports.close(CLOSE_MS);
    if (unsent > 0) logger.warn({ unsent }, 'Redis did not take the last reports');
    await subscription.close();
    await control.close();
    await health.close();
    clearInterval(announcing);
    await nodes.close();
    await server.close();
  }
  return { metricsPort: server.port, slots: slots.size, threads, ready: consumer.ready, stop };
}

/** How long `stop` may take at most, with a margin. */
export const stopDeadlineMs = (env: Environment): number => env.FATHOM_DRAIN_SECONDS * 1000 + 4 * CLOSE_MS;
