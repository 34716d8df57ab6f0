import { constants } from 'node:os';
import type { Logger } from 'pino';

export interface ShutdownOptions {
  readonly logger: Logger;
  /** All handlers together may take this long. Default 30,000. */
  readonly deadlineMs?: number;
}

export interface Shutdown {
  /** Adds a step. Steps run one after the other, the last added first. */
  add(name: string, handler: () => unknown): void;
  /** Runs the steps once and ends the process; later calls change nothing. */
  begin(reason: string, exitCode: number): void;
}

type Signal = 'SIGTERM' | 'SIGINT';

/** In order; a step failed, the deadline passed or an error was caught by nobody. */
export const exitCodes = { success: 0, failure: 1 } as const;

const DEADLINE_MS = 30_000;

/**
 * Ends this process in order: on SIGTERM or SIGINT with exit code 0, on an error that nobody caught with 1. A second
 * signal ends it at once with 128 + the signal's number, as if it had not been handled.
 */
export function installShutdown(options: ShutdownOptions): Shutdown {
  const { logger, deadlineMs = DEADLINE_MS } = options;
  const steps: { name: string; handler: () => unknown }[] = [];
  let begun = false;

  async function runSteps(): Promise<boolean> {
    let succeeded = true;
    for (const { name, handler } of steps.toReversed())
      try {
        await handler();
        logger.debug({ step: name }, 'shutdown step done');
      } catch (error) {
        succeeded = false;
        logger.error({ step: name, error }, 'shutdown step failed');
      }
    return succeeded;
  }

  function begin(reason: string, exitCode: number): void {
    if (begun) return;
    begun = true;
    logger.info({ reason }, 'shutting down');
    setTimeout(() => {
      logger.error({ deadlineMs }, 'shutdown took too long');
      process.exit(exitCodes.failure);
    }, deadlineMs);
    void runSteps().then((succeeded) => process.exit(succeeded ? exitCode : exitCodes.failure));
  }

  function onSignal(signal: Signal): void {
    if (begun) process.exit(128 + constants.signals[signal]);
    begin(signal, exitCodes.success);
  }

  function onFatal(error: unknown): void {
    logger.fatal({ error }, 'an error that nobody caught');
    begin('fatal error', exitCodes.failure);
  }

  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', onFatal);
  process.on('unhandledRejection', onFatal);
  return { add: (name, handler) => void steps.push({ name, handler }), begin };
}
