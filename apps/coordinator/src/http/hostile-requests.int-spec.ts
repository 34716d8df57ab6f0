import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorCodes, sweepDetailSchema, trialPageSchema, type SweepSpecInput } from '@fathom/contracts';
import {
  aSweepRequest,
  eventually,
  spawnNode,
  usePostgres,
  useRedis,
  type NodeProcess,
} from '@fathom/testkit';
import fc from 'fast-check';
import { hostileRequests, type OpenApi } from '../testing/hostile-requests';
import { mustBeAnswered, sendRaw, type RawRequest } from '../testing/raw-http';

const isLong = process.env['FATHOM_CHAOS'] === 'whole';
const REQUESTS = isLong ? 10_000 : 1_000;
const SEED = Number(process.env['FATHOM_CHAOS_SEED'] ?? 1);
/** Of the heap after a collection, over all requests. */
const MAX_GROWTH_MB = 40;
const document = JSON.parse(readFileSync(join(__dirname, '../../openapi.json'), 'utf8')) as OpenApi;

jest.setTimeout(isLong ? 1_200_000 : 180_000);

describe('a coordinator that is sent what nobody should send', () => {
  const redis = useRedis();
  const postgres = usePostgres();
  let coordinator: NodeProcess;
  let hasEnded = false;
  let port = 0;
  let secrets: RegExp;
  const statuses: Record<string, number> = {};

  const url = (path: string) => `http://127.0.0.1:${String(port)}${path}`;
  const submit = async (overrides: Parameters<typeof aSweepRequest>[0]) => {
    const response = await fetch(url('/v1/sweeps'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(aSweepRequest(overrides)),
    });
    return sweepDetailSchema.parse(await response.json()).id;
  };

  beforeAll(async () => {
    const databaseUrl = await postgres.createDatabase();
    const collect = resolve(__dirname, '../../../../tools/bench/coordination/collect-on-signal.cjs');
    coordinator = spawnNode(resolve(__dirname, '../../dist/main.js'), [], {
      ...{ PORT: '0', REDIS_URL: redis.url, DATABASE_URL: databaseUrl, FATHOM_LOG_LEVEL: 'info' },
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --expose-gc --require=${collect}`,
    });
    void coordinator.exited.then(() => (hasEnded = true));
    const [, found] = await coordinator.untilOutput(/"url":"http:\/\/[\w.]+:(\d+)"/, { timeoutMs: 30_000 });
    port = Number(found);
    await eventually(async () => expect((await fetch(url('/ready'))).status).toBe(200), {
      timeoutMs: 30_000,
    });
    const { password } = new URL(databaseUrl);
    secrets = new RegExp(
      [
        String.raw`\n\s+at .+:\d+:\d+`,
        'node_modules',
        resolve(__dirname, '../../../..').replaceAll('/', String.raw`\/`),
        password,
        'postgres(ql)?://',
        'redis://',
        String.raw`Failed query|insert into "|select "|relation "|syntax error at or near`,
        'ECONN|EPIPE|drizzle|ioredis|BullMQ',
      ].join('|'),
    );
  });
  afterAll(async () => {
    coordinator.kill('SIGTERM');
    await coordinator.exited;
  });

  async function heapMb(): Promise<number> {
    coordinator.kill('SIGUSR2');
    const text = await (await fetch(url('/metrics'))).text();
    return Math.round(Number(/^nodejs_heap_size_used_bytes(?:\{.*\})? (\S+)$/m.exec(text)?.[1]) / 1e6);
  }

  /** Fails with the request where the answer is not as it should be. */
  async function demandOrder(request: RawRequest): Promise<void> {
    const { status, head, body } = await sendRaw(port, request);
    statuses[status] = (statuses[status] ?? 0) + 1;
    const shown = `${request.method} ${request.target.slice(0, 200)}: ${head}\n${body.slice(0, 1_000)}`;
    if (status >= 500) throw new Error(`an answer of ${String(status)} to ${shown}`);
    if (hasEnded) throw new Error(`it crashed: ${coordinator.output().slice(-4_000)}\n${shown}`);
    // Only a request that HTTP itself cannot make out may get no answer.
    if (status === 0 && mustBeAnswered(request)) throw new Error(`no answer to ${shown}`);
    const leak = secrets.exec(head + body);
    // The API's own pages name their scripts.
    if (leak && !request.target.startsWith('/docs') && !request.target.startsWith('/queues'))
      throw new Error(`${leak[0]} in the answer to ${shown}`);
    if (status >= 400 && head.includes('problem+json') && request.method !== 'HEAD')
      expect(Object.keys(errorCodes)).toContain((JSON.parse(body) as { code: unknown }).code);
  }

  it(`answers ${String(REQUESTS)} generated requests without an error of its own, and says nothing of its insides`, async () => {
    const tuned: Partial<SweepSpecInput> = {
      space: { depth: [8, 14], learningRate: { min: 0.001, max: 1, scale: 'log' } },
      search: { algorithm: 'tpe', trials: 5 },
      scheduler: { algorithm: 'asha', eta: 2 },
      recipe: { epochs: 4, batchSize: 20 },
    };
    const sweeps = [await submit({}), await submit({}), await submit(tuned), await submit(tuned)];
    const page = await (await fetch(url(`/v1/sweeps/${sweeps[0] ?? ''}/trials`))).json();
    const trials = trialPageSchema.parse(page).items.map(({ id }) => id);
    const sweep = aSweepRequest({
      description: 'a good one',
      space: { depth: [8, 14], learningRate: { min: 0.001, max: 1, scale: 'log' } },
      constraints: ['depth < 20'],
      search: { algorithm: 'random', trials: 3, seed: 1 },
      budget: { maxTrials: 5, maxWallClockSeconds: 60 },
    });
    // The first may have been counted before its collection.
    await heapMb();
    const before = await heapMb();
    const requests = hostileRequests(document, { sweeps, trials, sweep });
    await fc.assert(fc.asyncProperty(requests, demandOrder), {
      numRuns: REQUESTS,
      seed: SEED,
      verbose: fc.VerbosityLevel.Verbose,
    });
    const after = await eventually(async () => {
      const megabytes = await heapMb();
      expect(megabytes - before).toBeLessThan(MAX_GROWTH_MB);
      return megabytes;
    });
    const file = process.env['FATHOM_CHAOS_JSON'];
    if (file !== undefined)
      writeFileSync(file, JSON.stringify({ requests: REQUESTS, statuses, megabytes: { before, after } }));
    expect(Object.keys(statuses)).toEqual(
      expect.arrayContaining(['200', '201', '400', '404', '409', '413', '415']),
    );
  });

  it.each(['\u0000', 'a\u0000b', '\ud800', '\udc00\ud800'])(
    'refuses %j, which no database holds',
    async (text) => {
      const id = await submit({});
      for (const [path, body] of [
        ['/v1/sweeps', aSweepRequest({ description: text })],
        [`/v1/sweeps/${id}/pause`, { by: text, reason: text }],
        [`/v1/sweeps/${id}/cancel`, { reason: text }],
      ] as const) {
        const answer = await fetch(url(path), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        expect([path, answer.status]).toEqual([path, 400]);
      }
    },
  );

  it('answers them all at once as well, and is as it was afterwards', async () => {
    const sweeps = [await submit({})];
    const known = { sweeps, trials: sweeps, sweep: aSweepRequest() };
    const requests = fc.sample(hostileRequests(document, known), {
      numRuns: 200,
      seed: SEED + 1,
    });
    await Promise.all(requests.map(demandOrder));
    expect((await fetch(url('/ready'))).status).toBe(200);
    expect(coordinator.output()).not.toMatch(/"level":(50|60|"error"|"fatal")/);
  });
});
