import { logChunkSchema, type LogChunk } from '@fathom/contracts';
import { LOG_GROUP, LOG_STREAM } from './keys';
import { StreamConsumer, type StreamConsumerOptions } from './stream-consumer';

export interface LogConsumerOptions extends Pick<
  StreamConsumerOptions<LogChunk>,
  'redisUrl' | 'log' | 'consumerName'
> {
  /** May get the same chunk twice. A rejection means "not now". */
  readonly onChunks: (chunks: LogChunk[]) => Promise<void>;
}

/** A chunk has up to some ten kilobytes. */
const BATCH_SIZE = 50;

/** Takes chunks of the logs of trials off their stream. */
export class LogConsumer extends StreamConsumer<LogChunk> {
  constructor({ onChunks, ...options }: LogConsumerOptions) {
    super({
      ...options,
      ...{ connectionName: 'fathom-log-intake', stream: LOG_STREAM, group: LOG_GROUP, batchSize: BATCH_SIZE },
      shape: { field: 'chunk', schema: logChunkSchema },
      removesDone: true,
      outage: 'intake of the logs of trials',
      onEntries: onChunks,
    });
  }
}
