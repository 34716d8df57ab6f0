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
  if (!(error instanceof Error)) return false;
  if (error instanceof StoreNotReadyError || driverMessages.test(error.message)) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (socketCodes.has(code) || unavailableStates.test(code)) return true;
  if (error instanceof AggregateError && error.errors.some(isStoreUnavailable)) return true;
  return isStoreUnavailable(error.cause);
}
