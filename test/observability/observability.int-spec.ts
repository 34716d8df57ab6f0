import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  sweepDetailSchema,
  trialLogLineSchema,
  trialPageSchema,
  type SweepDetail,
  type TrialSummary,
} from '@fathom/contracts';
import {
  aSweepRequest,
  eventually,
  spawnNode,
  usePostgres,
  useRedis,
  useTempDir,
  type NodeProcess,
} from '@fathom/testkit';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver';

const root = join(__dirname, '../..');
const PATIENCE = { timeoutMs: 90_000, intervalMs: 50 };
const EPOCHS = 3;
/** Of whoever submits the sweep. */
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;
const HEADER_SECRET = 'token-of-the-collector';

jest.setTimeout(180_000);

describe('what is seen of a sweep from outside', () => {
  const processes: NodeProcess[] = [];
  let receiver: OtlpReceiver;
  let url = '';
  let sweep: SweepDetail;
  let trials: TrialSummary[];
  afterAll(async () => {
    for (const child of processes) {
      child.kill('SIGKILL');
      await child.exited;
    }
    await receiver.close();
  });
  const redis = useRedis();
  const postgres = usePostgres();
  const dir = useTempDir();

  const start = (app: string, env: Record<string, string>): NodeProcess => {
    const child = spawnNode(join(root, `apps/${app}/dist/main.js`), [], {
      REDIS_URL: redis.url,
      FATHOM_LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${HEADER_SECRET}`,
      OTEL_BSP_SCHEDULE_DELAY: '200',
      ...env,
    });
    processes.push(child);
    return child;
  };
  const logLines = async (trialId: string, query = '') => {
    const response = await fetch(`${url}/v1/trials/${trialId}/logs${query}`, {
      headers: { accept: 'application/x-ndjson' },
    });
    const text = await response.text();
    return text
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [trialLogLineSchema.parse(JSON.parse(line))]));
  };
  const trainer = async (): Promise<number> => {
    const [, pid] = await processes[1]!.untilOutput(/"trainerPid":(\d+)/, PATIENCE);
    return Number(pid);
  };

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    const coordinator = start('coordinator', { PORT: '0', DATABASE_URL: await postgres.createDatabase() });
    const [, port] = await coordinator.untilOutput(/"url":"http:\/\/[\w.]+:(\d+)"/, PATIENCE);
    url = `http://127.0.0.1:${String(port)}`;
    const worker = start('worker', {
      FATHOM_WORKER_ID: 'w1',
      FATHOM_METRICS_PORT: '0',
      FATHOM_CACHE_DIR: dir.path,
      FATHOM_THREADS: '1',
      // Without it, TensorFlow writes nothing on some processors.
      TF_CPP_MIN_LOG_LEVEL: '0',
    });
    await worker.untilOutput(/takes trials/, PATIENCE);
    await eventually(async () => expect((await fetch(`${url}/ready`)).status).toBe(200), PATIENCE);
    const response = await fetch(`${url}/v1/sweeps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: PARENT },
      body: JSON.stringify(
        aSweepRequest({
          space: { depth: [8], seed: [1, 2] },
          recipe: { epochs: EPOCHS, batchSize: 20, width: 0.25 },
        }),
      ),
    });
    expect(response.status).toBe(201);
    sweep = sweepDetailSchema.parse(await response.json());
    const page = await fetch(`${url}/v1/sweeps/${sweep.id}/trials`);
    trials = trialPageSchema.parse(await page.json()).items;
  });

  it('does not tell the training process how to reach the services', async () => {
    const environment = readFileSync(`/proc/${String(await trainer())}/environ`, 'utf8');
    expect(environment).toContain('FATHOM_CACHE_DIR=');
    expect(environment).not.toMatch(/REDIS_URL|DATABASE_URL|OTLP_HEADERS/);
  });

  it('keeps the log after the trial, with what the training process wrote', async () => {
    await eventually(async () => {
      const { state } = sweepDetailSchema.parse(await (await fetch(`${url}/v1/sweeps/${sweep.id}`)).json());
      expect(state).toBe('completed');
    }, PATIENCE);
    for (const { id } of trials)
      await eventually(async () => {
        const lines = await logLines(id);
        expect(lines[0]?.text).toMatch(/^attempt started \(depth=8, variant=residual, slot=0\)$/);
        expect(lines.at(-1)?.text).toBe('attempt ended (outcome=completed)');
        expect(new Set(lines.map(({ source }) => source))).toEqual(new Set(['worker', 'training']));
      });
  });

  it('logs with sweep, trial and attempt as fields', () => {
    const [, worker] = processes;
    const lines = worker!
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const message of ['attempt started', 'training', 'attempt ended'])
      for (const { id } of trials)
        expect(said).toContainEqual(
          expect.objectContaining({
            msg: message,
            sweep: sweep.id,
            trial: id,
            attempt: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
          }),
        );
    const training = said.filter(({ source }) => source === 'training');
    expect(training.length).toBeGreaterThan(0);
    expect(training.every(({ trial }) => trials.some(({ id }) => id === trial))).toBe(true);
  });

  describe('fathom logs --follow', () => {
    const post = async (path: string, body: object) => {
      const response = await fetch(`${url}/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.ok).toBe(true);
      return sweepDetailSchema.parse(await response.json());
    };
    const trialsOf = async (id: string) =>
      trialPageSchema.parse(await (await fetch(`${url}/v1/sweeps/${id}/trials`)).json()).items;
    const follow = (trialId: string) => {
      const cli = spawnNode(join(root, 'apps/cli/dist/main.js'), ['logs', trialId, '--follow', '--url', url]);
      processes.push(cli);
      return cli;
    };

    it('shows the log of a trial while it runs, until it is cancelled', async () => {
      // More epochs than anybody waits for: however slow the command starts, the trial runs then.
      const endless = aSweepRequest({
        space: { depth: [8] },
        recipe: { epochs: 10_000, batchSize: 20, width: 0.25 },
      });
      const { id } = await post('sweeps', endless);
      const [trial] = await trialsOf(id);
      const cli = follow(trial!.id);
      await cli.untilOutput(/worker +attempt started/, PATIENCE);
      expect(await trialsOf(id)).toMatchObject([{ state: 'running' }]);
      await post(`sweeps/${id}/cancel`, {});
      expect(await cli.exited).toEqual({ code: 0, signal: null });
      expect(cli.output()).toMatch(/worker +attempt ended \(outcome=cancelled\)\n$/);
    });

    it('shows the log of a trial that has completed, and ends', async () => {
      const cli = follow(trials[0]!.id);
      expect(await cli.exited).toEqual({ code: 0, signal: null });
      expect(cli.output()).toMatch(/worker +attempt ended \(outcome=completed\)\n$/);
    });
  });

  describe('traces', () => {
    const spans = () => receiver.spans.filter(({ traceId }) => traceId === TRACE_ID);
    const named = (name: string) => spans().filter((span) => span.name === name);
    const parentOf = ({ parentSpanId }: ReceivedSpan) =>
      spans().find(({ spanId }) => spanId === parentSpanId);
    const way = (span: ReceivedSpan): string[] => {
      const parent = parentOf(span);
      return [...(parent ? way(parent) : []), span.name];
    };

    beforeAll(async () => {
      await eventually(() => {
        expect(named('attempt')).toHaveLength(2);
        expect(named('take reports').length).toBeGreaterThan(1);
      }, PATIENCE);
    });

    it('are one from the request to the last epoch', () => {
      const epochs = named('epoch');
      expect(epochs).toHaveLength(2 * EPOCHS);
      for (const epoch of epochs) {
        expect(way(epoch)).toEqual(['POST /v1/sweeps', 'enqueue', 'attempt', 'epoch']);
        expect(epoch.service).toBe('fathom-worker');
        expect(epoch.endMs).toBeGreaterThan(epoch.startMs);
      }
      const [post] = named('POST /v1/sweeps');
      expect(post).toMatchObject({
        service: 'fathom-coordinator',
        parentSpanId: 'b7ad6b7169203331',
        attributes: { 'http.response.status_code': 201, 'http.route': '/v1/sweeps' },
      });
      for (const { id } of trials) {
        const attempt = named('attempt').find(({ attributes }) => attributes['fathom.trial'] === id);
        const numbers = epochs
          .filter(({ parentSpanId }) => parentSpanId === attempt?.spanId)
          .map(({ attributes }) => attributes['fathom.epoch']);
        expect(numbers.sort()).toEqual([1, 2, 3]);
        expect(attempt?.attributes).toMatchObject({
          'fathom.outcome': 'completed',
          'fathom.worker': 'w1',
          'fathom.sweep': sweep.id,
        });
      }
    });

    it('show the wait, decisions, evaluations, checkpoints and the intake of reports in their places', () => {
      const ways = new Set(spans().map((span) => way(span).join(' > ')));
      for (const expected of [
        'POST /v1/sweeps > decide',
        'POST /v1/sweeps > enqueue > wait in the queue',
        'POST /v1/sweeps > enqueue > attempt > epoch > evaluation',
        'POST /v1/sweeps > enqueue > attempt > evaluation',
        'POST /v1/sweeps > enqueue > attempt > epoch > checkpoint',
        'POST /v1/sweeps > take reports',
        'POST /v1/sweeps > take reports > decide',
      ])
        expect([...ways]).toContain(expected);
      const waits = named('wait in the queue');
      expect(waits).toHaveLength(2);
      // One slot: the second waited for the first.
      const lengths = waits.map(({ startMs, endMs }) => endMs - startMs).sort((a, b) => a - b);
      const [first] = named('attempt').sort((a, b) => a.startMs - b.startMs);
      expect(lengths[1]).toBeGreaterThan((first!.endMs - first!.startMs) / 2);
      for (const span of spans()) {
        const parent = parentOf(span);
        // What is queued goes on after the request; within a process a part lies inside the whole.
        if (parent?.service !== span.service || parent.name === 'POST /v1/sweeps') continue;
        expect(span.startMs).toBeGreaterThanOrEqual(parent.startMs - 50);
        expect(span.endMs).toBeLessThanOrEqual(parent.endMs + 50);
      }
    });

    it('are sent with the headers that the environment names, which nobody else sees', async () => {
      expect(new Set(receiver.headers.map(({ authorization }) => authorization))).toEqual(
        new Set([HEADER_SECRET]),
      );
      const metrics = await (await fetch(`${url}/metrics`)).text();
      for (const text of [...receiver.bodies, metrics, ...processes.map((child) => child.output())])
        expect(text).not.toContain(HEADER_SECRET);
    });

    it('say when they cannot be sent, and cost nobody anything else', async () => {
      await receiver.close();
      await fetch(`${url}/v1/sweeps`);
      await processes[0]!.untilOutput(/traces could not be sent/, PATIENCE);
      expect((await fetch(`${url}/v1/sweeps`)).status).toBe(200);
    });
  });
});
