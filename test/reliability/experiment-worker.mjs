// A worker whose trainings are a wait and a line in a file for each epoch. As with a real one, what it has trained
// survives it: the file is its checkpoint.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { consumeTrials, ControlChannel, ReportPublisher } from '@fathom/queue';

const { dir, epochMs, lockMs } = JSON.parse(process.argv[2]);
const redisUrl = process.env.REDIS_URL;
const log = { warn: (...what) => console.error(...what), info: () => undefined, debug: () => undefined };
const reports = new ReportPublisher({ redisUrl, log });
const control = new ControlChannel({ redisUrl, log });
const running = new Map();

/** Made up, and the same for the same trial: the first is the best at every epoch, the ninth and later the worst. */
const worthOf = (trialNumber) => Math.min(0.9, 0.1 * trialNumber);

function metricsOf({ trialNumber, config }, epoch) {
  const error = worthOf(trialNumber) + 0.01 / epoch;
  return {
    ...{ epoch, step: 20 * epoch, trainLoss: error, trainError: error, validationLoss: 2 * error },
    ...{ validationError: error, learningRate: config.learningRate, seconds: 1, imagesPerSecond: 1_000 },
    ...{ trainSeconds: epoch, parameters: 10_000 },
  };
}

async function train({ data: job, fence, signal }) {
  const { sweepId, trialId, segment, config } = job;
  const file = join(dir, `${sweepId}-${job.trialNumber}`);
  const lastEpoch = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);
  const attempt = { sweepId, trialId, attemptId: randomUUID(), fence, segment };
  const say = (type, more) => reports.publish({ type, ...attempt, at: new Date().toISOString(), ...more });
  const stop = new AbortController();
  running.set(trialId, stop);
  signal.addEventListener('abort', () => stop.abort());
  const hasEnded = () => control.orderFor(sweepId, trialId).catch(() => undefined);
  try {
    say('attemptStarted', { workerId: 'experiment', device: 'none' });
    // The attempt before may have trained an epoch that it could not report any more.
    if (lastEpoch() > 0) say('epochReported', { metrics: metricsOf(job, lastEpoch()) });
    while (lastEpoch() < config.epochs && !stop.signal.aborted && !(await hasEnded())) {
      await sleep(epochMs, undefined, { signal: stop.signal });
      appendFileSync(file, `${fence}\n`);
      say('epochReported', { metrics: metricsOf(job, lastEpoch()) });
    }
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
  } finally {
    running.delete(trialId);
  }
  if (signal.aborted) return { type: 'failed', message: 'the job went to another worker' };
  if (lastEpoch() < config.epochs) say('attemptStopped');
  else
    say('attemptCompleted', {
      metrics: { ...metricsOf(job, config.epochs), testLoss: 1, testError: worthOf(job.trialNumber) },
    });
  await reports.flush(60_000);
  return { type: 'completed' };
}

control.subscribeControl({
  onMessage: (message) => {
    if (message.type === 'stopTrial') running.get(message.trialId)?.abort();
  },
});
const consumer = consumeTrials({
  redisUrl,
  log,
  handlers: { train },
  concurrency: 1,
  lockDurationMs: lockMs,
});
await consumer.ready;
process.stdout.write('ready\n');
process.once('SIGTERM', () => process.exit(0));
