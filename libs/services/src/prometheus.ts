import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import getPort from 'get-port';
import { findExecutable } from './executable';
import { ServiceProcess } from './service-process';

export interface PrometheusOptions {
  /** Folder of its configuration, data and log; made if absent. */
  readonly dir: string;
  /** Absent: a free one. */
  readonly port?: number;
  /** The text of prometheus.yml. */
  readonly configText: string;
  /** Environment whose PATH is searched for prometheus. Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface RunningPrometheus {
  /** http://127.0.0.1:port */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;

/** Path of a prometheus server on the PATH, or undefined. */
export function findPrometheus(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return findExecutable('prometheus', env);
}

/** Path of promtool, which comes with Prometheus, on the PATH, or undefined. */
export function findPromtool(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return findExecutable('promtool', env);
}

/** @throws Error if there is no prometheus on the PATH, or with the end of its log if it does not start */
export async function startPrometheus(options: PrometheusOptions): Promise<RunningPrometheus> {
  const command = findPrometheus(options.env);
  if (command === undefined) throw new Error('prometheus was not found on the PATH: install Prometheus');
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'prometheus.yml'), options.configText);
  const port = options.port ?? (await getPort({ host: '127.0.0.1' }));
  const url = `http://127.0.0.1:${port}`;
  const service = await ServiceProcess.spawn({
    name: 'Prometheus',
    command,
    args: [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    logFile: join(dir, 'prometheus.log'),
    cwd: dir,
    stopSignal: 'SIGTERM',
  });
  await service.untilReady(() => isReady(url), READY_TIMEOUT_MS);
  return { url, port, pid: service.pid, stop: () => service.stop() };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false; // nobody listens yet
  }
}
