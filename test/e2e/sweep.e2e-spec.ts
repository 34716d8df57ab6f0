import {
  depthTableSchema,
  sweepDetailSchema,
  trialDetailSchema,
  trialPageSchema,
  type SweepDetail,
  type TrialSummary,
} from '@fathom/contracts';
import { eventually } from '@fathom/testkit';
import type { z } from 'zod';
import { queryPrometheus } from './prometheus-client';
import { useStack, type StackWorker } from './use-stack';

jest.setTimeout(240_000);

const SWEEP = `
name: two workers
dataset: { kind: shapes, trainImages: 400, testImages: 100 }
space:
  depth: [8, 14]
  variant: [residual, plain]
  seed: { min: 0, max: 1 }
search: { algorithm: grid }
recipe: { epochs: 4, batchSize: 20, learningRate: 0.05 }
`;

describe('a sweep submitted over REST and trained by two workers, one of which is killed', () => {
  const stack = useStack();
  let workers: StackWorker[];
  let sweep: SweepDetail;
  let prometheusUrl: string;

  const get = async <S extends z.ZodType>(schema: S, path: string): Promise<z.output<S>> => {
    const response = await fetch(stack.url + path);
    expect(response.status).toBe(200);
    return schema.parse(await response.json());
  };
  const trials = async (): Promise<TrialSummary[]> =>
    (await get(trialPageSchema, `/v1/sweeps/${sweep.id}/trials`)).items;

  const query = (promql: string) => queryPrometheus(prometheusUrl, promql);
  const single = async (promql: string): Promise<number> => {
    const [first, ...rest] = await query(promql);
    if (first === undefined || rest.length > 0)
      throw new Error(`${promql} has ${first ? 'several values' : 'no value'}`);
    return first.value;
  };

  it('takes the sweep', async () => {
    const response = await fetch(`${stack.url}/v1/sweeps`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml', 'idempotency-key': 'two-workers' },
      body: SWEEP,
    });
    expect(response.status).toBe(201);
    sweep = sweepDetailSchema.parse(await response.json());
    expect(response.headers.get('location')).toBe(`/v1/sweeps/${sweep.id}`);
    expect(sweep).toMatchObject({ state: 'running', plannedTrials: 8, progress: 0 });
  });

  it('is scraped by Prometheus while both workers train', async () => {
    workers = [await stack.startWorker('first'), await stack.startWorker('second')];
    prometheusUrl = (await stack.startPrometheus()).url;
    await eventually(
      async () => {
        expect(await single('sum(up)')).toBe(3);
        expect(await single('fathom_trials{state="running"}')).toBe(2);
        expect(await single('count(fathom_trial_loss > 0)')).toBe(2);
        expect(await single('sum(fathom_worker_images_per_second)')).toBeGreaterThan(0);
      },
      { timeoutMs: 90_000, intervalMs: 200 },
    );
    const [depth] = await query('fathom_trial_epoch');
    expect(depth?.labels).toMatchObject({
      sweep: 'two workers',
      sweep_id: sweep.id,
      depth: expect.stringMatching(/^(8|14)$/) as string,
    });
  });

  it('loses no trial when a worker is killed', async () => {
    const [victim] = workers;
    const held = await eventually(
      async () => {
        const running = (await trials()).filter(
          (trial) => trial.state === 'running' && trial.epochsDone >= 1,
        );
        for (const { id } of running) {
          const { attemptHistory } = await get(trialDetailSchema, `/v1/trials/${id}`);
          if (attemptHistory.at(-1)?.workerId === 'first') return id;
        }
        throw new Error('the first worker is between two trials');
      },
      { timeoutMs: 60_000 },
    );
    victim?.process.kill('SIGKILL');
    await victim?.process.exited;

    sweep = await eventually(
      async () => {
        const now = await get(sweepDetailSchema, `/v1/sweeps/${sweep.id}`);
        expect(now.state).not.toBe('running');
        return now;
      },
      { timeoutMs: 180_000, intervalMs: 250 },
    );
    expect(sweep).toMatchObject({ state: 'completed', progress: 1, trials: { completed: 8 } });

    const { attemptHistory, epochs, metrics } = await get(trialDetailSchema, `/v1/trials/${held}`);
    expect(attemptHistory.map(({ state, workerId }) => [state, workerId])).toEqual([
      ['lost', 'first'],
      ['completed', 'second'],
    ]);
    expect(attemptHistory[1]?.fence).toBeGreaterThan(attemptHistory[0]?.fence ?? Infinity);
    // Gone on with from its last checkpoint: every epoch was reported once.
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(metrics?.epoch).toBe(4);
  });

  it('has a result for every configuration, and they are all different ones', async () => {
    const all = await trials();
    expect(new Set(all.map(({ config }) => JSON.stringify(config))).size).toBe(8);
    for (const { metrics, objective, failure } of all) {
      expect(failure).toBeNull();
      expect(objective).toBe(metrics?.validationError);
      expect(metrics?.testLoss).toBeGreaterThan(0);
    }
    const { rows } = await get(depthTableSchema, `/v1/sweeps/${sweep.id}/depth-table`);
    expect(rows.map(({ depth, variant, trials: n }) => `${variant} ${depth} x${n}`).sort()).toEqual([
      'plain 14 x2',
      'plain 8 x2',
      'residual 14 x2',
      'residual 8 x2',
    ]);
    expect(sweep.best?.objective).toBe(Math.min(...all.map(({ objective }) => objective ?? Infinity)));
  });

  it('leaves nothing on the queue and no series of ended trials', async () => {
    await eventually(
      async () => {
        expect(await single('sum(fathom_queue_jobs{state=~"waiting|active|delayed|prioritized"})')).toBe(0);
        expect(await single('fathom_trials{state="completed"}')).toBe(8);
        expect(await query('fathom_trial_loss{instance=~".*"}')).toEqual([]);
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
    expect(await single('sum(fathom_reports_total{type="attemptCompleted"})')).toBe(8);
  });

  it('gives the same sweep for the same Idempotency-Key', async () => {
    const headers = { 'content-type': 'application/yaml', 'idempotency-key': 'two-workers' };
    const response = await fetch(`${stack.url}/v1/sweeps`, { method: 'POST', headers, body: SWEEP });
    expect(response.status).toBe(201);
    expect(sweepDetailSchema.parse(await response.json()).id).toBe(sweep.id);
  });
});
