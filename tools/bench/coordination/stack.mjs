// Redis, PostgreSQL and a coordinator of their own for `npm run bench:coordination`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, startRedis } from '@fathom/services';
import getPort from 'get-port';
import { root } from '../../setup/paths.mjs';

const START_MS = 60_000;

export class Stack {
  #stops = [];

  static async start() {
    const stack = new Stack();
    try {
      await stack.#start();
      return stack;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  async #start() {
    this.dir = await mkdtemp(join(tmpdir(), 'fathom-bench-'));
    this.#stops.push(() => rm(this.dir, { recursive: true, force: true }));
    // As they are run in earnest: everything reaches the disk.
    const postgres = await startPostgres({ dir: join(this.dir, 'postgres'), fast: false });
    this.#stops.push(() => postgres.stop());
    const redis = await startRedis({ dir: join(this.dir, 'redis'), appendOnly: true });
    this.#stops.push(() => redis.stop());
    this.redisUrl = redis.url;
    this.databaseUrl = postgres.url;
    const port = await getPort();
    this.url = `http://127.0.0.1:${port}`;
    const coordinator = await this.node('apps/coordinator/dist/main.js', [], {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      PORT: String(port),
      FATHOM_LOG_LEVEL: 'warn',
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --expose-gc --require=${join(import.meta.dirname, 'collect-on-signal.cjs')}`,
    });
    this.coordinator = coordinator;
    coordinator.once('exit', (code) => {
      this.fault = `the coordinator ended with ${code}: ${readFileSync(join(this.dir, 'log'), 'utf8').slice(-2_000)}`;
    });
    await this.until(async () => (await this.metrics()).fathom_leader === 1, 50, START_MS);
  }

  /** Runs a program of the repository until the stack stops. @returns its child process */
  async node(program, args, env = {}) {
    const child = spawn(process.execPath, [join(root, program), ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(join(this.dir, 'log'), { flags: 'a' });
    child.stderr.pipe(log, { end: false });
    this.#stops.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    });
    return child;
  }

  /** @returns {Promise<ChildProcess>} a worker that takes trials */
  async noOpWorker(slots) {
    const options = JSON.stringify({ redisUrl: this.redisUrl, slots });
    const child = await this.node('tools/bench/coordination/no-op-worker.mjs', [options]);
    await once(child.stdout, 'data');
    return child;
  }

  async ask(path, body) {
    const began = performance.now();
    const response = await fetch(`${this.url}${path}`, {
      ...(body === undefined
        ? {}
        : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
    return { answer, ms: performance.now() - began };
  }

  /** Values by name; those with labels are summed. */
  async metrics() {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const sums = {};
    for (const [, name, value] of text.matchAll(/^(\w+)(?:\{.*\})? ([\d.e+-]+)$/gm))
      sums[name] = (sums[name] ?? 0) + Number(value);
    return sums;
  }

  async until(isSo, everyMs = 50, limitMs = 600_000) {
    const end = performance.now() + limitMs;
    while (performance.now() < end) {
      if (await isSo().catch(() => false)) return;
      if (this.fault !== undefined) throw new Error(this.fault);
      await sleep(everyMs);
    }
    throw new Error(`waited for ${limitMs / 1_000} s in vain`);
  }

  async stop() {
    for (const stop of this.#stops.reverse()) await stop();
    this.#stops = [];
  }
}
