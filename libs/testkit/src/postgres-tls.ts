import { chownSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres, type RunningPostgres } from '@fathom/services';
// eslint-disable-next-line no-restricted-imports -- settings of the server, not of our database
import { Client } from 'pg';
import type { TestCertificates } from './redis-servers';

/**
 * A PostgreSQL that takes connections over TLS only, from clients with a certificate of the same authority.
 *
 * @param dir empty
 */
export async function startTlsPostgres(
  dir: string,
  certificates: TestCertificates,
): Promise<RunningPostgres> {
  const server = await startPostgres({ dir, fast: true });
  const data = join(dir, 'data');
  const { uid, gid } = statSync(data);
  for (const [from, to] of [
    [certificates.ca, 'ca.crt'],
    [certificates.server.cert, 'server.crt'],
    [certificates.server.key, 'server.key'],
  ] as const) {
    copyFileSync(from, join(data, to));
    chownSync(join(data, to), uid, gid);
  }
  const rules = join(data, 'pg_hba.conf');
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    for (const [name, value] of [
      ['ssl_ca_file', 'ca.crt'],
      ['ssl', 'on'],
    ] as const)
      await client.query(`alter system set ${name} = '${value}'`);
    const before = readFileSync(rules, 'utf8').replace(/^[^#]/gm, '#$&');
    writeFileSync(rules, `${before}\nhostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n`);
    await client.query('select pg_reload_conf()');
  } finally {
    await client.end();
  }
  return server;
}
