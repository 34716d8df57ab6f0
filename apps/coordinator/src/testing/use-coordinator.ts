import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { DEFAULT_POOL, type Report, type WorkerFacts } from '@fathom/contracts';
import { ReportPublisher, TrialProducer, WorkerPresence } from '@fathom/queue';
import { createLogger } from '@fathom/runtime';
import {
  eventually,
  usePostgres,
  useRedis,
  type PostgresForTests,
  type RedisForTests,
} from '@fathom/testkit';
import { createCoordinator, type Coordinator, type CoordinatorOptions } from '../coordinator';
import { createHttpApp } from '../http/http-app';

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
  readonly ms: number;
}

export interface RunningCoordinator {
  readonly url: string;
  readonly coordinator: Coordinator;
  stop(): Promise<void>;
}

export interface CoordinatorForTests {
  readonly redis: RedisForTests;
  readonly postgres: PostgresForTests;
  readonly url: string;
  readonly coordinator: Coordinator;
  get<T>(path: string): Promise<Answer<T>>;
  post<T>(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
  /** Puts reports on the stream as a worker does. */
  report(...reports: Report[]): Promise<void>;
  /** One more coordinator on the same Redis and database; stopped after the tests. */
  another(): Promise<RunningCoordinator>;
  /** Options of one more, for tests that start and stop it themselves. */
  options(): CoordinatorOptions;
  /** Makes Redis forget all jobs of the trials queue, and nothing else. */
  forgetJobs(): Promise<void>;
}

const logger = createLogger({ name: 'test', level: 'silent' });

/** So that trials are put on the queue, for whichever consumers a test has. */
const fleetFacts: WorkerFacts = {
  worker: 'of the tests',
  node: 'here',
  pool: DEFAULT_POOL,
  slots: 100_000,
  devices: 100_000,
  memoryBytes: null,
};

export async function startCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  const coordinator = createCoordinator(options);
  const app = await createHttpApp(coordinator.http);
  await app.listen(0, '127.0.0.1');
  coordinator.start();
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    coordinator,
    stop: async () => {
      await app.close();
      await coordinator.stop();
    },
  };
}

/** A coordinator with its own Redis and PostgreSQL for the tests of the surrounding `describe` (or file). */
export function useCoordinator(
  options: Pick<CoordinatorOptions, 'reconcileIntervalMs' | 'reconcileGraceMs'> = {},
): CoordinatorForTests {
  const running: RunningCoordinator[] = [];
  let databaseUrl = '';
  let publisher: ReportPublisher;
  let fleet: WorkerPresence;
  // Hooks run in the order in which they are named: the coordinator ends before what it needs.
  afterAll(async () => {
    await publisher.close(1_000);
    await fleet.close();
    for (const one of running) await one.stop();
  });
  const redis = useRedis();
  const postgres = usePostgres();
  const first = () => {
    const [coordinator] = running;
    if (!coordinator) throw new Error('the coordinator runs from beforeAll to afterAll only');
    return coordinator;
  };
  const optionsNow = (): CoordinatorOptions => ({
    databaseUrl,
    redisUrl: redis.url,
    logger,
    metricsFreshMs: 0,
    ...options,
  });
  const another = async () => {
    const one = await startCoordinator(optionsNow());
    running.push(one);
    await eventually(async () => {
      const { status } = await fetch(`${one.url}/ready`);
      if (status !== 200) throw new Error(`not ready: ${String(status)}`);
    });
    return one;
  };

  beforeAll(async () => {
    databaseUrl = await postgres.createDatabase();
    publisher = new ReportPublisher({ redisUrl: redis.url, log: logger });
    fleet = new WorkerPresence({ redisUrl: redis.url, log: logger }, () => fleetFacts);
    await another();
  });

  return {
    redis,
    postgres,
    another,
    options: optionsNow,
    forgetJobs: async () => {
      const producer = new TrialProducer({ redisUrl: redis.url, log: logger });
      await producer.untilConnected(5_000);
      for (const queue of producer.boardQueues()) await queue.obliterate({ force: true });
      await producer.close();
    },
    get url() {
      return first().url;
    },
    get coordinator() {
      return first().coordinator;
    },
    get: (path) => ask(`${first().url}${path}`),
    post: (path, body, headers) => ask(`${first().url}${path}`, 'POST', body, headers),
    report: async (...reports) => {
      for (const report of reports) publisher.publish(report);
      if (!(await publisher.flush(5_000))) throw new Error('Redis took no reports');
    },
  };
}

async function ask<T>(
  url: string,
  method = 'GET',
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const began = performance.now();
  const isText = typeof body === 'string';
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as T,
    ms: performance.now() - began,
  };
}
