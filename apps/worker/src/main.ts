import { createLogger, EnvError, installShutdown, parseEnv } from '@fathom/runtime';
import { environmentSchema } from './environment';
import { startWorker, stopDeadlineMs } from './worker';

async function main(): Promise<void> {
  const env = parseEnv(environmentSchema, process.env);
  const logger = createLogger({ name: 'worker', level: env.FATHOM_LOG_LEVEL });
  const shutdown = installShutdown({ logger, deadlineMs: stopDeadlineMs(env) });
  const worker = await startWorker(env, logger);
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

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof EnvError || !(error instanceof Error) ? String(error) : (error.stack ?? error.message)}\n`,
  );
  process.exit(1);
});
