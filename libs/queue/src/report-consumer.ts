import { reportSchema, type Report } from '@fathom/contracts';
import { DEAD_REPORT_STREAM, REPORT_GROUP, REPORT_STREAM } from './keys';
import { StreamConsumer, type StreamConsumerOptions } from './stream-consumer';

type Common = Pick<
  StreamConsumerOptions<Report>,
  'redisUrl' | 'log' | 'consumerName' | 'onDead' | 'batchSize' | 'claimIntervalMs'
>;

export interface ReportConsumerOptions extends Common {
  /**
   * Must have the effect of one call where it is called twice with the same report. A rejection means "not now": the
   * same reports come again after a second.
   */
  readonly onReports: (reports: Report[]) => Promise<void>;
}

/** Takes reports off their stream; entries that are no reports go to the stream fathom:reports:dead. */
export class ReportConsumer extends StreamConsumer<Report> {
  constructor({ onReports, ...options }: ReportConsumerOptions) {
    super({
      ...options,
      ...{ connectionName: 'fathom-report-intake', stream: REPORT_STREAM, deadStream: DEAD_REPORT_STREAM },
      group: REPORT_GROUP,
      shape: { field: 'report', schema: reportSchema },
      removesDone: true,
      outage: 'report intake',
      onEntries: onReports,
    });
  }
}
