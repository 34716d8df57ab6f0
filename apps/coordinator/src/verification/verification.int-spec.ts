import { randomUUID } from 'node:crypto';
import type { DecisionPage, Report, SweepDetail, TrialPage, Verification } from '@fathom/contracts';
import { aReport, aSweepRequest, epochMetrics, eventually, finalMetrics } from '@fathom/testkit';
import { Client } from 'pg';
import { useCoordinator } from '../testing/use-coordinator';

const EPOCHS = 4;

describe('the verification of a sweep', () => {
  const api = useCoordinator();

  const verify = async (id: string) => (await api.get<Verification>(`/v1/sweeps/${id}/verification`)).body;
  const sql = async (text: string, values: unknown[]) => {
    const client = new Client({ connectionString: api.options().databaseUrl });
    await client.connect();
    try {
      await client.query(text, values);
    } finally {
      await client.end();
    }
  };

  /** Reports of a trial that stops where it is told to, or trains to its end. */
  function trainingOf(
    sweepId: string,
    trialId: string,
    error: number,
    first: number,
    last: number,
  ): Report[] {
    const of = { sweepId, trialId, attemptId: randomUUID(), fence: 1, segment: 0 };
    const metrics = (epoch: number) => ({ epoch, step: 9 * epoch, validationError: error + 0.1 / epoch });
    const epochs = Array.from({ length: last - first + 1 }, (_, i) =>
      aReport('epochReported', { ...of, metrics: epochMetrics(metrics(first + i)) }),
    );
    const end =
      last === EPOCHS ? [aReport('attemptCompleted', { ...of, metrics: finalMetrics(metrics(EPOCHS)) })] : [];
    return [aReport('attemptStarted', of), ...epochs, ...end];
  }

  async function givenEndedSweep(): Promise<SweepDetail> {
    const request = aSweepRequest({
      space: { learningRate: { min: 0.01, max: 1, scale: 'log' } },
      search: { algorithm: 'tpe', trials: 12, maxConcurrent: 2 },
      scheduler: { algorithm: 'asha-stopping', eta: 2, compare: 'all' },
      recipe: { depth: 8, epochs: EPOCHS, batchSize: 20 },
    });
    const { body } = await api.post<SweepDetail>('/v1/sweeps', request);
    const done = new Set<string>();
    await eventually(
      async () => {
        const { body: sweep } = await api.get<SweepDetail>(`/v1/sweeps/${body.id}`);
        if (sweep.state === 'completed') return;
        const { body: page } = await api.get<TrialPage>(`/v1/sweeps/${body.id}/trials`);
        for (const { id, number, state } of page.items)
          if (state === 'queued' && !done.has(id)) {
            done.add(id);
            await api.report(...trainingOf(body.id, id, ((number * 0.618) % 1) / 2, 1, EPOCHS));
          }
        throw new Error(`the sweep is ${sweep.state}`);
      },
      { timeoutMs: 30_000 },
    );
    return (await api.get<SweepDetail>(`/v1/sweeps/${body.id}`)).body;
  }

  it('finds that all decisions follow from what was recorded, in this coordinator and in another one', async () => {
    const { id } = await givenEndedSweep();
    const found = await verify(id);
    expect(found).toMatchObject({ sweepId: id, trials: 12, agrees: true, contradictions: [] });
    const { body: decisions } = await api.get<DecisionPage>(`/v1/sweeps/${id}/decisions?limit=1000`);
    expect(found.decisions).toBe(decisions.total);
    expect(decisions.items.map(({ action }) => action)).toContain('stopTrial');
    expect(decisions.items.find(({ action }) => action === 'createTrial')).toMatchObject({
      trial: 1,
      values: { learningRate: expect.any(Number) as number },
    });
    const other = await api.another();
    const response = await fetch(`${other.url}/v1/sweeps/${id}/verification`);
    expect(await response.json()).toEqual(found);
  });

  it('names what was tampered with: a decision, a trial, a result', async () => {
    const { id } = await givenEndedSweep();
    await sql(
      `update events set payload = jsonb_set(payload, '{values,learningRate}', '0.5')
       where sweep_id = $1 and kind = 'decision' and payload ->> 'action' = 'createTrial' and payload ->> 'trial' = '3'`,
      [id],
    );
    await sql(`update trials set objectives = '[0.001]' where sweep_id = $1 and state = 'completed'`, [id]);
    const found = await verify(id);
    expect(found.agrees).toBe(false);
    const kinds = found.contradictions.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'decision')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'trial')).toHaveLength(1);
    expect(kinds).toContain('result');
    expect(found.contradictions[0]?.message).toContain('createTrial 3');
    expect(found.contradictions[0]).toMatchObject({ recorded: { values: { learningRate: 0.5 } } });
  });

  it('names an event that is missing by what it would have decided', async () => {
    const { id } = await givenEndedSweep();
    await sql(
      `delete from events where id = (select min(id) from events
         where sweep_id = $1 and kind = 'search' and payload ->> 'type' = 'trialCompleted')`,
      [id],
    );
    const found = await verify(id);
    expect(found.agrees).toBe(false);
    expect(found.contradictions[0]).toMatchObject({ kind: 'decision' });
  });

  it('knows no other sweep', async () => {
    const { status } = await api.get(`/v1/sweeps/${randomUUID()}/verification`);
    expect(status).toBe(404);
  });
});
