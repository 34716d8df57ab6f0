import type { Report } from '@fathom/contracts';
import { REPORT_STREAM } from './keys';
import type { QueueLog } from './log';
import { ReportBuffer } from './report-buffer';
import { StreamPublisher } from './stream-publisher';

export interface ReportPublisherOptions {
  readonly redisUrl: string;
  readonly log: QueueLog;
  /** Reports kept while Redis is away. Default 10,000. */
  readonly maxBuffered?: number;
  /** Entries the stream keeps, roughly; the oldest go first. Default 200,000. */
  readonly maxStreamLength?: number;
}

const MAX_BUFFERED = 10_000;
const MAX_STREAM_LENGTH = 200_000;

/** Puts reports on their stream. */
export class ReportPublisher extends StreamPublisher<Report> {
  constructor({ redisUrl, log, maxBuffered, maxStreamLength }: ReportPublisherOptions) {
    super({
      ...{ redisUrl, log, connectionName: 'fathom-reports', stream: REPORT_STREAM, field: 'report' },
      buffer: new ReportBuffer(maxBuffered ?? MAX_BUFFERED),
      maxStreamLength: maxStreamLength ?? MAX_STREAM_LENGTH,
      outage: 'reports are kept until Redis takes them',
    });
  }
}
