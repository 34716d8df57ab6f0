import { randomUUID } from 'node:crypto';
import { aSweepSpec, aTrainingConfig, usePostgres } from '@fathom/testkit';
import { Store } from '../store';
import type { Asked } from './dispatch-repository';

const at = new Date('2026-01-01T00:00:00.000Z');

describe('trials that wait for a place', () => {
  const postgres = usePostgres();
  let store: Store;
  beforeEach(async () => {
    store = new Store({ url: await postgres.createDatabase(), onConnectionError: () => undefined });
    await store.migrate();
  });
  afterEach(() => store.close());

  let minutes = 0;
  async function given(trials: number, overrides: Parameters<typeof aSweepSpec>[0] = {}) {
    const sweepId = randomUUID();
    const createdAt = new Date(at.getTime() + 60_000 * minutes++);
    const spec = aSweepSpec(overrides);
    await store.sweeps.insert({ id: sweepId, spec, plannedTrials: trials, createdAt });
    const ids = Array.from({ length: trials }, () => randomUUID());
    await store.trials.insert(
      ids.map((id, index) => ({ id, sweepId, number: index + 1, config: aTrainingConfig(), createdAt })),
    );
    return { sweepId, ids };
  }
  const asking = (sweepId: string, more: Partial<Asked> = {}): Asked => ({
    ...{ sweepId, inStep: false, pools: ['default'], maxMemoryBytes: null, limit: 10 },
    ...more,
  });
  const waiting = async (asked: Asked) =>
    (await store.dispatch.waiting([asked])).map(({ trialId }) => trialId);
  const send = (trialId = '', segment = 0, pool = 'default') =>
    store.dispatch.sent([{ trialId, segment, pool }]);
  const change = async (sweepId: string, id = '', changes: object = {}) => {
    const [record] = await store.trials.records(sweepId, [id]);
    if (record) await store.trials.save({ ...record, ...changes });
  };

  it('are those of sweeps that run, the oldest sweep first', async () => {
    const first = await given(1, { owner: 'ada', priority: 3, pools: ['small', 'large'] });
    const second = await given(1);
    const paused = await given(1);
    await store.sweeps.pause(paused.sweepId, 'lunch', at);
    await given(0);
    expect(await store.dispatch.waitingSweeps()).toEqual([
      { sweepId: first.sweepId, owner: 'ada', priority: 3, pools: ['small', 'large'], inStep: false },
      { sweepId: second.sweepId, owner: 'default', priority: 0, pools: ['default'], inStep: false },
    ]);
    await send(second.ids[0]);
    expect((await store.dispatch.waitingSweeps()).map(({ sweepId }) => sweepId)).toEqual([first.sweepId]);
  });

  it('go by how far they have come, the last first where all are to keep in step, and then by number', async () => {
    const { sweepId, ids } = await given(3);
    await change(sweepId, ids[2], { epochsDone: 4 });
    expect(await waiting(asking(sweepId))).toEqual([ids[2], ids[0], ids[1]]);
    expect(await waiting(asking(sweepId, { inStep: true }))).toEqual(ids);
    expect(await waiting(asking(sweepId, { limit: 1 }))).toEqual([ids[2]]);
  });

  it('are held by the pool they were sent to until they have ended, and wait again with their next segment', async () => {
    const { sweepId, ids } = await given(3, { owner: 'ada', pools: ['small', 'large'] });
    await send(ids[0], 0, 'small');
    await send(ids[1], 0, 'large');
    const held = (pool: string, trials: number, queued = trials) => ({
      ...{ sweepId, owner: 'ada', priority: 0, pool, trials, queued },
    });
    expect((await store.dispatch.held()).sort((a, b) => (a.pool < b.pool ? -1 : 1))).toEqual([
      held('large', 1),
      held('small', 1),
    ]);
    await change(sweepId, ids[0], { state: 'running', currentFence: 1 });
    await change(sweepId, ids[1], { state: 'completed' });
    expect(await store.dispatch.held()).toEqual([held('small', 1, 0)]);
    await change(sweepId, ids[0], { state: 'queued', segment: 1, epochsDone: 1 });
    expect(await store.dispatch.held()).toEqual([]);
    expect(await waiting(asking(sweepId, { pools: ['large'] }))).toEqual([ids[2]]);
    expect(await waiting(asking(sweepId, { pools: ['small', 'large'] }))).toEqual([ids[0], ids[2]]);
  });

  it('hold no place while their sweep is paused, unless they still run', async () => {
    const { sweepId, ids } = await given(3);
    for (const id of ids) await send(id);
    await change(sweepId, ids[0], { state: 'running', currentFence: 1 });
    expect(await store.dispatch.held()).toMatchObject([{ trials: 3, queued: 2 }]);
    await store.sweeps.pause(sweepId, 'lunch', at);
    expect(await store.dispatch.held()).toMatchObject([{ trials: 1, queued: 0 }]);
    await change(sweepId, ids[0], { state: 'queued', segment: 1 });
    expect(await store.dispatch.held()).toEqual([]);
  });

  it('are left out where they are known to take too much', async () => {
    const { sweepId, ids } = await given(3);
    await store.dispatch.sized([
      { trialId: ids[0] ?? '', memoryBytes: 9e9 },
      { trialId: ids[1] ?? '', memoryBytes: 2e9 },
    ]);
    expect(await waiting(asking(sweepId, { maxMemoryBytes: 2e9 }))).toEqual([ids[1], ids[2]]);
    expect(await store.dispatch.waiting([asking(sweepId, { limit: 1 })])).toEqual([
      { trialId: ids[0], sweepId, pool: null, memoryBytes: 9e9 },
    ]);
  });

  it('are sent again where their job is gone, and the queued ones of a sweep that goes on', async () => {
    const { sweepId, ids } = await given(2);
    await send(ids[0]);
    await send(ids[1]);
    await change(sweepId, ids[1], { state: 'running' });
    expect(await waiting(asking(sweepId))).toEqual([]);
    await store.dispatch.resend(sweepId);
    expect(await waiting(asking(sweepId))).toEqual([ids[0]]);
    await send(ids[0]);
    await store.dispatch.unsend(ids[0] ?? '');
    expect(await waiting(asking(sweepId))).toEqual([ids[0]]);
  });

  it('have been sent when they run, whoever noted it', async () => {
    const { sweepId, ids } = await given(2);
    await send(ids[0]);
    await store.dispatch.resend(sweepId);
    // The worker's word comes before the coordinator's own, or instead of it.
    for (const id of ids) await change(sweepId, id, { state: 'running', currentFence: 1 });
    expect((await store.dispatch.held())[0]).toMatchObject({ trials: 2, queued: 0 });
    expect((await store.trials.scheduled(undefined, 9)).map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const id of ids) await change(sweepId, id, { state: 'queued' });
    expect(await waiting(asking(sweepId))).toEqual([]);
  });

  it('are in one pool once that was chosen, until they are recalled from one without workers', async () => {
    const { sweepId, ids } = await given(3, { pools: ['small', 'large'] });
    const alone = await given(1, { pools: ['small'] });
    const [first = '', second = '', third = ''] = ids;
    const inPool = (trialId: string, pool: string, segment = 0) => ({ trialId, segment, pool });
    const claim = async (...trials: Parameters<typeof store.dispatch.claim>[0]) =>
      [...(await store.dispatch.claim(trials))].sort();
    expect(await claim(inPool(first, 'small'), inPool(second, 'small'))).toEqual([first, second].sort());
    expect(await claim(inPool(first, 'large'), inPool(third, 'large', 1))).toEqual([]);
    expect(await claim(inPool(first, 'small'))).toEqual([first]);
    await send(first, 0, 'small');
    expect(await claim(inPool(first, 'small'))).toEqual([]);
    await send(alone.ids[0], 0, 'small');
    expect(await store.dispatch.stranded(['small', 'large'], 9)).toEqual([]);
    expect(await store.dispatch.stranded(['night'], 9)).toEqual([]);
    const stranded = await store.dispatch.stranded(['large'], 9);
    expect(stranded).toEqual([inPool(first, 'small'), inPool(second, 'small')]);
    await change(sweepId, second, { currentFence: 1 });
    expect(await store.dispatch.stranded(['large'], 9)).toEqual([inPool(first, 'small')]);
    await store.dispatch.recall(stranded);
    expect(await waiting(asking(sweepId, { pools: ['large'] }))).toEqual([first, third]);
    expect(await claim(inPool(first, 'large'))).toEqual([first]);
  });

  it('do not wait again for a job of a segment before', async () => {
    const { sweepId, ids } = await given(1);
    await send(ids[0]);
    await change(sweepId, ids[0], { segment: 1 });
    await send(ids[0], 1);
    await send(ids[0], 0);
    expect(await waiting(asking(sweepId))).toEqual([]);
  });

  it('are counted by pool and owner, with those that run', async () => {
    const ada = await given(3, { owner: 'ada', pools: ['small', 'large'] });
    await given(2, { owner: 'bob' });
    await send(ada.ids[0], 0, 'large');
    await change(ada.sweepId, ada.ids[0], { state: 'running' });
    expect(await store.dispatch.counts()).toEqual([
      { pool: 'default', owner: 'bob', waiting: 2, running: 0 },
      { pool: 'large', owner: 'ada', waiting: 0, running: 1 },
      { pool: 'small', owner: 'ada', waiting: 2, running: 0 },
    ]);
    expect(await store.dispatch.sweepsByOwner()).toEqual(
      new Map([
        ['ada', 1],
        ['bob', 1],
      ]),
    );
  });
});
