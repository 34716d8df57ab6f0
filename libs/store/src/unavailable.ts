// PostgreSQL error classes (documentation, appendix A): 08 connection, 53 resources, 57P shutdown and start-up;
// 57014 is a statement that ran into its timeout.
const unavailableStates = /^(08...|53...|57P0.|57014|25P03|3D000)$/;
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

/** Whether the error says that PostgreSQL cannot be reached or cannot answer now: trying later can help. */
export function isStoreUnavailable(error: unknown): boolean {
  // Not instanceof: errors of Node's own modules may come from another realm.
  if (typeof error !== 'object' || error === null) return false;
  if (error instanceof StoreNotReadyError) return true;
  const { message, code, errors, cause } = error as Record<string, unknown>;
  if (typeof message === 'string' && driverMessages.test(message)) return true;
  if (typeof code === 'string' && (socketCodes.has(code) || unavailableStates.test(code))) return true;
  // A host with several addresses fails once for each.
  if (Array.isArray(errors) && errors.some(isStoreUnavailable)) return true;
  return isStoreUnavailable(cause);
}
