import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  ControlChannel,
  LiveChannel,
  QueueInspector,
  RedisHealth,
  TrialProducer,
  WorkerDirectory,
} from '@fathom/queue';
import { noTracer, type Logger, type Tracer } from '@fathom/runtime';
import { Store, type StoredEvent, type StoreOptions } from '@fathom/store';
import { boardOf } from './board';
import { BudgetWatch } from './budget/budget-watch';
import { systemClock } from './clock';
import { FleetService } from './fleet/fleet.service';
import { Dispatcher } from './dispatch/dispatcher';
import { Recall } from './dispatch/recall';
import { MemoryForecast } from './dispatch/memory-forecast';
import { Dependencies } from './health/dependencies';
import { ReportIntake } from './intake/report-intake';
import { Leader } from './leader';
import { startLeaderWork } from './leader-work';
import { LiveHub } from './live/live-hub';
import { LiveRelay } from './live/live-relay';
import { LogIntake } from './logs/log-intake';
import { CoordinatorMetrics } from './metrics/coordinator-metrics';
import { metricsSource } from './metrics/metrics-source';
import { OutboxRelay } from './outbox/outbox-relay';
import { queueRelayTarget } from './outbox/queue-relay-target';
import type { HttpParts } from './parts';
import { Preemption } from './preemption/preemption';
import { checkBudget } from './preview/budget-rule';
import { fleetSize } from './preview/fleet-size';
import { PreviewService } from './preview/preview.service';
import { Reconciler, type QueueInspection } from './reconcile/reconciler';
import { checkArchitecture } from './sweeps/architecture-check';
import { Searches } from './sweeps/searches';
import { Steering } from './sweeps/steering/steering';
import { SweepService } from './sweeps/sweep.service';
import { TickLoop } from './tick-loop';

export interface CoordinatorOptions {
  readonly databaseUrl: string;
  /** Of connections to PostgreSQL. */
  readonly pool?: Pick<StoreOptions, 'maxConnections' | 'connectTimeoutMs' | 'statementTimeoutMs'>;
  readonly redisUrl: string;
  readonly logger: Logger;
  /** Whether Bull Board shows jobs and changes none. Default true. */
  readonly isBoardReadOnly?: boolean;
  /** How long the logs of trials are kept. Default 30. */
  readonly logDays?: number;
  /** Default: nothing is traced. */
  readonly tracer?: Tracer;
  /** How often open trials are checked. Default 10,000. */
  readonly reconcileIntervalMs?: number;
  /** How long a trial must look wrong before it is repaired. Default 10,000. */
  readonly reconcileGraceMs?: number;
  /** For how long a scrape may show what one before has read. Default 5,000. */
  readonly metricsFreshMs?: number;
}

export interface Coordinator {
  readonly http: HttpParts;
  /**
   * Before it begins: refuses a Redis that may lose jobs. One that is away may come later; `/ready` says then how it is.
   *
   * @throws EvictionError
   */
  checkRedis(): Promise<void>;
  /** Begins the work beside the API; Redis and PostgreSQL may come later. */
  start(): void;
  /** Ends that work in order and closes all connections. */
  stop(): Promise<void>;
}

const MIGRATION_RETRY_MS = 1_000;
const RECONCILE_INTERVAL_MS = 10_000;
/** For a Redis that starts at the same time to answer. */
const REDIS_WAIT_MS = 3_000;
const PING_MS = 700;
const LOG_DAYS = 30;

/** The composition root: who knows whom. */
export function createCoordinator(options: CoordinatorOptions): Coordinator {
  const { databaseUrl, redisUrl, logger, tracer = noTracer } = options;
  const redis = { redisUrl, log: logger };
  const clock = systemClock;

  const store = new Store({
    url: databaseUrl,
    ...options.pool,
    onConnectionError: (error) => {
      logger.warn({ err: error }, 'a connection to PostgreSQL broke');
    },
  });
  const producer = new TrialProducer(redis);
  const control = new ControlChannel(redis);
  const live = new LiveChannel(redis);
  const health = new RedisHealth(redis);
  const inspector = new QueueInspector(redis);
  const directory = new WorkerDirectory(redis);

  const hub = new LiveHub();
  const liveRelay = new LiveRelay(hub, live);
  const dependencies = new Dependencies({
    postgres: () => store.ping(),
    redis: () => health.ping(PING_MS),
    redisPolicy: () => health.checkNoEviction(),
  });

  const relay = new OutboxRelay(store, queueRelayTarget(producer, control));
  const listener = {
    committed: (events: readonly StoredEvent[]) => {
      liveRelay.show(events, []);
    },
  };
  const memory = new MemoryForecast();
  const searches = new Searches(clock, tracer);
  const sweeps = new SweepService(
    store,
    checkArchitecture,
    (spec) => checkBudget(store, spec),
    searches,
    listener,
    clock,
  );
  const steering = new Steering(store, searches, checkArchitecture, listener, clock);
  const previews = new PreviewService(
    store,
    checkArchitecture,
    (pools) => fleetSize(store, directory, pools),
    clock,
  );
  const intake = new ReportIntake(
    store,
    searches,
    {
      taken: (report) => {
        metrics.reportTaken(report);
      },
      rejected: (reason) => {
        metrics.reportRejected(reason);
      },
      noted: (notes) => {
        metrics.noted(notes);
      },
      committed: (events, steps) => {
        liveRelay.show(events, steps);
      },
    },
    clock,
    logger,
    tracer,
  );
  const inspection: QueueInspection = {
    presence: (trials) => inspector.presence(trials),
    reportProgress: () => inspector.reportProgress(),
    discard: async (trial) => {
      await producer.removeTrial(trial);
    },
  };
  const graceMs = options.reconcileGraceMs ?? RECONCILE_INTERVAL_MS;
  const reconciler = new Reconciler(store, inspection, {
    searches,
    clock,
    logger,
    listener,
    graceMs,
  });
  const leaderWork = () =>
    startLeaderWork({
      relay,
      dispatcher: new Dispatcher({
        store,
        queue: producer,
        workers: () => directory.live(),
        memory,
        tracer,
        logger,
      }),
      recall: new Recall({ store, queue: producer, workers: () => directory.live() }),
      budgets: new BudgetWatch(store, steering, clock),
      preemption: new Preemption({ store, queue: producer, control }),
      reconciler,
      reconcileIntervalMs: options.reconcileIntervalMs ?? RECONCILE_INTERVAL_MS,
      reports: {
        ...redis,
        consumerName: `${hostname()}-${String(process.pid)}-${randomUUID().slice(0, 8)}`,
        onReports: (reports) => intake.take(reports),
        onDead: (count) => {
          for (let i = 0; i < count; i++) metrics.reportRejected('invalid');
        },
      },
      logs: new LogIntake(store, options.logDays ?? LOG_DAYS, clock, logger),
      logger,
    });
  const leader = new Leader(databaseUrl, leaderWork, logger);
  const metrics: CoordinatorMetrics = new CoordinatorMetrics(
    metricsSource({
      store,
      producer,
      clock,
      previews,
      dependencies,
      leader,
      logger,
      pools: () => directory.pools(),
      workers: () => directory.live(),
    }),
    options.metricsFreshMs,
  );

  // Everything that needs the schema begins once it is up to date.
  let isMigrated = false;
  const migrationLoop = new TickLoop(
    'the migration of the database',
    MIGRATION_RETRY_MS,
    async () => {
      if (isMigrated) return false;
      await store.migrate();
      isMigrated = true;
      leader.start();
      return false;
    },
    logger,
  );
  const subscription = { current: undefined as ReturnType<LiveChannel['subscribeLive']> | undefined };

  return {
    http: {
      logger,
      tracer,
      store,
      sweeps,
      steering,
      previews,
      fleet: new FleetService(store, directory),
      hub,
      metrics,
      dependencies,
      board: boardOf({ producer, directory, logger, isReadOnly: options.isBoardReadOnly ?? true }),
    },
    checkRedis: () => health.refuseEviction({ waitMs: REDIS_WAIT_MS }),
    start: () => {
      migrationLoop.start();
      subscription.current = live.subscribeLive({
        onEvent: (event) => {
          hub.publish(event);
        },
      });
    },
    stop: async () => {
      await migrationLoop.stop();
      await leader.stop();
      await Promise.all([
        subscription.current?.close(),
        producer.close(),
        control.close(),
        live.close(),
        health.close(),
        inspector.close(),
        directory.close(),
      ]);
      await store.close();
    },
  };
}
