import { randomUUID } from 'node:crypto';
import type { Problem, SweepDetail, TrialPage } from '@fathom/contracts';
import { aSweepRequest, aSweepSpec, aTrainingConfig, finalMetrics } from '@fathom/testkit';
import { Client } from 'pg';
import { insertPastSweep, type PastTrial } from '../testing/past-trials';
import { useCoordinator } from '../testing/use-coordinator';

const request = {
  space: { depth: [8, 14, 20], learningRate: [0.1, 0.2] },
  recipe: { epochs: 2, batchSize: 20 },
  search: { algorithm: 'grid' as const },
};
const past = (number: number, depth: number, epochs = 2): PastTrial => ({
  number,
  state: 'completed',
  config: aTrainingConfig({ depth, epochs, learningRate: 0.1 }),
  objectives: [0.5],
  metrics: finalMetrics(),
  endedAt: new Date(),
});

describe('importing the trials of other sweeps', () => {
  const api = useCoordinator();
  const insert = (trials: readonly PastTrial[], overrides: Parameters<typeof aSweepSpec>[0] = {}) => {
    const { databaseUrl } = api.options();
    const { store } = api.coordinator.http;
    return insertPastSweep(
      { store, databaseUrl },
      aSweepSpec({ ...request, ...overrides }),
      new Date(),
      trials,
    );
  };
  const submit = <T>(sweeps: string[], overrides: Parameters<typeof aSweepRequest>[0] = {}) =>
    api.post<T>('/v1/sweeps', aSweepRequest({ ...request, warmStart: { sweeps }, ...overrides }));

  it('keeps what lies inside the space in the sweep, and tries the rest', async () => {
    const id = await insert([past(1, 8), past(2, 14, 3), past(3, 26), past(4, 14)]);
    const { status, body } = await submit<SweepDetail>([id]);
    expect([status, body.plannedTrials]).toEqual([201, 4]);
    expect(body.spec.warmStart).toEqual({
      sweeps: [id],
      trials: [8, 14].map((depth) => ({ values: { depth, learningRate: 0.1 }, objectives: [0.5] })),
    });
    const { body: page } = await api.get<TrialPage>(`/v1/sweeps/${body.id}/trials`);
    expect(page.items.map(({ config: { depth, learningRate } }) => [depth, learningRate])).toEqual([
      [8, 0.2],
      [14, 0.2],
      [20, 0.1],
      [20, 0.2],
    ]);
    const { body: again } = await submit<SweepDetail>([], { warmStart: body.spec.warmStart });
    expect(again.spec.warmStart).toEqual(body.spec.warmStart);
  });

  it('answers a repeated request as before, though what it imported is gone', async () => {
    const id = await insert([past(1, 8)]);
    const body = aSweepRequest({ ...request, warmStart: { sweeps: [id] } });
    const key = { 'Idempotency-Key': randomUUID() };
    const first = await api.post<SweepDetail>('/v1/sweeps', body, key);
    expect(first.status).toBe(201);
    const client = new Client({ connectionString: api.options().databaseUrl });
    await client.connect();
    await client.query('delete from sweeps where id = $1', [id]);
    await client.end();
    expect((await api.post('/v1/sweeps', body)).status).toBe(422);
    const again = await api.post<SweepDetail>('/v1/sweeps', body, key);
    expect([again.status, again.body]).toEqual([201, first.body]);
  });

  it.each([
    ['a sweep that is not there', () => Promise.resolve(randomUUID()), {}, 'there is no sweep'],
    ['one that has nothing inside', () => insert([past(1, 26)]), {}, 'none of the 1 completed trials'],
    [
      'one of other data',
      () => insert([past(1, 8)], { dataset: { kind: 'shapes', trainImages: 20 } }),
      {},
      'another data set',
    ],
    [
      'one that searched for something else',
      () => insert([past(1, 8)]),
      { objective: { metric: 'parameters' as const } },
      "this sweep's parameters is not among them",
    ],
  ])('refuses %s', async (_what, make, overrides, message) => {
    const { status, body } = await submit<Problem>([await make()], overrides);
    expect([status, body.code]).toEqual([422, 'sweep-cannot-run']);
    expect(body.violations).toMatchObject([
      { path: '$.warmStart.sweeps[0]', message: expect.stringContaining(message) as string },
    ]);
  });
});
