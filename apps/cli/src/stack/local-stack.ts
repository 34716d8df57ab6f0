import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { startPostgres, startRedis } from '@fathom/services';
import getPort from 'get-port';
import { UsageError } from '../exit-codes';
import { repositoryRoot } from '../repository';
import { AppProcess } from './app-process';
import { lockFolder } from './folder-lock';
import { shareGpus } from './share-gpus';
import { writePrometheusConfig } from './prometheus-config';

export interface StackOptions {
  /** Data of Redis and PostgreSQL, logs, checkpoints. */
  readonly dir: string;
  readonly workers: number;
  /** Port of the API; a free one where absent. */
  readonly port?: number;
  readonly host?: string;
  /** Keep everything over a restart, also over one of the machine. False: begin with nothing, and faster. */
  readonly durable: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Told what has been started, and of every crash. */
  readonly log: (line: string) => void;
}

export interface LocalStack {
  /** Of the API. */
  readonly url: string;
  readonly redisUrl: string;
  readonly workerMetricsUrls: readonly string[];
  /** Path of a prometheus.yml that scrapes this stack. */
  readonly prometheusConfig: string;
  readonly logs: string;
  stop(): Promise<void>;
}

/**
 * Redis and PostgreSQL (unless REDIS_URL and DATABASE_URL name running ones), a coordinator and workers as
 * processes of this machine. Whatever starts is stopped again when a later part does not, or by `stop()`.
 *
 * @throws UsageError where the folder or the port is taken; the signal's reason where it is aborted
 */
export async function startLocalStack(options: StackOptions): Promise<LocalStack> {
  const dir = resolve(options.dir);
  const logs = join(dir, 'logs');
  const port = await freePort(options.port);
  const unlock = lockFolder(dir);
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const part of stops.splice(0).reverse()) await part();
    unlock();
  };
  const timed = async <T>(what: string, start: () => Promise<T>): Promise<T> => {
    options.signal.throwIfAborted();
    const began = Date.now();
    const started = await start();
    options.log(`${what} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    return started;
  };

  try {
    if (!options.durable) await clear(dir);
    await mkdir(logs, { recursive: true });
    const databaseUrl =
      options.env['DATABASE_URL'] ??
      (await timed('PostgreSQL', async () => {
        const postgres = await startPostgres({ dir: join(dir, 'postgres'), fast: !options.durable });
        stops.push(() => postgres.stop());
        return postgres.url;
      }));
    const redisUrl =
      options.env['REDIS_URL'] ??
      (await timed('Redis', async () => {
        const redis = await startRedis({ dir: join(dir, 'redis'), appendOnly: options.durable });
        stops.push(() => redis.stop());
        return redis.url;
      }));
    const start = async (
      name: string,
      app: 'coordinator' | 'worker',
      env: NodeJS.ProcessEnv,
      url: string,
    ) => {
      const started = await AppProcess.start({
        name,
        app,
        logs,
        env: { ...options.env, REDIS_URL: redisUrl, ...env },
        log: options.log,
      });
      stops.push(() => started.stop());
      await started.untilReady(`${url}/ready`);
    };

    const url = `http://127.0.0.1:${port}`;
    const coordinatorEnv = {
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      FATHOM_HOST: options.host ?? '127.0.0.1',
    };
    await timed(`coordinator at ${url}`, () => start('coordinator', 'coordinator', coordinatorEnv, url));

    const threads = Math.max(1, Math.floor(availableParallelism() / options.workers));
    const gpus = shareGpus(options.env, options.workers);
    const workerMetricsUrls: string[] = [];
    await timed(`${options.workers} worker${options.workers === 1 ? '' : 's'}`, async () => {
      const starting: Promise<void>[] = [];
      for (let i = 1; i <= options.workers; i++) {
        const metricsPort = await getPort();
        const metricsUrl = `http://127.0.0.1:${metricsPort}`;
        workerMetricsUrls.push(`${metricsUrl}/metrics`);
        const env = {
          FATHOM_THREADS: options.env['FATHOM_THREADS'] ?? String(threads),
          ...(options.env['FATHOM_ARTIFACTS'] === undefined
            ? {
                FATHOM_CHECKPOINT_DIR: options.env['FATHOM_CHECKPOINT_DIR'] ?? join(dir, 'checkpoints'),
                FATHOM_MODEL_DIR: options.env['FATHOM_MODEL_DIR'] ?? join(dir, 'models'),
              }
            : {}),
          ...gpus[i - 1],
          FATHOM_WORKER_ID: `worker-${i}`,
          FATHOM_METRICS_PORT: String(metricsPort),
        };
        starting.push(start(`worker-${i}`, 'worker', env, metricsUrl));
      }
      // All of them, so that none is still starting when the first failure stops the others.
      const failed = (await Promise.allSettled(starting)).find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    });
    const prometheusConfig = await writePrometheusConfig(dir, port, workerMetricsUrls);
    return { url, redisUrl, workerMetricsUrls, prometheusConfig, logs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function clear(dir: string): Promise<void> {
  for (const part of ['redis', 'postgres', 'checkpoints', 'models', 'logs', 'prometheus'])
    await rm(join(dir, part), { recursive: true, force: true });
}

async function freePort(wanted: number | undefined): Promise<number> {
  const port = await getPort(wanted === undefined ? {} : { port: wanted });
  if (wanted !== undefined && port !== wanted)
    throw new UsageError(`port ${wanted} is taken: choose another with --port`);
  return port;
}

/** Where a command keeps a stack's data unless told otherwise. */
export const defaultStackDir = (name: string): string => join(repositoryRoot, '.fathom', name);
