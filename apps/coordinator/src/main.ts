import 'reflect-metadata';
import { hostname } from 'node:os';
import { ownVariables } from '@fathom/contracts';
import { redisUrlOf } from '@fathom/queue';
import { createLogger, installShutdown, runProgram, startTracer, type Secrets } from '@fathom/runtime';
import { databaseUrlOf } from '@fathom/store';
import { createCoordinator } from './coordinator';
import { environmentSchema, type Environment } from './environment';
import { createHttpApp, createPagesApp } from './http/http-app';
import { placesOf } from './http/pages';

async function main(env: Environment, secrets: Secrets): Promise<void> {
  const logger = createLogger({ name: 'coordinator', level: env.FATHOM_LOG_LEVEL, secrets });
  const shutdown = installShutdown({ logger });
  const tracer = startTracer({
    service: 'fathom-coordinator',
    instance: `${hostname()}-${String(process.pid)}`,
    settings: env,
    secrets,
    logger,
  });
  shutdown.add('traces', () => tracer.close());
  const coordinator = createCoordinator({
    databaseUrl: databaseUrlOf(env),
    pool: {
      maxConnections: env.FATHOM_DATABASE_CONNECTIONS,
      connectTimeoutMs: env.FATHOM_DATABASE_CONNECT_SECONDS * 1000,
      statementTimeoutMs: env.FATHOM_DATABASE_STATEMENT_SECONDS * 1000,
    },
    redisUrl: redisUrlOf(env),
    logger,
    isBoardReadOnly: env.FATHOM_BOARD !== 'read-write',
    logDays: env.FATHOM_TRIAL_LOG_DAYS,
    tracer,
  });
  await coordinator.checkRedis();
  const places = placesOf(env);
  const app = await createHttpApp(coordinator.http, places.besideApi);
  shutdown.add('coordinator', () => coordinator.stop());
  shutdown.add('http', () => app.close());
  for (const [port, pages] of places.apart) {
    const apart = await createPagesApp(coordinator.http, pages, app);
    shutdown.add('pages', () => apart.close());
    await apart.listen(port, env.FATHOM_ADMIN_HOST ?? env.FATHOM_HOST);
    logger.info({ url: await apart.getUrl(), pages: [...pages] }, 'pages are served apart from the API');
  }
  await app.listen(env.PORT, env.FATHOM_HOST);
  coordinator.start();
  logger.info({ url: await app.getUrl() }, 'the coordinator is listening');
}

runProgram(environmentSchema, process.env, ownVariables, main);
