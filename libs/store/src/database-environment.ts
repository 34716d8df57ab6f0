import { accessSync, constants } from 'node:fs';
import { z } from 'zod';

/** A database URL that cannot be used, or a file of it; the message holds no part of the URL, it may have a password. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError';
}

const seconds = z.coerce.number().positive();

/** Environment variables of a connection to PostgreSQL, beside DATABASE_URL. */
export const databaseVariables = {
  FATHOM_DATABASE_CA: z
    .string()
    .optional()
    .describe(
      'PEM file of the authority that signed the certificate of PostgreSQL; with it TLS is used and the certificate checked. Default: TLS as `sslmode` of the URL says, with the authorities Node knows.',
    ),
  FATHOM_DATABASE_CERT: z
    .string()
    .optional()
    .describe('PEM file of our certificate, where PostgreSQL asks for one.'),
  FATHOM_DATABASE_KEY: z.string().optional().describe('PEM file of its key.'),
  FATHOM_DATABASE_CONNECTIONS: z.coerce
    .number()
    .int()
    .min(2)
    .max(1_000)
    .default(10)
    .describe('Connections at once, at most; a few more are for the leadership and for health.'),
  FATHOM_DATABASE_CONNECT_SECONDS: seconds.default(5).describe('Longest wait for a connection.'),
  FATHOM_DATABASE_STATEMENT_SECONDS: seconds.default(30).describe('Longest that one statement may take.'),
};

type Certificates = 'FATHOM_DATABASE_CA' | 'FATHOM_DATABASE_CERT' | 'FATHOM_DATABASE_KEY';
type DatabaseEnvironment = { readonly DATABASE_URL: string } & Readonly<
  Partial<Record<Certificates, string | undefined>>
>;

/** What libpq would check less of, we check in full; no-verify is for whoever wants just that. */
const CHECKED = new Set(['prefer', 'require', 'verify-ca']);
const MODES = ['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'];

/**
 * All that there is to know for a connection, as one URL.
 *
 * @throws DatabaseUrlError
 */
export function databaseUrlOf(env: DatabaseEnvironment): string {
  const { FATHOM_DATABASE_CA: ca, FATHOM_DATABASE_CERT: cert, FATHOM_DATABASE_KEY: key } = env;
  const url = new URL(env.DATABASE_URL);
  const parameters = url.searchParams;
  const mode = parameters.get('sslmode');
  if (mode !== null && !MODES.includes(mode))
    throw new DatabaseUrlError(`DATABASE_URL: given is another sslmode, allowed are ${MODES.join(', ')}`);
  if ((cert === undefined) !== (key === undefined))
    throw new DatabaseUrlError(
      'a client certificate for PostgreSQL needs both: FATHOM_DATABASE_CERT and FATHOM_DATABASE_KEY',
    );
  for (const [name, file, parameter] of [
    ['FATHOM_DATABASE_CA', ca, 'sslrootcert'],
    ['FATHOM_DATABASE_CERT', cert, 'sslcert'],
    ['FATHOM_DATABASE_KEY', key, 'sslkey'],
  ] as const) {
    if (file === undefined) continue;
    parameters.set(parameter, readable(name, file));
  }
  const usesTls = ca !== undefined || cert !== undefined;
  if (usesTls && mode === 'disable')
    throw new DatabaseUrlError(
      'DATABASE_URL says sslmode=disable, and the other variables name certificates',
    );
  if ((mode === null && usesTls) || (mode !== null && CHECKED.has(mode)))
    parameters.set('sslmode', 'verify-full');
  return url.href;
}

function readable(name: string, file: string): string {
  try {
    accessSync(file, constants.R_OK);
    return file;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatabaseUrlError(`${name} cannot be read: ${reason}`, { cause: error });
  }
}
