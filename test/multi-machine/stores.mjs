// Redis and PostgreSQL of a host, until SIGTERM. Arguments: a folder, and the address at which the other hosts reach Redis.
import { join } from 'node:path';
import { startPostgres, startRedis } from '@fathom/services';

const [dir, address] = process.argv.slice(2);
const [redis, postgres] = await Promise.all([
  startRedis({ dir: join(dir, 'redis'), appendOnly: true, addresses: [address] }),
  startPostgres({ dir: join(dir, 'postgres'), fast: true }),
]);
process.once('SIGTERM', async () => {
  await Promise.all([redis.stop(), postgres.stop()]);
  process.exit(0);
});
process.stdout.write(`${JSON.stringify({ redisPort: redis.port, databaseUrl: postgres.url })}\n`);
setInterval(() => undefined, 3_600_000);
