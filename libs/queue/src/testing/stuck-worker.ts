import { setTimeout as sleep } from 'node:timers/promises';
import { consumeTrials } from '../trial-consumer';

// A worker that takes a trial and never ends it, for tests that kill it.
consumeTrials({
  redisUrl: process.env['REDIS_URL'] ?? '',
  log: { warn: (_, message) => process.stderr.write(`${message}\n`) },
  concurrency: 1,
  lockDurationMs: 1_000,
  handlers: {
    train: async ({ data, fence }) => {
      process.stdout.write(`took ${data.trialId} fence ${fence}\n`);
      await sleep(600_000);
      return { type: 'completed' };
    },
  },
});
