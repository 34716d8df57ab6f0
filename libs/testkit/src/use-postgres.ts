import { randomBytes } from 'node:crypto';
import { startPostgres, type RunningPostgres } from '@fathom/services';
// eslint-disable-next-line no-restricted-imports -- CREATE DATABASE comes before there is a schema, so before libs/store
import { Client } from 'pg';
import { makeTempDir, removeTempDir, started } from './temp-dir';

export interface PostgresForTests {
  /** The server's own database, the same after stop() and start(). */
  readonly url: string;
  /** Makes a new empty database and answers its URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
  /** Starts it again on the same port, with what it held. */
  start(): Promise<void>;
}

/** A PostgreSQL that belongs to the tests of the surrounding `describe` (or file) alone. */
export function usePostgres(): PostgresForTests {
  let dir: string | undefined;
  let running: RunningPostgres | undefined;
  const start = async () => {
    const port = running === undefined ? {} : { port: running.port };
    running = await startPostgres({ dir: started('PostgreSQL', dir), fast: true, ...port });
  };
  beforeAll(async () => {
    dir = makeTempDir();
    await start();
  });
  afterAll(async () => {
    await running?.stop();
    if (dir !== undefined) removeTempDir(dir);
  });
  return {
    get url() {
      return started('PostgreSQL', running).url;
    },
    createDatabase: () => createDatabase(started('PostgreSQL', running).url),
    stop: () => started('PostgreSQL', running).stop(),
    start,
  };
}

/** Makes a new empty database on the server at `serverUrl` and answers its URL. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
