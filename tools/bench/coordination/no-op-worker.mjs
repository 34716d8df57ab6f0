// A worker of `npm run bench:coordination` that trains nothing: each trial reports its epochs at once and ends.
import { randomUUID } from 'node:crypto';
import { ReportPublisher, consumeTrials } from '@fathom/queue';
import { epochReport, finalMetrics } from './reports.mjs';

const { redisUrl, slots } = JSON.parse(process.argv[2]);
const log = { warn: (...what) => console.error(...what), info: () => undefined, debug: () => undefined };
const reports = new ReportPublisher({ redisUrl, log, maxBuffered: 100_000 });

function train({ data: job, fence }) {
  const { sweepId, trialId, segment, untilEpoch, config } = job;
  const attempt = { sweepId, trialId, attemptId: randomUUID(), fence, segment };
  const now = () => new Date().toISOString();
  reports.publish({ type: 'attemptStarted', ...attempt, at: now(), workerId: 'no-op', device: 'none' });
  const last = untilEpoch ?? config.epochs;
  for (let epoch = 1; epoch <= last; epoch++) reports.publish(epochReport(attempt, config, epoch));
  const metrics = { ...finalMetrics(config, last) };
  if (untilEpoch === undefined) reports.publish({ type: 'attemptCompleted', ...attempt, at: now(), metrics });
  else reports.publish({ ...epochReport(attempt, config, last), type: 'attemptPaused' });
  return Promise.resolve({ type: 'completed' });
}

const consumer = consumeTrials({
  redisUrl,
  log,
  handlers: { train },
  concurrency: slots,
  workerName: 'no-op',
});
await consumer.ready;
process.stdout.write('ready\n');
process.once('SIGTERM', () => {
  void consumer
    .drain({ timeoutMs: 5_000 })
    .then(() => reports.close(5_000))
    .then(() => process.exit(0));
});
