import { join } from 'node:path';
import {
  eventually,
  makeCertificates,
  startTlsPostgres,
  useTempDir,
  type TestCertificates,
} from '@fathom/testkit';
import { databaseUrlOf } from './database-environment';
import { Store } from './store';

describe('a store over TLS', () => {
  const temp = useTempDir();
  let certificates: TestCertificates;
  let url: string;
  let stop: () => Promise<void>;
  const errorOf = async (databaseUrl: string): Promise<string> => {
    const store = new Store({
      url: databaseUrl,
      onConnectionError: () => undefined,
      connectTimeoutMs: 3_000,
    });
    try {
      await store.migrate();
      await store.ping();
      return '';
    } catch (error) {
      return String(error);
    } finally {
      await store.close();
    }
  };
  const login = () => ({
    FATHOM_DATABASE_CERT: certificates.client.cert,
    FATHOM_DATABASE_KEY: certificates.client.key,
  });

  beforeAll(async () => {
    certificates = makeCertificates(join(temp.path, 'certificates'));
    const server = await startTlsPostgres(join(temp.path, 'postgres'), certificates);
    ({ url } = server);
    stop = () => server.stop();
    // The server reads its settings again in a moment.
    await eventually(async () => expect(await errorOf(url)).not.toBe(''));
  });
  afterAll(() => stop());

  it('is had with the authority and our certificate', async () => {
    expect(
      await errorOf(databaseUrlOf({ DATABASE_URL: url, FATHOM_DATABASE_CA: certificates.ca, ...login() })),
    ).toBe('');
  });

  it.each([
    ['without TLS', () => ({ DATABASE_URL: url }), /no pg_hba.conf entry .*no encryption/],
    [
      'without our certificate',
      () => ({ DATABASE_URL: url, FATHOM_DATABASE_CA: certificates.ca }),
      /certificate/,
    ],
    ['without the authority', () => ({ DATABASE_URL: url, ...login() }), /self-signed certificate|unable to/],
  ])('is not had %s', async (_what, env, reason) => {
    expect(await errorOf(databaseUrlOf(env()))).toMatch(reason);
  });
});
