import type { PgTransactionConfig } from 'drizzle-orm/pg-core';
import type { Pool } from 'pg';
import { migrateDatabase, openDatabase, openPool, openSession, type Database } from './database';
import { AnalysisRepository } from './repositories/analysis-repository';
import { AttemptRepository } from './repositories/attempt-repository';
import { DispatchRepository } from './repositories/dispatch-repository';
import { EventRepository } from './repositories/event-repository';
import { FailureRepository } from './repositories/failure-repository';
import { IdempotencyRepository } from './repositories/idempotency-repository';
import { MetricRepository } from './repositories/metric-repository';
import { MonitoringRepository } from './repositories/monitoring-repository';
import { OutboxRepository } from './repositories/outbox-repository';
import { PreemptionRepository } from './repositories/preemption-repository';
import { SearchRepository } from './repositories/search-repository';
import { SweepRepository } from './repositories/sweep-repository';
import { TrialLogRepository } from './repositories/trial-log-repository';
import { TrialRepository } from './repositories/trial-repository';
import { StoreNotReadyError, StoreUnreachableError } from './unavailable';

/** The repositories over one connection or one transaction. */
export class Repositories {
  readonly sweeps: SweepRepository;
  readonly trials: TrialRepository;
  readonly attempts: AttemptRepository;
  readonly metrics: MetricRepository;
  readonly logs: TrialLogRepository;
  readonly dispatch: DispatchRepository;
  readonly events: EventRepository;
  readonly outbox: OutboxRepository;
  readonly preemption: PreemptionRepository;
  readonly search: SearchRepository;
  readonly idempotency: IdempotencyRepository;
  readonly analysis: AnalysisRepository;
  readonly failures: FailureRepository;
  readonly monitoring: MonitoringRepository;

  constructor(protected readonly db: Database) {
    this.sweeps = new SweepRepository(db);
    this.trials = new TrialRepository(db);
    this.attempts = new AttemptRepository(db);
    this.metrics = new MetricRepository(db);
    this.logs = new TrialLogRepository(db);
    this.dispatch = new DispatchRepository(db);
    this.events = new EventRepository(db);
    this.outbox = new OutboxRepository(db);
    this.preemption = new PreemptionRepository(db);
    this.search = new SearchRepository(db);
    this.idempotency = new IdempotencyRepository(db);
    this.analysis = new AnalysisRepository(db);
    this.failures = new FailureRepository(db);
    this.monitoring = new MonitoringRepository(db);
  }
}

export interface StoreOptions {
  readonly url: string;
  /** Default 10. */
  readonly maxConnections?: number;
  /** Longest wait for a connection. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Longest that one statement may take. Default 30,000. */
  readonly statementTimeoutMs?: number;
  readonly onConnectionError: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const PING_TIMEOUT_MS = 700;

/** PostgreSQL behind narrow repositories. Connects on first use; a server that went away is found again. */
export class Store extends Repositories {
  private readonly pool: Pool;
  // Apart from the main pool, so that the ping answers while that one is busy or stuck.
  private readonly pingPool: Pool;
  private isMigrated = false;

  constructor(private readonly options: StoreOptions) {
    const { url, onConnectionError } = options;
    const pool = openPool({
      url,
      onConnectionError,
      maxConnections: options.maxConnections ?? 10,
      connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      statementTimeoutMs: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    });
    super(openDatabase(pool));
    this.pool = pool;
    this.pingPool = openPool({
      url,
      onConnectionError,
      maxConnections: 1,
      connectTimeoutMs: PING_TIMEOUT_MS,
      statementTimeoutMs: PING_TIMEOUT_MS,
    });
  }

  /** Brings the schema up to date; until that was done once, {@link ping} rejects. */
  async migrate(): Promise<void> {
    await migrateDatabase({
      connectionString: this.options.url,
      connectionTimeoutMillis: this.options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    });
    this.isMigrated = true;
  }

  /** Resolves when PostgreSQL answers and the schema is up to date; rejects within about a second otherwise. */
  async ping(): Promise<void> {
    if (!this.isMigrated) throw new StoreNotReadyError('the schema of the database is not up to date yet');
    const query = { text: 'select 1', query_timeout: PING_TIMEOUT_MS };
    await this.pingPool.query(query);
  }

  /** Runs `work` in one transaction; it is rolled back when `work` throws. */
  transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    return this.transact(work);
  }

  private async transact<T>(
    work: (repositories: Repositories) => Promise<T>,
    config?: PgTransactionConfig,
  ): Promise<T> {
    // Drizzle's own transaction on a pool never gives the connection back when it breaks at `begin`; after as many
    // outages as there are connections none would be left.
    const client = await this.pool.connect().catch((error: unknown) => {
      throw new StoreUnreachableError(error);
    });
    let hasFailed = true;
    try {
      const result = await openSession(client).transaction((tx) => work(new Repositories(tx)), config);
      hasFailed = false;
      return result;
    } finally {
      // Whatever state a failed transaction left the connection in, it is not used again.
      client.release(hasFailed);
    }
  }

  /** Shows `work` the database as it is now, whatever changes meanwhile. */
  snapshot<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    return this.transact(work, { isolationLevel: 'repeatable read', accessMode: 'read only' });
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.end(), this.pingPool.end()]);
  }
}
