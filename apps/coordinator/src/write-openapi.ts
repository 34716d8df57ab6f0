import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@fathom/runtime';
import { createCoordinator } from './coordinator';
import { createHttpApp } from './http/http-app';
import { buildOpenApi } from './openapi';

/** Writes the description of the API to apps/coordinator/openapi.json. Needs neither Redis nor PostgreSQL. */
async function main(): Promise<void> {
  const coordinator = createCoordinator({
    databaseUrl: 'postgres://127.0.0.1:1/none',
    redisUrl: 'redis://127.0.0.1:1',
    logger: createLogger({ name: 'openapi', level: 'silent' }),
  });
  const app = await createHttpApp(coordinator.http);
  const file = join(__dirname, '..', 'openapi.json');
  writeFileSync(file, `${JSON.stringify(buildOpenApi(app), null, 2)}\n`);
  await app.close();
  await coordinator.stop();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
