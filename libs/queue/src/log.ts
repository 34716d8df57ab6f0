/** The part of a logger that this library needs; a pino logger fits. */
export interface QueueLog {
  warn(context: object, message: string): void;
}

const REPEAT_AFTER_MS = 30_000;

/**
 * A listener for `error` events. While Redis is away each connection reports the same error at every attempt to
 * reconnect; it is logged once in 30 seconds.
 */
export function errorListener(log: QueueLog, what: string): (error: Error) => void {
  const lastLogged = new Map<string, number>();
  return (error) => {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
    if (performance.now() - (lastLogged.get(code) ?? -Infinity) < REPEAT_AFTER_MS) return;
    lastLogged.set(code, performance.now());
    log.warn({ error }, `${what}: ${error.message === '' ? code : error.message}`);
  };
}
