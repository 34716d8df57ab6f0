import { join } from 'node:path';
import { drizzle, type NodePgDatabase, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import { Client, Pool, type ClientConfig, type PoolClient } from 'pg';
import * as schema from './schema';

/** The whole database or one transaction on it. */
export type Database = PgDatabase<NodePgQueryResultHKT, typeof schema>;
export type RootDatabase = NodePgDatabase<typeof schema>;

export interface PoolOptions {
  readonly url: string;
  readonly maxConnections: number;
  /** Longest wait for a connection. */
  readonly connectTimeoutMs: number;
  /** Longest a single statement may take. */
  readonly statementTimeoutMs: number;
  /** Told of connections that broke; the pool replaces them by itself. */
  readonly onConnectionError: (error: Error) => void;
}

export function openPool(options: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: options.url,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    // The server enforces the statement timeout; this one covers a server that does not answer at all.
    query_timeout: options.statementTimeoutMs + 1_000,
    idle_in_transaction_session_timeout: options.statementTimeoutMs * 2,
    keepAlive: true,
    application_name: 'fathom',
  });
  // A connection that breaks emits 'error', idle or in use; without a listener that would end the process.
  pool.on('error', options.onConnectionError);
  pool.on('connect', (client) => client.on('error', options.onConnectionError));
  return pool;
}

export const openDatabase = (pool: Pool): RootDatabase => drizzle(pool, { schema });

/** The database over one connection. */
export const openSession = (client: PoolClient): RootDatabase => drizzle(client, { schema });

// Any constant; it only has to differ from other locks in the same database.
const MIGRATION_LOCK = 4_207_001;

/** Brings the schema up to date. Any number of processes may do this at once; one works, the others wait. */
export async function migrateDatabase(config: ClientConfig): Promise<void> {
  const client = new Client(config);
  // Reported by the rejected query; a listener keeps it from ending the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migrate(drizzle(client), { migrationsFolder: join(__dirname, '..', 'migrations') });
  } finally {
    await client.end();
  }
}
