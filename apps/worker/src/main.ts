import { ownVariables } from '@fathom/contracts';
import { createLogger, installShutdown, runProgram, startTracer, type Secrets } from '@fathom/runtime';
import { environmentSchema, type Environment } from './environment';
import { startWorker, stopDeadlineMs } from './worker';

async function main(env: Environment, secrets: Secrets): Promise<void> {
  const logger = createLogger({ name: 'worker', level: env.FATHOM_LOG_LEVEL, secrets });
  const shutdown = installShutdown({ logger, deadlineMs: stopDeadlineMs(env) });
  const tracer = startTracer({
    service: 'fathom-worker',
    instance: env.FATHOM_WORKER_ID,
    settings: env,
    secrets,
    logger,
  });
  shutdown.add('traces', () => tracer.close());
  const worker = await startWorker(env, logger, secrets, tracer);
  shutdown.add('worker', () => worker.stop());
  logger.info(
    {
      workerId: env.FATHOM_WORKER_ID,
      slots: worker.slots,
      threads: worker.threads,
      metrics: `http://${env.FATHOM_METRICS_HOST}:${String(worker.metricsPort)}/metrics`,
    },
    'the worker has started',
  );
  await worker.ready;
  logger.info('the worker takes trials');
}

runProgram(environmentSchema, process.env, ownVariables, main);
