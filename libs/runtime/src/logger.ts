import pino, { type DestinationStream, type Logger } from 'pino';
import { z } from 'zod';
import { Secrets } from './secrets';

export type { Logger } from 'pino';

export const logLevelSchema = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);
export type LogLevel = z.infer<typeof logLevelSchema>;

export interface LoggerOptions {
  /** Name of the program, on every line. */
  readonly name: string;
  /** Default: FATHOM_LOG_LEVEL where that is a level, otherwise info. */
  readonly level?: LogLevel;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
  /** What must not get into the log. Default: the passwords of URLs. */
  readonly secrets?: Secrets;
}

/**
 * One JSON object a line: ISO time, level by name, program, process id, message; errors with type and stack. Secrets are
 * taken out of the finished line, so that it does not matter in which field of which library's error they stood.
 */
export function createLogger(options: LoggerOptions): Logger {
  const level = options.level ?? logLevelSchema.catch('info').parse(process.env['FATHOM_LOG_LEVEL']);
  const settings = {
    name: options.name,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
  };
  const { destination = pino.destination(1), secrets = new Secrets() } = options;
  return pino(settings, {
    write: (line: string) => {
      destination.write(secrets.redact(line));
    },
  });
}
