import { join } from 'node:path';
import { startPrometheus } from '@fathom/services';
import { eventually, spawnNode, usePostgres, useRedis, useTempDir, type NodeProcess } from '@fathom/testkit';
import { readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';

export const root = join(__dirname, '../..');
const LISTENS = /"url":"http:\/\/[\w.]+:(\d+)"/;

export interface Stack {
  /** Base URL of the API. */
  readonly url: string;
  /** Where the workers, which share it, keep the checkpoints of their trials. */
  readonly checkpointDir: string;
  /** @param env variables on top of those of the stack */
  startWorker(name: string, env?: Readonly<Record<string, string>>): Promise<StackWorker>;
  /** Prometheus as deploy/ has it, scraping the coordinator and the workers started so far. */
  startPrometheus(): Promise<{ readonly url: string }>;
}

export interface StackWorker {
  readonly name: string;
  readonly process: NodeProcess;
  /** host:port of its metrics. */
  readonly metrics: string;
}

/** A coordinator as a process of its own on a private Redis and PostgreSQL, for the tests of this file. */
export function useStack(): Stack {
  const processes: NodeProcess[] = [];
  const workers: StackWorker[] = [];
  const stops: (() => Promise<void>)[] = [];
  let port = '';

  // Hooks run in the order they are given: ours end before the services they use.
  afterAll(async () => {
    for (const stop of stops) await stop();
    for (const child of processes) {
      child.kill('SIGTERM');
      await child.exited;
    }
  });
  const redis = useRedis();
  const postgres = usePostgres();
  const dir = useTempDir();

  beforeAll(async () => {
    const coordinator = spawnNode(join(root, 'apps/coordinator/dist/main.js'), [], {
      PORT: '0',
      REDIS_URL: redis.url,
      DATABASE_URL: await postgres.createDatabase(),
      FATHOM_LOG_LEVEL: 'info',
    });
    processes.push(coordinator);
    port = (await coordinator.untilOutput(LISTENS, { timeoutMs: 30_000 }))[1] ?? '';
    await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/ready`)).status).toBe(200));
  });

  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get checkpointDir() {
      return join(dir.path, 'checkpoints');
    },
    async startWorker(name, env = {}) {
      const child = spawnNode(join(root, 'apps/worker/dist/main.js'), [], {
        REDIS_URL: redis.url,
        FATHOM_WORKER_ID: name,
        FATHOM_METRICS_PORT: '0',
        FATHOM_CACHE_DIR: join(dir.path, 'cache'),
        FATHOM_CHECKPOINT_DIR: join(dir.path, 'checkpoints'),
        FATHOM_MODEL_DIR: join(dir.path, 'models'),
        FATHOM_THREADS: '1',
        FATHOM_LOCK_MS: '2000',
        ...env,
      });
      processes.push(child);
      const address = await child.untilOutput(/http:\/\/([\w.]+:\d+)\/metrics/, { timeoutMs: 30_000 });
      await child.untilOutput(/takes trials/, { timeoutMs: 30_000 });
      const worker = { name, process: child, metrics: address[1] ?? '' };
      workers.push(worker);
      return worker;
    },
    async startPrometheus() {
      const folder = join(dir.path, 'prometheus');
      await mkdir(folder);
      for (const part of ['targets', 'rules'])
        await cp(join(root, 'deploy/prometheus', part), join(folder, part), { recursive: true });
      const targets = (hosts: string[]) => JSON.stringify([{ targets: hosts }]);
      await writeFile(join(folder, 'targets/coordinator.json'), targets([`127.0.0.1:${port}`]));
      await writeFile(join(folder, 'targets/worker.json'), targets(workers.map((worker) => worker.metrics)));
      // As committed, but for a test's patience.
      const configText = readFileSync(join(root, 'deploy/prometheus/prometheus.yml'), 'utf8')
        .replace('scrape_interval: 5s', 'scrape_interval: 1s')
        .replace('scrape_timeout: 4s', 'scrape_timeout: 1s')
        .replace('evaluation_interval: 15s', 'evaluation_interval: 1s');
      const prometheus = await startPrometheus({ dir: folder, configText });
      stops.push(() => prometheus.stop());
      return prometheus;
    },
  };
}
