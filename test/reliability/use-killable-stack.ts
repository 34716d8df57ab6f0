import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweepDetailSchema, type SweepDetail, type SweepSpecInput } from '@fathom/contracts';
import { startPostgres, startRedis } from '@fathom/services';
import {
  createDatabase,
  eventually,
  isAlive,
  spawnNode,
  useTempDir,
  type NodeProcess,
} from '@fathom/testkit';
import getPort from 'get-port';
import type { z } from 'zod';
import { Killable, type Running } from './killable';

export const root = join(__dirname, '../..');

export interface KillableStack {
  /** Everything that it has lies here. */
  readonly dir: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly coordinators: readonly Killable[];
  readonly redis: Killable;
  readonly postgres: Killable;
  /** Starts a program of this repository that belongs to the stack. @param ready what it writes when it is */
  program(name: string, script: string, options: ProgramOptions): Promise<Killable>;
  /** Asks any coordinator that answers, until one does. */
  ask<S extends z.ZodType>(schema: S, path: string): Promise<z.output<S>>;
  submit(spec: SweepSpecInput): Promise<SweepDetail>;
  untilEnded(sweepId: string, timeoutMs: number): Promise<SweepDetail>;
  /** Ends everything, in order. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly ready: RegExp;
}

const START = { timeoutMs: 60_000 };
const PATIENCE = { timeoutMs: 60_000, intervalMs: 100 };

/**
 * Coordinators, a Redis with an append-only file and a PostgreSQL that writes to the disk, each a process of its own that
 * may be killed at any time, for the tests of the surrounding `describe`.
 */
export function useKillableStack(options: {
  readonly coordinators: number;
  readonly coordinatorEnv?: Readonly<Record<string, string>>;
}): KillableStack {
  const dir = useTempDir();
  const coordinators: Killable[] = [];
  const programs: Killable[] = [];
  const urls: string[] = [];
  let databaseUrl = '';
  let redisUrl = '';
  let services: { readonly redis: Killable; readonly postgres: Killable } | undefined;
  const started = () => {
    if (!services) throw new Error('the stack runs from beforeAll to afterAll only');
    return services;
  };

  beforeAll(async () => {
    const [redisPort, postgresPort] = [await getPort(), await getPort()];
    redisUrl = `redis://127.0.0.1:${String(redisPort)}`;
    const redis = new Killable('Redis', async () =>
      service(await startRedis({ dir: join(dir.path, 'redis'), port: redisPort, appendOnly: true })),
    );
    let serverUrl = '';
    const postgres = new Killable('PostgreSQL', async () => {
      const running = await startPostgres({ dir: join(dir.path, 'postgres'), port: postgresPort });
      serverUrl = running.url;
      return service(running);
    });
    services = { redis, postgres };
    await Promise.all([redis.start(), postgres.start()]);
    databaseUrl = await createDatabase(serverUrl);
    for (let i = 1; i <= options.coordinators; i++) {
      const port = String(await getPort());
      urls.push(`http://127.0.0.1:${port}`);
      const env = {
        ...{ PORT: port, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, FATHOM_LOG_LEVEL: 'warn' },
        ...{ FATHOM_TEST_STACK: dir.path, ...options.coordinatorEnv },
      };
      const script = join(root, 'apps/coordinator/dist/main.js');
      coordinators.push(
        new Killable(`coordinator ${String(i)}`, () => Promise.resolve(node(spawnNode(script, [], env)))),
      );
    }
    await Promise.all(coordinators.map((coordinator) => coordinator.start()));
    await eventually(() => Promise.all(urls.map(demandReady)), PATIENCE);
  });

  const stop = async () => {
    await Promise.all(programs.map((program) => program.stop()));
    await Promise.all(coordinators.map((coordinator) => coordinator.stop()));
    await Promise.all([services?.redis.stop(), services?.postgres.stop()]);
  };
  afterAll(stop);

  /** Whether one of the coordinators is frozen, dead or starting, is not for the caller to know. */
  const ask = (path: string, init: RequestInit = {}): Promise<unknown> =>
    eventually(async () => {
      const refusals: string[] = [];
      for (const url of urls)
        try {
          const response = await fetch(url + path, { ...init, signal: AbortSignal.timeout(3_000) });
          const text = await response.text();
          if (response.ok) return JSON.parse(text) as unknown;
          refusals.push(`${String(response.status)} ${text}`);
        } catch (error) {
          refusals.push(String(error));
        }
      throw new Error(`${path}: ${refusals.join('; ')}`);
    }, PATIENCE);

  return {
    get dir() {
      return dir.path;
    },
    get redisUrl() {
      return redisUrl;
    },
    get databaseUrl() {
      return databaseUrl;
    },
    coordinators,
    get redis() {
      return started().redis;
    },
    get postgres() {
      return started().postgres;
    },
    async program(name, script, { args = [], env = {}, ready }) {
      const program = new Killable(name, async () => {
        const child = spawnNode(join(root, script), args, {
          ...{ REDIS_URL: redisUrl, FATHOM_TEST_STACK: dir.path },
          ...env,
        });
        if (!programs.includes(program)) await child.untilOutput(ready, START);
        return node(child);
      });
      await program.start();
      programs.push(program);
      return program;
    },
    ask: async <S extends z.ZodType>(schema: S, path: string) => schema.parse(await ask(path)),
    submit: async (spec) =>
      sweepDetailSchema.parse(
        await ask('/v1/sweeps', {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
          body: JSON.stringify(spec),
        }),
      ),
    untilEnded: (sweepId, timeoutMs) =>
      eventually(
        async () => {
          const sweep = sweepDetailSchema.parse(await ask(`/v1/sweeps/${sweepId}`));
          if (sweep.state === 'running') throw new Error(`not ended: ${JSON.stringify(sweep.trials)}`);
          return sweep;
        },
        { timeoutMs, intervalMs: 100 },
      ),
    stop,
  };
}

async function demandReady(url: string): Promise<void> {
  const { status } = await fetch(`${url}/ready`);
  if (status !== 200) throw new Error(`${url}/ready answers ${String(status)}`);
}

function node(child: NodeProcess): Running {
  return {
    pid: child.pid,
    exited: child.exited.then(
      ({ code, signal }) => `code ${String(code)}, signal ${String(signal)}: ${child.output().slice(-2_000)}`,
    ),
    stop: async () => {
      child.kill('SIGTERM');
      await child.exited;
    },
  };
}

function service(running: { readonly pid: number; stop(): Promise<void> }): Running {
  return { pid: running.pid, exited: gone(running.pid), stop: () => running.stop() };
}

/** A service's handle does not tell when it ends. */
async function gone(pid: number): Promise<string> {
  while (isAlive(pid)) await sleep(20);
  return 'its process is gone';
}
