import type { LogChunk } from '@fathom/contracts';
import { BoundedBuffer } from './bounded-buffer';
import { LOG_STREAM } from './keys';
import type { QueueLog } from './log';
import { StreamPublisher } from './stream-publisher';

export interface LogPublisherOptions {
  readonly redisUrl: string;
  readonly log: QueueLog;
}

/** A chunk has at most some ten kilobytes: so much waits here, and in Redis, while nobody takes it. */
const MAX_BUFFERED = 500;
const MAX_STREAM_LENGTH = 2_000;

/** Puts chunks of the logs of trials on their stream; where they cannot go, the oldest are lost. */
export class LogPublisher extends StreamPublisher<LogChunk> {
  constructor(options: LogPublisherOptions) {
    super({
      ...options,
      ...{ connectionName: 'fathom-logs', stream: LOG_STREAM, field: 'chunk' },
      buffer: new BoundedBuffer(MAX_BUFFERED, () => 0),
      maxStreamLength: MAX_STREAM_LENGTH,
      outage: 'logs of trials are kept until Redis takes them',
    });
  }
}
