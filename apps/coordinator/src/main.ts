import 'reflect-metadata';
import { createLogger, EnvError, installShutdown, parseEnv } from '@fathom/runtime';
import { createCoordinator } from './coordinator';
import { environmentSchema } from './environment';
import { createHttpApp } from './http/http-app';

async function main(): Promise<void> {
  const env = parseEnv(environmentSchema, process.env);
  const logger = createLogger({ name: 'coordinator', level: env.FATHOM_LOG_LEVEL });
  const shutdown = installShutdown({ logger });
  const coordinator = createCoordinator({ databaseUrl: env.DATABASE_URL, redisUrl: env.REDIS_URL, logger });
  const app = await createHttpApp(coordinator.http);
  shutdown.add('coordinator', () => coordinator.stop());
  shutdown.add('http', () => app.close());
  await app.listen(env.PORT, env.FATHOM_HOST);
  coordinator.start();
  logger.info({ url: await app.getUrl() }, 'the coordinator is listening');
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof EnvError || !(error instanceof Error) ? String(error) : (error.stack ?? error.message)}\n`,
  );
  process.exit(1);
});
