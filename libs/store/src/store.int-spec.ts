import { randomUUID } from 'node:crypto';
import {
  aSweepSpec,
  aTrainingConfig,
  epochMetrics,
  eventually,
  finalMetrics,
  stepMetrics,
  usePostgres,
} from '@fathom/testkit';
import { Client } from 'pg';
import type { AttemptRecord, NewTrial, TrialRecord } from './records';
import { Store } from './store';
import { isStoreUnavailable } from './unavailable';
import { isUnstorable } from './unstorable';

const at = new Date('2026-01-01T00:00:00.000Z');
const trialQuery = { sort: 'number', order: 'asc', limit: 50, offset: 0 } as const;

describe('store', () => {
  const postgres = usePostgres();
  let store: Store;

  beforeAll(async () => {
    store = new Store({ url: await postgres.createDatabase(), onConnectionError: () => undefined });
    await store.migrate();
  });
  afterAll(() => store.close());

  let sweepCount = 0;
  async function givenSweep(overrides: Parameters<typeof aSweepSpec>[0] = {}) {
    const id = randomUUID();
    const spec = aSweepSpec(overrides);
    // Each younger than the one before; two of the same millisecond have no order.
    const createdAt = new Date(Date.now() + sweepCount++);
    await store.sweeps.insert({ id, spec, plannedTrials: 4, createdAt });
    return { id, spec };
  }

  const aTrial = (sweepId: string, number: number, config = aTrainingConfig()): NewTrial => ({
    id: randomUUID(),
    sweepId,
    number,
    config,
    createdAt: at,
  });

  async function givenTrials(sweepId: string, count: number): Promise<TrialRecord[]> {
    const trials = Array.from({ length: count }, (_, i) => aTrial(sweepId, i + 1));
    await store.trials.insert(trials);
    const records = await store.trials.records(
      sweepId,
      trials.map((trial) => trial.id),
    );
    return records.sort((a, b) => a.number - b.number);
  }

  function completed(trial: TrialRecord, objective: number, metrics = finalMetrics()): TrialRecord {
    return { ...trial, state: 'completed', objectives: [objective], metrics, epochsDone: 1, endedAt: at };
  }

  it('migrates an empty database from several processes at once', async () => {
    const url = await postgres.createDatabase();
    const stores = [1, 2, 3].map(() => new Store({ url, onConnectionError: () => undefined }));
    await expect(stores[0]?.ping()).rejects.toThrow('not up to date');
    await Promise.all(stores.map((other) => other.migrate()));
    await Promise.all(stores.map((other) => other.ping()));
    await Promise.all(stores.map((other) => other.close()));
  });

  it('keeps a spec as it was given', async () => {
    const { id, spec } = await givenSweep({ description: 'ünïcode "quotes"' });
    expect((await store.sweeps.detail(id))?.spec).toEqual(spec);
    expect(await store.sweeps.lock(id)).toMatchObject({ id, state: 'running', spec, searchEvent: 0n });
  });

  it('rolls a transaction back when its work throws', async () => {
    const { id } = await givenSweep();
    const work = store.transaction(async (tx) => {
      await tx.sweeps.end(id, 'failed', 'because', at);
      throw new Error('stop');
    });
    await expect(work).rejects.toThrow('stop');
    expect(await store.sweeps.state(id)).toBe('running');
  });

  it('inserts ten thousand trials', async () => {
    const { id } = await givenSweep();
    await givenTrials(id, 10_000);
    expect((await store.sweeps.detail(id))?.trials.queued).toBe(10_000);
    const page = await store.trials.list(id, { ...trialQuery, limit: 2, offset: 9_998 });
    expect(page).toMatchObject({ total: 10_000, items: [{ number: 9_999 }, { number: 10_000 }] });
    await store.outbox.cancelSweep(id, at);
    const left = await store.outbox.take(100);
    expect(left.map(({ kind, sweepId }) => ({ kind, sweepId }))).toEqual([
      { kind: 'cancelSweep', sweepId: id },
    ]);
    await store.outbox.delete(left.map((entry) => entry.id));
    expect(await store.outbox.pending()).toBe(0);
  });

  it.each([
    ['minimize', 0.2],
    ['maximize', 0.4],
  ] as const)('finds the best trial when the goal is to %s', async (goal, best) => {
    const { id } = await givenSweep({ objective: { metric: 'validationError', goal } });
    const [first, second, third] = await givenTrials(id, 3);
    if (!first || !second || !third) throw new Error('three trials were inserted');
    await store.trials.save(completed(first, 0.4));
    await store.trials.save(completed(second, 0.2));
    await store.trials.save({ ...third, state: 'stopped', objectives: [goal === 'minimize' ? 0.01 : 0.99] });
    const detail = await store.sweeps.detail(id);
    expect(detail?.best?.objective).toBe(best);
    expect(detail?.trials).toEqual({
      queued: 0,
      running: 0,
      paused: 0,
      completed: 2,
      stopped: 1,
      diverged: 0,
      failed: 0,
      cancelled: 0,
    });
    expect(detail?.progress).toBe(0.75);
  });

  it('sorts trials with those that have no value last, in both directions', async () => {
    const { id } = await givenSweep();
    const [first, second, third] = await givenTrials(id, 3);
    if (!first || !second || !third) throw new Error('three trials were inserted');
    await store.trials.save(completed(first, 0.4));
    await store.trials.save(completed(third, 0.2));
    const numbers = async (order: 'asc' | 'desc') =>
      (await store.trials.list(id, { ...trialQuery, sort: 'objective', order })).items.map((t) => t.number);
    expect(await numbers('asc')).toEqual([3, 1, 2]);
    expect(await numbers('desc')).toEqual([1, 3, 2]);
    const page = await store.trials.list(id, { ...trialQuery, state: 'completed' });
    expect(page.total).toBe(2);
  });

  it('reads what analyses need of the trials that have ended, and nothing else', async () => {
    const { id } = await givenSweep();
    const trials = [8, 8, 14].map((depth, i) => aTrial(id, i + 1, aTrainingConfig({ depth, seed: i })));
    await store.trials.insert(trials);
    const records = await store.trials.records(
      id,
      trials.map((trial) => trial.id),
    );
    for (const record of records)
      await store.trials.save(completed(record, 0.5, finalMetrics({ testError: record.number / 10 })));
    const queued = aTrial(id, 4, aTrainingConfig({ depth: 8 }));
    await store.trials.insert([queued]);

    const measured = await store.analysis.depthResults(id, ['depth', 'seed']);
    expect(measured.map(({ number, depth, testError }) => [number, depth, testError])).toEqual([
      [1, 8, 0.1],
      [2, 8, 0.2],
      [3, 14, 0.3],
    ]);
    expect(measured[1]).toMatchObject({
      variant: 'residual',
      config: { depth: 8, seed: 1 },
      objectives: [0.5],
    });
    const results = await store.analysis.results(id, ['completed', 'stopped'], ['learningRate']);
    expect(results).toHaveLength(3);
    expect(results[0]).toEqual({
      id: trials[0]?.id,
      number: 1,
      state: 'completed',
      config: { learningRate: 0.1 },
      objectives: [0.5],
      endedAt: at.getTime(),
    });
    expect(await store.analysis.results(id, ['stopped'], ['learningRate'])).toEqual([]);
    const sweep = await store.analysis.sweep(id);
    expect(sweep?.spec.space).toEqual((await store.sweeps.detail(id))?.spec.space);
    expect(await store.analysis.sweep(randomUUID())).toBeUndefined();
  });

  it('keeps one metric point of a report that comes twice, and one history over attempts', async () => {
    const { id } = await givenSweep();
    const [trial] = await givenTrials(id, 1);
    if (!trial) throw new Error('a trial was inserted');
    const attempt = (fence: number) => ({
      id: randomUUID(),
      trialId: trial.id,
      fence,
      state: 'running' as const,
      workerId: 'w',
      device: 'cpu',
      microBatch: null,
      failure: null,
      memo: null,
      startedAt: at,
      endedAt: null,
    });
    const [first, second] = [attempt(1), attempt(2)];
    await store.attempts.save([first, second]);
    const point = (attemptId: string, step: number, loss: number) => ({
      attemptId,
      kind: 'step' as const,
      step,
      values: stepMetrics({ step, loss }),
    });
    const points = [
      point(first.id, 5, 1),
      point(first.id, 10, 2),
      point(second.id, 8, 3),
      point(second.id, 12, 4),
    ];
    await store.metrics.insert(points);
    await store.metrics.insert(points);
    await store.metrics.insert([
      { attemptId: second.id, kind: 'epoch', step: 12, values: epochMetrics({ step: 12 }) },
    ]);
    const history = await store.metrics.history(trial.id);
    expect(history.steps.map(({ step, loss }) => [step, loss])).toEqual([
      [5, 1],
      [8, 3],
      [12, 4],
    ]);
    expect(history.epochs).toEqual([epochMetrics({ step: 12 })]);
    expect((await store.trials.summary(trial.id))?.attempts).toBe(2);
  });

  it('gives a job the micro-batch of the newest attempt that told of one', async () => {
    const { id } = await givenSweep();
    const [trial] = await givenTrials(id, 1);
    if (!trial) throw new Error('no trial');
    const microBatch = async () => (await store.trials.jobs([trial.id])).map((job) => job.microBatch);
    await store.trials.save({ ...trial, currentFence: 3 });
    expect(await microBatch()).toEqual([undefined]);
    await store.attempts.save(
      [32, 16, null].map((size, index) => ({
        ...{ id: randomUUID(), trialId: trial.id, fence: index + 1, state: 'failed' as const, workerId: 'w' },
        ...{ device: 'cpu', microBatch: size, failure: null, memo: null, startedAt: at, endedAt: at },
      })),
    );
    expect(await microBatch()).toEqual([16]);
    expect((await store.attempts.history(trial.id)).map((one) => one.microBatch)).toEqual([32, 16, null]);
    expect(await store.trials.summary(trial.id)).toMatchObject({ attempts: 3, microBatch: 16 });
    const { items } = await store.trials.list(id, trialQuery);
    expect(items).toMatchObject([{ attempts: 3, microBatch: 16 }]);
  });

  it('tells a job that is another what the newest attempt that failed left for the next', async () => {
    const { id } = await givenSweep();
    const [trial] = await givenTrials(id, 1);
    if (!trial) throw new Error('no trial');
    await store.trials.save({ ...trial, currentFence: 3 });
    const failure = { class: 'out-of-memory', message: 'no memory', log: '' } as const;
    const exclusions = [{ node: 'n', policy: 'ecc', line: 'Xid 63', failure: 'native-crash' }] as const;
    const attempt = (fence: number, more: Partial<AttemptRecord>): AttemptRecord => ({
      ...{ id: randomUUID(), trialId: trial.id, fence, state: 'failed', workerId: 'w', device: 'cpu' },
      ...{ microBatch: 32, failure, memo: null, startedAt: at, endedAt: at },
      ...more,
    });
    const retries = { failures: { 'out-of-memory': 1 }, step: 7, losses: 2 };
    await store.attempts.save([
      attempt(1, { memo: { retries, microBatch: 16, exclusions: [...exclusions] } }),
      attempt(2, { state: 'interrupted', failure: null, microBatch: 16 }),
    ]);
    const [job] = await store.trials.jobs([trial.id]);
    expect(job).toMatchObject({ microBatch: 16, exclusions, retries: { ...retries, losses: 0 } });
    // One that failed for good leaves nothing: a re-run begins anew.
    await store.attempts.save([attempt(3, { microBatch: 16 })]);
    const [again] = await store.trials.jobs([trial.id]);
    expect(again).toMatchObject({ microBatch: 16 });
    expect(again).not.toHaveProperty('retries');
  });

  it('finds the last epoch of the newest trials that have ended', async () => {
    const { id, spec } = await givenSweep();
    const [ended, open] = await givenTrials(id, 2);
    if (!ended || !open) throw new Error('no trials');
    for (const trial of [ended, open]) {
      const attemptId = randomUUID();
      await store.attempts.save([
        {
          ...{ id: attemptId, trialId: trial.id, fence: 1, state: 'completed', workerId: 'w', device: 'CPU' },
          ...{ microBatch: null, failure: null, memo: null, startedAt: at, endedAt: at },
        },
      ]);
      await store.metrics.insert(
        [1, 2].map((epoch) => ({
          ...{ attemptId, kind: 'epoch' as const, step: 10 * epoch },
          values: epochMetrics({ epoch, step: 10 * epoch, seconds: epoch }),
        })),
      );
    }
    await store.trials.save({ ...ended, state: 'completed', metrics: finalMetrics(), endedAt: at });
    const epochs = await store.metrics.recentEpochs(1_000);
    const ofSweep = epochs.filter(({ metrics }) => metrics.seconds === 2);
    expect(ofSweep).toEqual([
      {
        dataset: spec.dataset,
        config: aTrainingConfig(),
        metrics: epochMetrics({ epoch: 2, step: 20, seconds: 2 }),
      },
    ]);
    expect(await store.metrics.recentEpochs(0)).toEqual([]);
  });

  it('gives an outbox entry to one taker at a time', async () => {
    const { id } = await givenSweep();
    const trials = await givenTrials(id, 4);
    await store.outbox.stopTrials(
      id,
      trials.map((trial) => trial.id),
      at,
    );
    await store.transaction(async (tx) => {
      const mine = await tx.outbox.take(3);
      expect(mine).toHaveLength(3);
      const theirs = await store.transaction((other) => other.outbox.take(10));
      expect(theirs).toHaveLength(1);
      await tx.outbox.delete(mine.map((entry) => entry.id));
    });
    const [left] = await store.outbox.take(10);
    expect(left?.trialId).toBe(trials[3]?.id);
    await store.outbox.delete(left ? [left.id] : []);
  });

  it('finds the sweeps that are over their wall-clock budget', async () => {
    const { id } = await givenSweep({ budget: { maxWallClockSeconds: 60 } });
    const { id: unlimited } = await givenSweep();
    const later = new Date(Date.now() + 61_000);
    const overOf = async (now: Date) =>
      (await store.sweeps.overBudget(now)).filter((over) => over.id === id || over.id === unlimited);
    expect(await overOf(new Date())).toEqual([]);
    expect(await overOf(later)).toEqual([{ id, limit: 'maxWallClockSeconds' }]);
  });

  it('finds the sweeps whose attempts have had devices for too long, those that run included', async () => {
    const { id } = await givenSweep({ budget: { maxDeviceHours: 1 } });
    const trials = await givenTrials(id, 2);
    const attempts = trials.map((trial, index) => ({
      id: randomUUID(),
      trialId: trial.id,
      fence: 1,
      state: index === 0 ? ('paused' as const) : ('running' as const),
      workerId: 'w',
      device: 'cpu',
      microBatch: null,
      failure: null,
      memo: null,
      startedAt: at,
      endedAt: index === 0 ? new Date(at.getTime() + 2_400_000) : null,
    }));
    await store.attempts.save(attempts);
    const overAfter = async (seconds: number) =>
      (await store.sweeps.overBudget(new Date(at.getTime() + seconds * 1_000))).filter((o) => o.id === id);
    expect(await overAfter(1_190)).toEqual([]);
    expect(await overAfter(1_210)).toEqual([{ id, limit: 'maxDeviceHours' }]);
  });

  it('takes a stopped trial for the best and as a result only where it has a number and none completed', async () => {
    const { id } = await givenSweep();
    const [first, second, third] = await givenTrials(id, 3);
    if (!first || !second || !third) throw new Error('three trials were inserted');
    await store.trials.save({ ...first, state: 'stopped', endedAt: at });
    expect(await store.trials.hasResult(id)).toBe(false);
    await store.trials.save({ ...second, state: 'stopped', objectives: [0.5, null], endedAt: at });
    expect(await store.trials.hasResult(id)).toBe(true);
    expect((await store.sweeps.detail(id))?.best).toMatchObject({ number: 2, objectives: [0.5, null] });
    await store.trials.save(completed(third, 0.7));
    expect((await store.sweeps.detail(id))?.best).toMatchObject({ number: 3, objective: 0.7 });
  });

  it('makes a job of the present segment of a trial, with all there is to know of its beginning and its end', async () => {
    const { id } = await givenSweep({
      scheduler: { algorithm: 'pbt' },
      recipe: { epochs: 9, batchSize: 20 },
    });
    const { id: halving } = await givenSweep({ scheduler: { algorithm: 'asha' } });
    const donor: NewTrial = { ...aTrial(id, 1), untilEpoch: 3 };
    const clone: NewTrial = { ...aTrial(id, 2), untilEpoch: 6, origin: { trial: 1, epoch: 3 } };
    const promoted = aTrial(halving, 1);
    await store.trials.insert([donor, clone, promoted]);
    const [record] = await store.trials.records(halving, [promoted.id]);
    if (!record) throw new Error('the trial was inserted');
    expect(await store.trials.recordsByNumber(halving, [1, 2])).toEqual([record]);
    await store.trials.save({ ...record, segment: 2, epochsDone: 3, untilEpoch: null, currentFence: 5 });
    const jobs = await store.trials.jobs([promoted.id, clone.id, donor.id]);
    const jobOf = (trial: NewTrial) => jobs.find(({ trialId }) => trialId === trial.id);
    expect(jobOf(donor)).toMatchObject({ segment: 0, untilEpoch: 3, keepPauses: true, priority: 0 });
    expect(jobOf(donor)).not.toHaveProperty('startFrom');
    const startFrom = { trialId: donor.id, epoch: 3 };
    expect(jobOf(clone)).toMatchObject({ untilEpoch: 6, startFrom, keepPauses: true, priority: 0 });
    expect(jobOf(promoted)).toMatchObject({ segment: 2, fenceBase: 5, keepPauses: false, priority: 3 });
    expect(jobOf(promoted)).not.toHaveProperty('untilEpoch');
    expect(await store.trials.summary(clone.id)).toMatchObject({
      ...{ epochsDone: 3, untilEpoch: 6, origin: { trial: 1, epoch: 3 } },
    });

    const awaited = async () =>
      (await store.trials.stoppedSegments([donor.id])).map(({ isAwaited }) => isAwaited);
    expect(await awaited()).toEqual([true]);
    const [begun] = await store.trials.records(id, [clone.id]);
    if (!begun) throw new Error('the trial was inserted');
    await store.trials.save({ ...begun, state: 'running', epochsDone: 4 });
    expect(await awaited()).toEqual([false]);
  });

  it('has no job to make for a paused trial, and cancels it with the others', async () => {
    const { id } = await givenSweep();
    const [paused, ended] = await givenTrials(id, 2);
    if (!paused || !ended) throw new Error('two trials were inserted');
    await store.trials.save({ ...paused, state: 'paused', segment: 1, epochsDone: 1 });
    await store.trials.save({ ...ended, state: 'stopped' });
    await store.dispatch.sent([{ trialId: paused.id, segment: 1, pool: 'small' }]);
    expect(await store.trials.jobs([paused.id])).toEqual([]);
    expect((await store.trials.scheduled(undefined, 100_000)).map((t) => t.id)).not.toContain(paused.id);
    expect((await store.trials.cancelOpen(id, at)).map((t) => t.id)).toEqual([paused.id]);
    expect(await store.trials.cancelledSegments(id)).toEqual([
      { trialId: paused.id, segment: 1, pool: 'small' },
    ]);
  });

  it('gives back decisions in their order, by page and by trial', async () => {
    const { id } = await givenSweep();
    const decision = (action: 'createTrial' | 'pauseTrial' | 'resumeTrial', trial: number) => ({
      ...{ sweepId: id, action, trial, reason: `${action} ${String(trial)}` },
    });
    await store.events.appendDecisions([decision('createTrial', 1), decision('createTrial', 2)], at);
    await store.events.appendDecisions([decision('pauseTrial', 1), decision('resumeTrial', 1)], at);
    const page = await store.events.decisions(id, { limit: 2, offset: 1 });
    expect(page).toMatchObject({ total: 4, limit: 2, offset: 1 });
    expect(page.items.map(({ action, trial }) => [action, trial])).toEqual([
      ['createTrial', 2],
      ['pauseTrial', 1],
    ]);
    const ofFirst = await store.events.decisions(id, { trial: 1, limit: 10, offset: 0 });
    expect(ofFirst.items.map(({ reason }) => reason)).toEqual([
      'createTrial 1',
      'pauseTrial 1',
      'resumeTrial 1',
    ]);
    expect(await store.events.after(id, 0n, 10)).toEqual([]);
  });

  it('drops old logs in parts, so that each part that is gone stays gone', async () => {
    const url = await postgres.createDatabase();
    const logs = new Store({ url, onConnectionError: () => undefined });
    await logs.migrate();
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`
      create table drops (chunks int);
      create function note() returns trigger language plpgsql as
        'begin insert into drops select count(*) from gone; return null; end';
      create trigger note after delete on trial_logs
        referencing old table as gone for each statement execute function note()`);
    const [sweepId, attemptId] = [randomUUID(), randomUUID()];
    await logs.sweeps.insert({ id: sweepId, spec: aSweepSpec(), plannedTrials: 1, createdAt: at });
    const trial = aTrial(sweepId, 1);
    await logs.trials.insert([trial]);
    const chunk = (seq: number) => ({
      ...{ trialId: trial.id, attemptId, fence: 1, seq, endOffset: seq },
      lines: [{ at: at.toISOString(), source: 'training' as const, text: String(seq) }],
    });
    const old = Array.from({ length: 2_500 }, (_, seq) => chunk(seq));
    await logs.logs.append(old, at);
    const now = new Date(at.getTime() + 1);
    await logs.logs.append([chunk(old.length)], now);
    expect(await logs.logs.dropBefore(now)).toBe(2_500);
    expect((await logs.logs.after(trial.id, undefined)).map(({ text }) => text)).toEqual(['2500']);
    const { rows } = await client.query<{ chunks: number }>('select chunks from drops');
    expect(rows.map(({ chunks }) => chunks)).toEqual([1_000, 1_000, 500]);
    await client.end();
    await logs.close();
  });

  it('lists sweeps newest first and by state', async () => {
    const { id: older } = await givenSweep();
    const { id: newer } = await givenSweep();
    await store.sweeps.end(older, 'cancelled', 'test', at);
    const all = (await store.sweeps.list({ limit: 1000, offset: 0 })).items.map((sweep) => sweep.id);
    expect(all.indexOf(newer)).toBeLessThan(all.indexOf(older));
    const cancelled = await store.sweeps.list({ state: 'cancelled', limit: 10, offset: 0 });
    expect(cancelled.items.map((sweep) => sweep.id)).toEqual([older]);
    expect(cancelled.total).toBe(1);
  });
});

describe('store without its database', () => {
  const postgres = usePostgres();

  it('says so, keeps the process alive and finds the database again', async () => {
    const broken: Error[] = [];
    const url = await postgres.createDatabase();
    const store = new Store({ url, onConnectionError: (error) => broken.push(error) });
    await store.migrate();
    await store.ping();
    await expect(store.sweeps.countsByState()).resolves.toBeDefined();

    // In the middle of a transaction: a connection in use breaks, too.
    const cut = store.transaction(async (tx) => {
      await tx.outbox.pending();
      await postgres.stop();
      await tx.outbox.pending();
    });
    const error: unknown = await cut.catch((caught: unknown) => caught);
    expect(isStoreUnavailable(error)).toBe(true);
    expect(isStoreUnavailable(await store.ping().catch((caught: unknown) => caught))).toBe(true);
    expect(isStoreUnavailable(await store.sweeps.countsByState().catch((caught: unknown) => caught))).toBe(
      true,
    );
    expect(broken.length).toBeGreaterThan(0);

    await postgres.start();
    await eventually(() => store.ping());
    await expect(store.outbox.pending()).resolves.toBe(0);
    await store.close();
  });

  it('gives every connection back that breaks under a transaction', async () => {
    const url = await postgres.createDatabase();
    const small = new Store({ url, maxConnections: 2, onConnectionError: () => undefined });
    const nothing = () => small.transaction(() => Promise.resolve());
    for (let outage = 0; outage < 5; outage++) {
      await eventually(() => Promise.all([nothing(), nothing()]));
      const stopping = postgres.stop();
      // At every moment of the server's end one is just beginning.
      const results = await Promise.allSettled(Array.from({ length: 200 }, nothing));
      await stopping;
      expect(results).toHaveLength(200);
      await postgres.start();
    }
    await eventually(() => Promise.all([nothing(), nothing()]));
    await small.close();
  }, 120_000);

  it('tells what is wrong with the database from what is wrong with what it is given', async () => {
    const url = await postgres.createDatabase();
    const open = (to: string) => new Store({ url: to, onConnectionError: () => undefined });
    const sound = open(url);
    await sound.migrate();
    const insert = ({ sweeps }: Pick<Store, 'sweeps'>, plannedTrials = 1) =>
      sweeps.insert({ id: randomUUID(), spec: aSweepSpec(), plannedTrials, createdAt: at });
    const faultOf = async (work: Promise<void>) => {
      const error: unknown = await work.catch((caught: unknown) => caught);
      return { isUnstorable: isUnstorable(error), isStoreUnavailable: isStoreUnavailable(error) };
    };
    const ofData = { isUnstorable: true, isStoreUnavailable: false };
    const ofDatabase = { isUnstorable: false, isStoreUnavailable: true };
    expect(await faultOf(insert(sound, 1e12))).toEqual(ofData);
    for (const change of [
      (to: URL) => {
        to.searchParams.set('options', '-c default_transaction_read_only=on');
      },
      (to: URL) => {
        to.username = 'nobody';
      },
      (to: URL) => {
        to.searchParams.set('sslmode', 'require');
      },
    ]) {
      const impaired = new URL(url);
      change(impaired);
      const store = open(impaired.href);
      expect(await faultOf(insert(store))).toEqual(ofDatabase);
      expect(await faultOf(store.transaction((tx) => insert(tx)))).toEqual(ofDatabase);
      await store.close();
    }
    await sound.close();
    expect(await faultOf(sound.transaction((tx) => insert(tx)))).toEqual(ofDatabase);
  });

  it('does not take an error of ours for an outage', () => {
    expect(isStoreUnavailable(new Error('stop'))).toBe(false);
    expect(isUnstorable(new Error('stop'))).toBe(true);
    expect(isStoreUnavailable(Object.assign(new Error('duplicate key'), { code: '23505' }))).toBe(false);
    expect(isUnstorable(Object.assign(new Error('duplicate key'), { code: '23505' }))).toBe(true);
  });
});
