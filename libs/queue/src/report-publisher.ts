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
  /** Reports that nobody has taken, roughly, from which on steps are no longer sent. Default 200,000. */
  readonly maxStreamLength?: number;
}

const MAX_BUFFERED = 10_000;
const MAX_STREAM_LENGTH = 200_000;

/**
 * Puts reports on their stream, where they stay until they are taken. While that is not done steps are given up in the end,
 * never an epoch or an end: those are few, and bounded by the memory of a Redis that then takes nothing.
 */
export class ReportPublisher extends StreamPublisher<Report> {
  constructor({ redisUrl, log, maxBuffered, maxStreamLength }: ReportPublisherOptions) {
    super({
      ...{ redisUrl, log, connectionName: 'fathom-reports', stream: REPORT_STREAM, field: 'report' },
      buffer: new ReportBuffer(maxBuffered ?? MAX_BUFFERED),
      maxStreamLength: maxStreamLength ?? MAX_STREAM_LENGTH,
      isDispensable: ({ type }) => type === 'stepReported',
      outage: 'reports are kept until Redis takes them',
    });
  }
}
