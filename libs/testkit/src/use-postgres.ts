import { randomBytes } from 'node:crypto';
import { startPostgres } from '@fathom/services';
// eslint-disable-next-line no-restricted-imports -- CREATE DATABASE comes before there is a schema, so before libs/store
import { Client } from 'pg';
import { useService, type ServiceForTests } from './use-service';

export interface PostgresForTests extends ServiceForTests {
  /** Makes a new empty database and answers its URL. */
  createDatabase(): Promise<string>;
}

/** A PostgreSQL that belongs to the tests of the surrounding `describe` (or file) alone. */
export function usePostgres(): PostgresForTests {
  const service = useService('PostgreSQL', (options) => startPostgres({ ...options, fast: true }));
  // Added to it and not copied from it: `url` and `port` are read when they are asked for.
  return Object.assign(service, { createDatabase: () => createDatabase(service.url) });
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
