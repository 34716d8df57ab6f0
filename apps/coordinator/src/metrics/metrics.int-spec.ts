import { randomUUID } from 'node:crypto';
import type { SweepDetail, TrialPage } from '@fathom/contracts';
import {
  aReport,
  aSweepRequest,
  aSweepSpec,
  aTrainingConfig,
  epochMetrics,
  eventually,
  finalMetrics,
} from '@fathom/testkit';
import { insertPastSweep } from '../testing/past-trials';
import { useCoordinator } from '../testing/use-coordinator';

const PAST_TRIALS = 20_000;

describe('metrics of the coordinator', () => {
  const api = useCoordinator({ reconcileIntervalMs: 3_600_000 });

  const scrape = async () => (await fetch(`${api.url}/metrics`)).text();
  const seriesOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  /** Of the series with these labels. */
  const valueOf = (text: string, name: string, labels: Record<string, string> = {}) => {
    const found = seriesOf(text).filter(
      (line) =>
        new RegExp(`^${name}[{ ]`).test(line) &&
        Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)),
    );
    expect([name, labels, found.length]).toEqual([name, labels, 1]);
    return Number(found[0]?.split(' ').at(-1));
  };

  async function givenSweep(overrides: Parameters<typeof aSweepRequest>[0] = {}) {
    const { body, status } = await api.post<SweepDetail>('/v1/sweeps', aSweepRequest(overrides));
    expect(status).toBe(201);
    const { body: page } = await api.get<TrialPage>(`/v1/sweeps/${body.id}/trials`);
    return { id: body.id, trials: page.items };
  }
  const anAttempt = (trial: { id: string; sweepId: string }, fence = 1, seconds = 0) => ({
    sweepId: trial.sweepId,
    trialId: trial.id,
    attemptId: randomUUID(),
    fence,
    at: new Date(Date.now() + seconds * 1_000).toISOString(),
  });

  it('has no series for past trials, however many there are, and reads of them in no time', async () => {
    // Those of Node.js come and go, and each scrape is a request.
    const ownSeries = (text: string) =>
      seriesOf(text).filter((line) => line.startsWith('fathom_') && !line.startsWith('fathom_http_')).length;
    const before = ownSeries(await scrape());
    const { store } = api.coordinator.http;
    const { databaseUrl } = api.options();
    const config = aTrainingConfig();
    const spec = aSweepSpec({ name: 'long past' });
    const endedAt = new Date(Date.now() - 86_400_000);
    for (let sweep = 0; sweep < 4; sweep++) {
      const trials = Array.from({ length: PAST_TRIALS / 4 }, (_, i) => ({
        number: i + 1,
        state: 'completed' as const,
        config,
        objectives: [0.5],
        metrics: finalMetrics(),
        endedAt,
      }));
      const id = await insertPastSweep({ store, databaseUrl }, spec, endedAt, trials);
      // It is past since yesterday.
      await store.sweeps.end(id, 'completed', 'done', endedAt);
    }
    // Until then a scrape shows what one before has read.
    const { text, ms } = await eventually(
      async () => {
        const began = performance.now();
        const text = await scrape();
        const ms = performance.now() - began;
        expect(valueOf(text, 'fathom_trials', { state: 'completed' })).toBe(PAST_TRIALS);
        return { text, ms };
      },
      { timeoutMs: 30_000 },
    );
    expect(ownSeries(text)).toBe(before);
    expect(text).not.toContain('long past');
    expect(ms).toBeLessThan(1_500);
  });

  it('shows a sweep: trials, objective and error by depth, rungs, decisions, cost against its budget and forecast', async () => {
    const { id, trials } = await givenSweep({
      name: 'watched',
      space: { depth: [8, 14], variant: ['residual'], seed: { min: 0, max: 1 } },
      search: { algorithm: 'grid' },
      scheduler: { algorithm: 'asha', eta: 2, minEpochs: 1 },
      recipe: { epochs: 4, batchSize: 20 },
      budget: { maxDeviceHours: 10 },
    });
    const labels = { sweep_id: id, sweep: 'watched' };
    const [first, second] = trials;
    if (!first || !second) throw new Error('the sweep has trials');
    const attempt = anAttempt(first);
    const later = { ...attempt, at: new Date(Date.now() + 3_600_000).toISOString() };
    await api.report(
      aReport('attemptStarted', attempt),
      aReport('attemptPaused', { ...later, metrics: epochMetrics({ validationError: 0.25 }) }),
      aReport('attemptStarted', anAttempt(second)),
    );
    const text = await eventually(async () => {
      const now = await scrape();
      expect(valueOf(now, 'fathom_sweep_trials', { ...labels, state: 'running' })).toBe(1);
      expect(
        valueOf(now, 'fathom_sweep_device_seconds_forecast', { ...labels, bound: 'low' }),
      ).toBeGreaterThan(0);
      return now;
    });
    const value = (name: string, more: Record<string, string> = {}) =>
      valueOf(text, name, { ...labels, ...more });
    expect(value('fathom_sweep_info', { state: 'running' })).toBe(1);
    expect(value('fathom_sweep_trials', { state: 'paused' })).toBe(1);
    expect(value('fathom_sweep_planned_trials')).toBe(4);
    expect(value('fathom_sweep_progress_ratio')).toBeCloseTo(1 / 16);
    expect(value('fathom_sweep_best_objective', { metric: 'validationError' })).toBe(0.25);
    const depth = String(first.config.depth);
    for (const statistic of ['best', 'mean'])
      expect(value('fathom_sweep_depth_objective', { depth, variant: 'residual', statistic })).toBe(0.25);
    expect(value('fathom_sweep_rung_trials', { rung: '1', state: 'paused' })).toBe(1);
    expect(value('fathom_sweep_rung_trials', { rung: '1', state: 'running' })).toBe(1);
    expect(value('fathom_sweep_decisions_total', { action: 'createTrial' })).toBe(4);
    // An hour of one, and what the other has had until now.
    expect(value('fathom_sweep_device_seconds')).toBeGreaterThanOrEqual(3_600);
    expect(value('fathom_sweep_device_seconds')).toBeLessThan(3_700);
    expect(value('fathom_sweep_device_seconds_budget')).toBe(36_000);
    expect(value('fathom_sweep_budget_used_ratio', { limit: 'maxDeviceHours' })).toBeCloseTo(0.1, 2);
    expect(Math.abs(value('fathom_sweep_last_report_timestamp_seconds') - Date.now() / 1_000)).toBeLessThan(
      60,
    );

    // The best is let go on when enough others have got as far.
    const rest = trials.slice(1).map((trial) => anAttempt(trial, trial === second ? 2 : 1));
    for (const other of rest)
      await api.report(
        aReport('attemptStarted', other),
        aReport('attemptPaused', { ...other, metrics: epochMetrics({ validationError: 0.5 }) }),
      );
    await eventually(async () => {
      const now = await scrape();
      expect(valueOf(now, 'fathom_sweep_promotions_total', { ...labels, rung: '2' })).toBeGreaterThanOrEqual(
        1,
      );
      expect(
        valueOf(now, 'fathom_sweep_decisions_total', { ...labels, action: 'resumeTrial' }),
      ).toBeGreaterThanOrEqual(1);
    });
  });

  it('counts what attempts come to: waits, runs, failures, late reports', async () => {
    const before = await scrape();
    const { trials } = await givenSweep({ space: { depth: [8] } });
    const [trial] = trials;
    if (!trial) throw new Error('the sweep has a trial');
    const [old, current] = [anAttempt(trial, 1, 5), anAttempt(trial, 2, 10)];
    const failure = { class: 'native-crash', message: 'it crashed', log: '' } as const;
    await api.report(
      aReport('attemptStarted', old),
      aReport('attemptStarted', current),
      aReport('epochReported', old),
      aReport('attemptFailed', { ...current, at: anAttempt(trial, 2, 40).at, failure, willRetry: true }),
    );
    const grown = (after: string, name: string, labels: Record<string, string> = {}) =>
      valueOf(after, name, labels) - valueOf(before, name, labels);
    const after = await eventually(async () => {
      const now = await scrape();
      expect(grown(now, 'fathom_attempt_failures_total', { class: 'native-crash' })).toBe(1);
      return now;
    });
    expect(grown(after, 'fathom_trial_wait_seconds_count')).toBe(1);
    expect(grown(after, 'fathom_trial_wait_seconds_sum')).toBeCloseTo(5, 0);
    expect(grown(after, 'fathom_attempt_run_seconds_sum', { outcome: 'failed' })).toBeCloseTo(30, 0);
    expect(grown(after, 'fathom_attempt_run_seconds_count', { outcome: 'lost' })).toBe(1);
    expect(grown(after, 'fathom_attempt_failures_total', { class: 'lost-worker' })).toBe(1);
    expect(grown(after, 'fathom_reports_late_total', { type: 'epochReported' })).toBe(1);
    expect(grown(after, 'fathom_reports_total', { type: 'attemptStarted' })).toBe(2);
  });

  it('says who leads, what it reaches, and whether Redis may evict jobs', async () => {
    const text = await scrape();
    expect(valueOf(text, 'fathom_leader')).toBe(1);
    expect(valueOf(text, 'fathom_outbox_lag_seconds')).toBeGreaterThanOrEqual(0);
    for (const dependency of ['postgres', 'redis', 'redisPolicy'])
      expect(valueOf(text, 'fathom_dependency_up', { dependency })).toBe(1);
    await api.redis.stop();
    await eventually(async () =>
      expect(valueOf(await scrape(), 'fathom_dependency_up', { dependency: 'redis' })).toBe(0),
    );
    // What is on the queue nobody knows then, once what was read before is old; what is in the database is still said.
    const away = await eventually(async () => {
      const text = await scrape();
      expect(text).not.toMatch(/^fathom_queue_jobs\{/m);
      return text;
    });
    expect(valueOf(away, 'fathom_dependency_up', { dependency: 'postgres' })).toBe(1);
    expect(valueOf(away, 'fathom_trials', { state: 'completed' })).toBe(PAST_TRIALS);
    await api.redis.start();
    await eventually(async () => expect(await scrape()).toMatch(/^fathom_queue_jobs\{/m));
  });
});
