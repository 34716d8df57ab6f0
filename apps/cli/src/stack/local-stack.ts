import { cp, mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { startPostgres, startRedis } from '@fathom/services';
import getPort from 'get-port';
import { AppProcess } from './app-process';

export interface StackOptions {
  /** Data of Redis and PostgreSQL, logs, checkpoints. */
  readonly dir: string;
  readonly workers: number;
  /** Port of the API; a free one where absent. */
  readonly port?: number;
  readonly host?: string;
  /** Keep what Redis holds over a restart. */
  readonly durable: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Told what is being started, and of every crash. */
  readonly log: (line: string) => void;
}

export interface LocalStack {
  readonly url: string;
  readonly redisUrl: string;
  readonly workerMetricsUrls: readonly string[];
  readonly prometheusConfig: string;
  stop(): Promise<void>;
}

const root = resolve(__dirname, '../../../..');

/**
 * Redis and PostgreSQL (unless REDIS_URL and DATABASE_URL name running ones), a coordinator and workers as
 * processes of this machine. Whatever starts is stopped again when a later part does not, or by `stop()`.
 */
export async function startLocalStack(options: StackOptions): Promise<LocalStack> {
  const dir = resolve(options.dir);
  const logs = join(dir, 'logs');
  await mkdir(logs, { recursive: true });
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const part of stops.splice(0).reverse()) await part();
  };
  const timed = async <T>(what: string, start: () => Promise<T>): Promise<T> => {
    const began = Date.now();
    const started = await start();
    options.log(`${what} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    return started;
  };

  try {
    const redisUrl =
      options.env['REDIS_URL'] ??
      (await timed('Redis', async () => {
        const redis = await startRedis({ dir: join(dir, 'redis'), appendOnly: options.durable });
        stops.push(() => redis.stop());
        return redis.url;
      }));
    const databaseUrl =
      options.env['DATABASE_URL'] ??
      (await timed('PostgreSQL', async () => {
        const postgres = await startPostgres({ dir: join(dir, 'postgres'), fast: !options.durable });
        stops.push(() => postgres.stop());
        return postgres.url;
      }));
    const shared = { ...options.env, REDIS_URL: redisUrl };

    const port = options.port ?? (await getPort());
    const url = `http://127.0.0.1:${port}`;
    await timed(`coordinator at ${url}`, async () => {
      const env = {
        ...shared,
        DATABASE_URL: databaseUrl,
        PORT: String(port),
        FATHOM_HOST: options.host ?? '127.0.0.1',
      };
      const coordinator = await AppProcess.start({ name: 'coordinator', root, logs, env, log: options.log });
      stops.push(() => coordinator.stop());
      await coordinator.untilReady(`${url}/ready`);
    });

    const workerMetricsUrls: string[] = [];
    for (let i = 1; i <= options.workers; i++) {
      const metricsPort = await getPort();
      const metricsUrl = `http://127.0.0.1:${metricsPort}`;
      workerMetricsUrls.push(`${metricsUrl}/metrics`);
      await timed(`worker ${i} of ${options.workers}`, async () => {
        const env = {
          FATHOM_THREADS: String(Math.max(1, Math.floor(availableParallelism() / options.workers))),
          FATHOM_CHECKPOINT_DIR: join(dir, 'checkpoints'),
          ...shared,
          FATHOM_WORKER_ID: `worker-${i}`,
          FATHOM_METRICS_PORT: String(metricsPort),
        };
        const worker = await AppProcess.start({
          name: `worker-${i}`,
          root,
          app: 'worker',
          logs,
          env,
          log: options.log,
        });
        stops.push(() => worker.stop());
        await worker.untilReady(`${metricsUrl}/ready`);
      });
    }
    const prometheusConfig = await writePrometheusTargets(dir, port, workerMetricsUrls);
    return { url, redisUrl, workerMetricsUrls, prometheusConfig, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The scrape configuration of deploy/prometheus with this stack's own targets beside it. */
async function writePrometheusTargets(
  dir: string,
  port: number,
  workers: readonly string[],
): Promise<string> {
  const folder = join(dir, 'prometheus');
  await mkdir(join(folder, 'targets'), { recursive: true });
  await cp(join(root, 'deploy/prometheus/prometheus.yml'), join(folder, 'prometheus.yml'));
  const targets = (hosts: string[]) => `${JSON.stringify([{ targets: hosts }])}\n`;
  await writeFile(join(folder, 'targets/coordinator.json'), targets([`127.0.0.1:${port}`]));
  await writeFile(join(folder, 'targets/worker.json'), targets(workers.map((url) => new URL(url).host)));
  return join(folder, 'prometheus.yml');
}
