import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  sweepDetailSchema,
  trialDetailSchema,
  trialPageSchema,
  verificationSchema,
  type SweepDetail,
  type SweepSpecInput,
  type TrialDetail,
} from '@fathom/contracts';
import { aSweepRequest, eventually, useTempDir, type NodeProcess } from '@fathom/testkit';
import type { z } from 'zod';
import { keepResults, settings } from '../reliability/settings';
import { Network, reasonForNoHosts, type Host } from './hosts';

const root = join(__dirname, '../..');
const PATIENCE = { timeoutMs: 60_000, intervalMs: 100 };
const CUT_MS = 20_000;
/** The lease is 5 s; 7 s at the worst until another worker has the trial, and some for its process to begin. */
const ELSEWHERE_MS = 15_000;
/** Of real trainings, which are to last longer than it takes until one is elsewhere. */
const EPOCHS = 300;
const EPOCH_MS = 150;
const SCALE_TRIALS = settings.isWhole ? 400 : 80;
const WINDOW_MS = settings.isWhole ? 20_000 : 5_000;

const results: {
  movedMs?: number;
  resumedFromStep?: number;
  lateReports?: number;
  trialsPerMinute?: number[];
} = {};

jest.setTimeout(300_000);

const reason = reasonForNoHosts();
if (reason !== undefined) process.stderr.write(`multi-machine.e2e-spec.ts: skipped, ${reason}\n`);
const whereHosts = reason === undefined ? describe : describe.skip;

whereHosts('three hosts: coordinator and stores, and two for workers', () => {
  const dir = useTempDir();
  const processes: NodeProcess[] = [];
  const network = { current: undefined as Network | undefined };
  let head: Host;
  let one: Host;
  let two: Host;
  let url = '';
  let redisUrl = '';

  const start = (host: Host, script: string, args: readonly string[], env: Record<string, string>) => {
    const child = host.spawn(join(root, script), args, env);
    processes.push(child);
    return child;
  };
  const stop = async (child: NodeProcess, signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    await child.exited;
  };

  beforeAll(async () => {
    const made = (network.current = new Network());
    head = made.add('head');
    one = made.add('one');
    two = made.add('two');
    const stores = start(head, 'test/multi-machine/stores.mjs', [dir.path, head.address], {});
    const [, text = ''] = await stores.untilOutput(/^(\{.*\})$/m, PATIENCE);
    const { redisPort, databaseUrl } = JSON.parse(text) as { redisPort: number; databaseUrl: string };
    redisUrl = `redis://${head.address}:${String(redisPort)}`;
    url = `http://${head.address}:8080`;
    start(head, 'apps/coordinator/dist/main.js', [], {
      ...{ PORT: '8080', FATHOM_HOST: head.address, DATABASE_URL: databaseUrl },
      REDIS_URL: `redis://127.0.0.1:${String(redisPort)}`,
    });
    await eventually(async () => expect((await fetch(`${url}/ready`)).status).toBe(200), PATIENCE);
  });
  afterAll(async () => {
    // The stores, which were first, end last.
    for (const child of processes.reverse()) await stop(child);
    network.current?.remove();
  });

  const get = async <S extends z.ZodType>(schema: S, path: string): Promise<z.output<S>> => {
    const response = await fetch(url + path);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${text}`);
    return schema.parse(JSON.parse(text));
  };
  const submit = async (request: SweepSpecInput): Promise<SweepDetail> => {
    const response = await fetch(`${url}/v1/sweeps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    expect(response.status).toBe(201);
    return sweepDetailSchema.parse(await response.json());
  };
  const trialsOf = async (sweepId: string): Promise<TrialDetail[]> => {
    const { items } = await get(trialPageSchema, `/v1/sweeps/${sweepId}/trials?limit=1000`);
    return Promise.all(items.map(({ id }) => get(trialDetailSchema, `/v1/trials/${id}`)));
  };
  const untilCompleted = (sweepId: string): Promise<void> =>
    eventually(
      async () => {
        const { state, trials } = await get(sweepDetailSchema, `/v1/sweeps/${sweepId}`);
        if (state !== 'completed') throw new Error(`${state}: ${JSON.stringify(trials)}`);
      },
      { timeoutMs: 120_000, intervalMs: 250 },
    );
  const lateReports = async (): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const samples = [...text.matchAll(/^fathom_reports_late_total(?:\{.*\})? (\S+)$/gm)];
    return samples.reduce((sum, [, value]) => sum + Number(value), 0);
  };

  describe('where the link of one is cut for 20 s', () => {
    let workers: { first: NodeProcess; second: NodeProcess };
    let sweep: SweepDetail;
    let lateBefore = 0;
    const startWorker = async (host: Host, slots: number) => {
      const child = start(host, 'apps/worker/dist/main.js', [], {
        ...{ REDIS_URL: redisUrl, FATHOM_WORKER_ID: host.name, FATHOM_NODE: host.name },
        ...{ FATHOM_SLOTS: String(slots), FATHOM_THREADS: '1', FATHOM_METRICS_PORT: '0' },
        FATHOM_CACHE_DIR: join(dir.path, 'cache'),
      });
      await child.untilOutput(/takes trials/, PATIENCE);
      return child;
    };
    const of = async (number: number) => {
      const trials = await trialsOf(sweep.id);
      return trials.find((trial) => trial.number === number)!;
    };

    beforeAll(async () => {
      const first = await startWorker(one, 1);
      sweep = await submit(
        aSweepRequest({
          name: 'across hosts',
          space: { depth: [8], seed: [1, 2] },
          search: { algorithm: 'grid' },
          recipe: { epochs: EPOCHS, batchSize: 20, width: 0.25 },
        }),
      );
      await eventually(async () => expect((await of(1)).epochsDone).toBeGreaterThan(3), PATIENCE);
      workers = { first, second: await startWorker(two, 2) };
      await eventually(async () => expect((await of(2)).epochsDone).toBeGreaterThan(1), PATIENCE);
      lateBefore = await lateReports();
    });
    afterAll(async () => {
      await stop(workers.first);
      await stop(workers.second);
    });

    it('goes on elsewhere with its trial, from the last checkpoint', async () => {
      one.cut();
      const cutAt = performance.now();
      try {
        await eventually(
          async () => {
            const { attemptHistory } = await of(1);
            expect(attemptHistory.map(({ workerId, state }) => [workerId, state])).toEqual([
              ['one', 'lost'],
              ['two', 'running'],
            ]);
          },
          { timeoutMs: ELSEWHERE_MS, intervalMs: 200 },
        );
        const movedMs = Math.round(performance.now() - cutAt);
        const [, from] = await workers.second.untilOutput(/"fence":2.*"resumedFromStep":(\d+)/, PATIENCE);
        expect(Number(from)).toBeGreaterThan(0);
        results.resumedFromStep = Number(from);
        results.movedMs = movedMs;
        await sleep(Math.max(0, CUT_MS - (performance.now() - cutAt)));
      } finally {
        one.mend();
      }
    });

    it('takes no notice of what the one that was away says late', async () => {
      await eventually(async () => expect(await lateReports()).toBeGreaterThan(lateBefore), PATIENCE);
      const { attemptHistory } = await of(1);
      expect(attemptHistory.map(({ workerId }) => workerId)).toEqual(['one', 'two']);
      expect(attemptHistory[0]?.state).toBe('lost');
      expect(attemptHistory[1]?.state).toMatch(/^(running|completed)$/);
      results.lateReports = (await lateReports()) - lateBefore;
    });

    it('ends each trial once', async () => {
      await untilCompleted(sweep.id);
      const trials = await trialsOf(sweep.id);
      expect(trials.map(({ state, epochsDone }) => [state, epochsDone])).toEqual(
        Array(2).fill(['completed', EPOCHS]),
      );
      const attempts = trials.map(({ attemptHistory }) => attemptHistory.map(({ workerId }) => workerId));
      expect(attempts).toEqual([['one', 'two'], ['two']]);
      const events = await (await fetch(`${url}/v1/sweeps/${sweep.id}/events`)).text();
      const ends = events.match(/^data: .*"type":"trialChanged".*"state":"completed".*$/gm) ?? [];
      expect(ends).toHaveLength(2);
      expect((await get(verificationSchema, `/v1/sweeps/${sweep.id}/verification`)).agrees).toBe(true);
    });

    it('lets the one that was away train again', async () => {
      const { id } = await submit(
        aSweepRequest({
          name: 'afterwards',
          space: { depth: [8], seed: [1, 2, 3] },
          recipe: { epochs: 20, batchSize: 20, width: 0.25 },
        }),
      );
      await untilCompleted(id);
      const workersOf = (await trialsOf(id)).flatMap(({ attemptHistory }) =>
        attemptHistory.map(({ workerId }) => workerId),
      );
      expect(workersOf.sort()).toEqual(['one', 'two', 'two']);
    });
  });

  describe('where workers are added while a sweep runs', () => {
    it('trains faster, and loses no trial', async () => {
      const folder = join(dir.path, 'epochs');
      mkdirSync(folder);
      const workers: NodeProcess[] = [];
      const add = async (host: Host) => {
        const options = JSON.stringify({ dir: folder, epochMs: EPOCH_MS, lockMs: 5_000 });
        const child = start(host, 'test/reliability/experiment-worker.mjs', [options], {
          REDIS_URL: redisUrl,
        });
        workers.push(child);
        await child.untilOutput(/ready/, PATIENCE);
      };
      const ended = async () => (await get(sweepDetailSchema, `/v1/sweeps/${sweep.id}`)).trials.completed;
      const inWindow = async (): Promise<number> => {
        const before = await ended();
        await sleep(WINDOW_MS);
        return (await ended()) - before;
      };
      await add(one);
      const sweep = await submit(
        aSweepRequest({
          name: 'scaled',
          space: { depth: [8], seed: { min: 1, max: 1_000_000 } },
          search: { algorithm: 'random', trials: SCALE_TRIALS, seed: 1 },
          recipe: { epochs: 2, batchSize: 20 },
        }),
      );
      await eventually(async () => expect(await ended()).toBeGreaterThan(0), PATIENCE);
      const withOne = await inWindow();
      await add(one);
      await add(two);
      await add(two);
      const withFour = await inWindow();
      results.trialsPerMinute = [withOne, withFour].map((count) => (60_000 * count) / WINDOW_MS);
      expect(withFour).toBeGreaterThan(2 * withOne);
      await eventually(async () => expect(await ended()).toBe(SCALE_TRIALS), PATIENCE);
      const trials = await trialsOf(sweep.id);
      expect(trials.every(({ attemptHistory }) => attemptHistory.length === 1)).toBe(true);
      expect(new Set(trials.map(({ epochsDone }) => epochsDone))).toEqual(new Set([2]));
      expect((await get(verificationSchema, `/v1/sweeps/${sweep.id}/verification`)).agrees).toBe(true);
      for (const child of workers) await stop(child);
    });
  });

  afterAll(() => keepResults(results));
});
