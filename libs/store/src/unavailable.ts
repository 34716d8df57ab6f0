import { DrizzleQueryError } from 'drizzle-orm';

// PostgreSQL error classes (documentation, appendix A): 08 connection, 28 who may connect, 53 resources, 57 an operator or a
// timeout stepped in, 58 its system; 25006 is a server that takes no writes, 25P03 a session that was idle for too long.
const unavailableStates = /^(08...|28...|53...|57...|58...|25006|25P03|3D000)$/;
const sqlState = /^(?=.*\d)[0-9A-Z]{5}$/;
const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);
// The pg driver gives these no code.
const driverMessages =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|not queryable|has encountered a connection error/;

/** Thrown while the schema is not yet known to be up to date. */
export class StoreNotReadyError extends Error {
  override readonly name = 'StoreNotReadyError';
}

/** There is no connection to be had; the cause says why. */
export class StoreUnreachableError extends Error {
  override readonly name = 'StoreUnreachableError';

  constructor(cause: unknown) {
    super(`no connection to PostgreSQL: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Whether the error says that PostgreSQL cannot be reached or cannot answer now: trying later can help. */
export function isStoreUnavailable(error: unknown): boolean {
  // Not instanceof: errors of Node's own modules may come from another realm.
  if (typeof error !== 'object' || error === null) return false;
  if (error instanceof StoreNotReadyError || error instanceof StoreUnreachableError) return true;
  const { message, code, errors, cause } = error as Record<string, unknown>;
  // Its own message has the values of the statement, which may say anything.
  if (error instanceof DrizzleQueryError) return isStoreUnavailable(cause) || isOfTheDriver(cause);
  if (typeof message === 'string' && driverMessages.test(message)) return true;
  if (typeof code === 'string' && (socketCodes.has(code) || unavailableStates.test(code))) return true;
  // A host with several addresses fails once for each.
  if (Array.isArray(errors) && errors.some(isStoreUnavailable)) return true;
  return isStoreUnavailable(cause);
}

/** What PostgreSQL itself said of a statement, as SQLSTATE; undefined: nothing. */
export function stateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause } = error as Record<string, unknown>;
  return typeof code === 'string' && sqlState.test(code) ? code : stateOf(cause);
}

/** A statement failed without a word of the server, as where TLS does; unless its values could not even be written down. */
function isOfTheDriver(cause: unknown): boolean {
  const { name } = (cause ?? {}) as Record<string, unknown>;
  return stateOf(cause) === undefined && name !== 'TypeError' && name !== 'RangeError';
}
