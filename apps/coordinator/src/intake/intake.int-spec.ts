import { randomUUID } from 'node:crypto';
import type { DepthTable, LiveEvent, Report, SweepDetail, TrialDetail, TrialPage } from '@fathom/contracts';
import { createLogger, noTracer } from '@fathom/runtime';
import { aReport, aSweepRequest, epochMetrics, eventually, finalMetrics, stepMetrics } from '@fathom/testkit';
import { Client } from 'pg';
import { systemClock } from '../clock';
import { Searches } from '../sweeps/searches';
import { useCoordinator } from '../testing/use-coordinator';
import { ReportIntake, type Rejection } from './report-intake';

describe('report intake', () => {
  const api = useCoordinator({ reconcileIntervalMs: 3_600_000 });

  async function givenSweep(overrides: Parameters<typeof aSweepRequest>[0] = {}) {
    const { body } = await api.post<SweepDetail>('/v1/sweeps', aSweepRequest(overrides));
    const { body: page } = await api.get<TrialPage>(`/v1/sweeps/${body.id}/trials`);
    return { id: body.id, trials: page.items };
  }
  const sweepOf = async (id: string) => (await api.get<SweepDetail>(`/v1/sweeps/${id}`)).body;
  const trialOf = async (id: string) => (await api.get<TrialDetail>(`/v1/trials/${id}`)).body;

  /** The envelope of an attempt of a trial. */
  const anAttempt = (trial: { id: string; sweepId: string }, fence = 1) => ({
    sweepId: trial.sweepId,
    trialId: trial.id,
    attemptId: randomUUID(),
    fence,
  });

  function aWholeAttempt(envelope: ReturnType<typeof anAttempt>, testError = 0.3): Report[] {
    return [
      aReport('attemptStarted', envelope),
      aReport('stepReported', { ...envelope, metrics: stepMetrics({ step: 5 }) }),
      aReport('epochReported', envelope),
      aReport('attemptCompleted', {
        ...envelope,
        metrics: finalMetrics({ testError, validationError: testError }),
      }),
    ];
  }

  it('brings a sweep from its first report to its end', async () => {
    const { id, trials } = await givenSweep();
    for (const [index, trial] of trials.entries())
      await api.report(...aWholeAttempt(anAttempt(trial), 0.1 * (index + 1)));
    const sweep = await eventually(async () => {
      const current = await sweepOf(id);
      expect(current.state).toBe('completed');
      return current;
    });
    expect(sweep).toMatchObject({ progress: 1, reason: 'all 4 trials have ended', best: { number: 1 } });
    expect(sweep.trials.completed).toBe(4);

    const trial = await trialOf(trials[0]?.id ?? '');
    expect(trial).toMatchObject({ state: 'completed', attempts: 1, epochsDone: 1, objective: 0.1 });
    expect(trial.attemptHistory).toMatchObject([{ fence: 1, state: 'completed', workerId: 'worker-1' }]);
    expect(trial.steps).toEqual([stepMetrics({ step: 5 })]);
    expect(trial.epochs).toEqual([epochMetrics()]);

    const { body: table } = await api.get<DepthTable>(`/v1/sweeps/${id}/depth-table`);
    expect(table.rows.map(({ depth, variant, trials: n }) => [depth, variant, n])).toEqual([
      [8, 'residual', 1],
      [8, 'plain', 1],
      [14, 'residual', 1],
      [14, 'plain', 1],
    ]);
    const conflict = await api.post(`/v1/sweeps/${id}/cancel`);
    expect(conflict).toMatchObject({ status: 409, body: { code: 'state-conflict' } });
  });

  it('has the effect of one report of those that come twice', async () => {
    const { id, trials } = await givenSweep({ space: { depth: [8] } });
    const [trial] = trials;
    if (!trial) throw new Error('the sweep has a trial');
    const reports = aWholeAttempt(anAttempt(trial));
    await api.report(...reports, ...reports, ...reports);
    await eventually(async () => expect((await sweepOf(id)).state).toBe('completed'));
    await api.report(...reports);
    const { body: other } = await api.post<SweepDetail>(
      '/v1/sweeps',
      aSweepRequest({ space: { depth: [14] } }),
    );
    const { body: page } = await api.get<TrialPage>(`/v1/sweeps/${other.id}/trials`);
    const last = page.items[0];
    if (!last) throw new Error('the sweep has a trial');
    // Behind all repetitions on the stream: when this one has been taken, they have, too.
    await api.report(aReport('attemptStarted', anAttempt(last)));
    await eventually(async () => expect((await trialOf(last.id)).state).toBe('running'));
    const after = await trialOf(trial.id);
    expect(after.attemptHistory).toHaveLength(1);
    expect(after.steps).toHaveLength(1);
    expect(await eventsOf(id)).toEqual([
      'sweepChanged running',
      'trialsCreated',
      'trialChanged running',
      'epochReported',
      'trialChanged completed',
      'sweepChanged completed',
    ]);
  });

  it('keeps what a worker that was overtaken says out of the result', async () => {
    const { trials } = await givenSweep({ space: { depth: [8] } });
    const [trial] = trials;
    if (!trial) throw new Error('the sweep has a trial');
    const [old, current] = [anAttempt(trial, 1), anAttempt(trial, 2)];
    await api.report(
      aReport('attemptStarted', old),
      aReport('attemptStarted', current),
      ...aWholeAttempt(old, 0.9).slice(1),
      aReport('epochReported', { ...current, metrics: epochMetrics({ validationError: 0.25 }) }),
    );
    const after = await eventually(async () => {
      const detail = await trialOf(trial.id);
      expect(detail.epochsDone).toBe(1);
      return detail;
    });
    expect(after).toMatchObject({ state: 'running', objective: 0.25, metrics: null, attempts: 2 });
    expect(after.attemptHistory).toMatchObject([
      { fence: 1, state: 'lost' },
      { fence: 2, state: 'running' },
    ]);
  });

  it('goes on with the sweep when trials fail, and fails it when all do', async () => {
    const { id, trials } = await givenSweep({ space: { depth: [8, 14] } });
    const [diverges, crashes] = trials;
    if (!diverges || !crashes) throw new Error('the sweep has two trials');
    const first = anAttempt(diverges);
    const failure = { class: 'diverged', message: 'the loss is NaN at step 12', log: 'last words' } as const;
    await api.report(
      aReport('attemptStarted', first),
      aReport('attemptFailed', { ...first, failure, willRetry: false }),
    );
    await eventually(async () =>
      expect(await trialOf(diverges.id)).toMatchObject({ state: 'diverged', failure }),
    );
    expect(await sweepOf(id)).toMatchObject({ state: 'running', progress: 0.5 });
    for (const [fence, willRetry] of [
      [1, true],
      [2, false],
    ] as const) {
      const attempt = anAttempt(crashes, fence);
      await api.report(
        aReport('attemptStarted', attempt),
        aReport('attemptFailed', { ...attempt, willRetry }),
      );
      const state = willRetry ? 'queued' : 'failed';
      await eventually(async () =>
        expect(await trialOf(crashes.id)).toMatchObject({ state, attempts: fence }),
      );
    }
    expect(await sweepOf(id)).toMatchObject({
      state: 'failed',
      reason: 'all 2 trials have ended, 2 of them without a result',
    });
  });

  it('creates further trials as others end where the search limits how many run at once', async () => {
    const { id, trials } = await givenSweep({ search: { algorithm: 'grid', maxConcurrent: 1 } });
    expect(trials).toHaveLength(1);
    for (let done = 1; done <= 4; done++) {
      const { body } = await api.get<TrialPage>(`/v1/sweeps/${id}/trials?state=queued`);
      const [next] = body.items;
      if (!next) throw new Error('one trial is always open');
      expect(next.number).toBe(done);
      await api.report(...aWholeAttempt(anAttempt(next)));
      await eventually(async () => expect((await sweepOf(id)).trials.completed).toBe(done));
    }
    expect(await sweepOf(id)).toMatchObject({ state: 'completed' });
  });

  it('ends a trial where the search stops it, whatever else its worker said before it heard of that', async () => {
    const { id, trials } = await givenSweep({
      space: { depth: [8], seed: { min: 0, max: 9 } },
      search: { algorithm: 'random', trials: 2 },
      scheduler: { algorithm: 'asha-stopping', minEpochs: 1, eta: 2 },
      recipe: { epochs: 4, batchSize: 20 },
    });
    const epochsOf = (trial: TrialPage['items'][number], validationError: number) => {
      const attempt = anAttempt(trial);
      const metrics = { ...finalMetrics({ validationError }), epoch: 4, step: 40 };
      return [
        aReport('attemptStarted', attempt),
        ...[1, 2, 3, 4].map((epoch) =>
          aReport('epochReported', {
            ...attempt,
            metrics: epochMetrics({ epoch, step: 10 * epoch, validationError: validationError / epoch }),
          }),
        ),
        aReport('attemptCompleted', { ...attempt, metrics }),
      ];
    };
    const [best, worst] = trials;
    if (!best || !worst) throw new Error('the sweep has two trials');
    // One batch, as after an outage of the coordinator.
    await api.report(...epochsOf(best, 0.2), ...epochsOf(worst, 0.8));
    await eventually(async () => expect((await sweepOf(id)).state).toBe('completed'));
    expect(await trialOf(best.id)).toMatchObject({ state: 'completed', epochsDone: 4 });
    const stopped = await trialOf(worst.id);
    expect(stopped).toMatchObject({ state: 'stopped', epochsDone: 1, objective: 0.8, metrics: null });
    expect(stopped.attemptHistory).toMatchObject([{ state: 'completed' }]);
  });

  it('is not held up by reports nobody can place', async () => {
    const { id, trials } = await givenSweep({ space: { depth: [8] } });
    const [trial] = trials;
    if (!trial) throw new Error('the sweep has a trial');
    const foreign = anAttempt({ id: trial.id, sweepId: randomUUID() });
    await api.report(
      aReport('attemptStarted'),
      aReport('attemptCompleted', { ...foreign, metrics: finalMetrics() }),
      ...aWholeAttempt(anAttempt(trial)),
    );
    await eventually(async () => expect((await sweepOf(id)).state).toBe('completed'));
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/fathom_reports_rejected_total\{reason="unknown-trial"\} 2/);
    expect(metrics).toMatch(/fathom_reports_total\{type="attemptCompleted"\} [1-9]/);
  });

  it('is not held up by a report that no database could hold', async () => {
    const { id, trials } = await givenSweep({ space: { depth: [8] } });
    const [trial] = trials;
    if (!trial) throw new Error('the sweep has a trial');
    const attempt = anAttempt(trial);
    await api.report(aReport('attemptStarted', { ...attempt, fence: 2 ** 40 }), ...aWholeAttempt(attempt));
    await eventually(async () => expect((await sweepOf(id)).state).toBe('completed'));
    expect((await trialOf(trial.id)).attemptHistory).toMatchObject([{ fence: 1, state: 'completed' }]);
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/fathom_reports_rejected_total\{reason="error"\} 1/);
  });

  it('waits where it is the database that something is wrong with, whatever that is', async () => {
    const { id, trials } = await givenSweep({ space: { depth: [8] } });
    const [trial] = trials;
    if (!trial) throw new Error('the sweep has a trial');
    const rejected: Rejection[] = [];
    const ignore = () => undefined;
    const intake = new ReportIntake(
      ...([api.coordinator.http.store, new Searches(systemClock, noTracer)] as const),
      { taken: ignore, noted: ignore, committed: ignore, rejected: (why) => rejected.push(why) },
      ...([systemClock, createLogger({ name: 'test', level: 'silent' }), noTracer] as const),
    );
    const reports = aWholeAttempt(anAttempt(trial));
    const database = new Client({ connectionString: api.options().databaseUrl });
    await database.connect();
    await database.query('ALTER TABLE attempts RENAME TO elsewhere');
    await expect(intake.take(reports)).rejects.toThrow();
    await database.query('ALTER TABLE elsewhere RENAME TO attempts');
    await intake.take(reports);
    expect((await sweepOf(id)).state).toBe('completed');
    expect(rejected).toEqual([]);
    await database.end();
  });

  it('keeps a cancelled trial cancelled, whatever its worker says later', async () => {
    const { id, trials } = await givenSweep({ space: { depth: [8] } });
    const [trial] = trials;
    if (!trial) throw new Error('the sweep has a trial');
    const attempt = anAttempt(trial);
    await api.report(aReport('attemptStarted', attempt));
    await eventually(async () => expect((await trialOf(trial.id)).state).toBe('running'));
    await api.post(`/v1/sweeps/${id}/cancel`);
    await api.report(aReport('attemptCancelled', attempt));
    await eventually(async () =>
      expect((await trialOf(trial.id)).attemptHistory).toMatchObject([{ state: 'cancelled' }]),
    );
    expect(await trialOf(trial.id)).toMatchObject({ state: 'cancelled' });
    expect((await eventsOf(id)).at(-1)).toBe('sweepChanged cancelled');
  });

  async function eventsOf(sweepId: string): Promise<string[]> {
    const events: LiveEvent[] = await api.coordinator.http.store.events.after(sweepId, 0n, 1_000);
    return events.map((event) => ('state' in event ? `${event.type} ${event.state}` : event.type));
  }
});
