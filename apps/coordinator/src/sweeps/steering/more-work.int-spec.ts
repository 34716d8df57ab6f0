import { randomUUID } from 'node:crypto';
import type {
  DecisionPage,
  LiveEvent,
  Problem,
  SweepDetail,
  SweepSpecInput,
  TrialPage,
  TrialSummary,
  Verification,
} from '@fathom/contracts';
import { aReport, aSweepRequest, eventually, finalMetrics } from '@fathom/testkit';
import { useCoordinator } from '../../testing/use-coordinator';

const failure = { class: 'data', message: 'the folder is not there', log: '' } as const;

describe('a sweep that is given more to do', () => {
  const api = useCoordinator({ reconcileIntervalMs: 200, reconcileGraceMs: 400 });
  const two: Partial<SweepSpecInput> = {
    space: { learningRate: { min: 0.01, max: 1, scale: 'log' } },
    recipe: { depth: 8, epochs: 1, batchSize: 20 },
    search: { algorithm: 'random', trials: 2, maxConcurrent: 2 },
  };
  const givenSweep = async (overrides: Partial<SweepSpecInput> = {}) =>
    (await api.post<SweepDetail>('/v1/sweeps', aSweepRequest({ ...two, ...overrides }))).body.id;
  const sweepOf = async (id: string) => (await api.get<SweepDetail>(`/v1/sweeps/${id}`)).body;
  const trialsOf = async (id: string) => (await api.get<TrialPage>(`/v1/sweeps/${id}/trials`)).body.items;
  const decisionsOf = async (id: string) =>
    (await api.get<DecisionPage>(`/v1/sweeps/${id}/decisions?limit=1000`)).body.items;
  const steer = <T = SweepDetail>(id: string, operation: string, body?: object, key?: string) =>
    api.post<T>(`/v1/sweeps/${id}/${operation}`, body, key === undefined ? {} : { 'idempotency-key': key });

  /** A worker does the trial's present job, or fails at it. */
  async function work(trial: TrialSummary, fails = false) {
    const [job] = await api.coordinator.http.store.trials.jobs([trial.id]);
    if (!job) throw new Error(`trial ${String(trial.number)} has no job`);
    const { sweepId, trialId, segment, fenceBase = 0, config } = job;
    const attempt = { sweepId, trialId, attemptId: randomUUID(), segment, fence: fenceBase + 1 };
    const metrics = { epoch: config.epochs, validationError: config.learningRate };
    await api.report(
      aReport('attemptStarted', attempt),
      fails
        ? aReport('attemptFailed', { ...attempt, failure, willRetry: false })
        : aReport('attemptCompleted', { ...attempt, metrics: finalMetrics(metrics) }),
    );
    await eventually(async () => {
      const { body } = await api.get<TrialSummary>(`/v1/trials/${trial.id}`);
      expect(body.state).toBe(fails ? 'failed' : 'completed');
    });
  }
  /** Works off what is queued; the trials with these numbers fail. */
  async function workOff(id: string, ...failing: number[]) {
    for (;;) {
      const next = (await trialsOf(id)).find(({ state }) => state === 'queued');
      if (!next) return;
      await work(next, failing.includes(next.number));
    }
  }
  const expectVerified = async (id: string) => {
    const { body } = await api.get<Verification>(`/v1/sweeps/${id}/verification`);
    expect(body.contradictions).toEqual([]);
    expect(body.agrees).toBe(true);
  };

  describe('failed trials', () => {
    it('have another attempt, keep their number, and their sweep goes on until they end', async () => {
      const id = await givenSweep();
      await workOff(id, 2);
      expect(await sweepOf(id)).toMatchObject({ state: 'completed', trials: { completed: 1, failed: 1 } });
      const { body } = await steer(id, 'rerun-failed', { by: 'Ada', reason: 'the folder is back' }, 'again');
      expect(body).toMatchObject({ state: 'running', endedAt: null, trials: { queued: 1, failed: 0 } });
      const [, second] = await trialsOf(id);
      expect(second).toMatchObject({ number: 2, state: 'queued', failure: null, attempts: 1, endedAt: null });
      // Again, with the key and without: it is under way already.
      expect(
        (await steer(id, 'rerun-failed', { by: 'Ada', reason: 'the folder is back' }, 'again')).body,
      ).toEqual(body);
      expect((await steer(id, 'rerun-failed', { trials: [2] })).body.trials).toEqual(body.trials);
      await workOff(id);
      expect(await sweepOf(id)).toMatchObject({
        ...{ state: 'completed', reason: 'all 2 trials have ended', trials: { completed: 2, failed: 0 } },
      });
      const decisions = await decisionsOf(id);
      expect(decisions.filter(({ action }) => action === 'rerunTrial')).toEqual([
        expect.objectContaining({
          trial: 2,
          reason: 're-run by Ada: the folder is back; it had failed: data: the folder is not there',
        }),
      ]);
      await expectVerified(id);
    });

    it('can be chosen while the sweep runs; others are refused by their number', async () => {
      const id = await givenSweep({ search: { algorithm: 'random', trials: 3, maxConcurrent: 2 } });
      const [first, second] = await trialsOf(id);
      if (!first || !second) throw new Error('the sweep has trials');
      await work(first, true);
      await work(second);
      const { status, body } = await steer<Problem>(id, 'rerun-failed', { trials: [1, 2, 9] });
      expect([status, body.code]).toEqual([422, 'operation-refused']);
      expect(body.violations?.map(({ path, message }) => `${path} ${message}`)).toEqual([
        '$.trials[1] trial 2 is completed; allowed: failed and diverged trials',
        '$.trials[2] there is no trial 9; allowed: failed and diverged trials',
      ]);
      expect((await steer(id, 'rerun-failed', { trials: [1] })).body).toMatchObject({ state: 'running' });
      await workOff(id);
      expect(await sweepOf(id)).toMatchObject({ state: 'completed', trials: { completed: 3 } });
      await expectVerified(id);
      const unchanged = await sweepOf(id);
      expect((await steer(id, 'rerun-failed')).body).toEqual(unchanged);
    });

    it('show in the stream of a sweep that had ended, from its beginning', async () => {
      const id = await givenSweep();
      await workOff(id, 1, 2);
      expect((await sweepOf(id)).state).toBe('failed');
      await steer(id, 'rerun-failed');
      await workOff(id);
      const response = await fetch(`${api.url}/v1/sweeps/${id}/events`);
      const states = (await response.text())
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => JSON.parse(line.slice(5)) as LiveEvent)
        .flatMap((event) => (event.type === 'sweepChanged' ? [event.state] : []));
      expect(states).toEqual(['running', 'failed', 'running', 'completed']);
    });
  });

  describe('a copy', () => {
    it('is a sweep of its own, with changes, and with what the other has found where it is asked', async () => {
      const id = await givenSweep();
      await workOff(id);
      const changes = { search: { trials: 3 }, budget: { maxTrials: 3 } };
      const request = { changes, warmStart: true, by: 'Ada' };
      const cloned = await steer(id, 'clone', request, 'one-copy');
      expect(cloned.status).toBe(201);
      expect(cloned.headers.get('location')).toBe(`/v1/sweeps/${cloned.body.id}`);
      expect(cloned.body).toMatchObject({
        ...{ name: 'depth-study copy', state: 'running', plannedTrials: 3 },
        spec: { search: { trials: 3, maxConcurrent: 2 }, warmStart: { sweeps: [id] } },
      });
      expect(cloned.body.spec.warmStart.trials).toHaveLength(2);
      expect((await steer(id, 'clone', request, 'one-copy')).body.id).toBe(cloned.body.id);
      expect((await steer(id, 'clone', {}, 'one-copy')).status).toBe(409);
      expect((await decisionsOf(id)).at(-1)).toMatchObject({
        ...{ action: 'cloneSweep', reason: `cloned as ${cloned.body.id} by Ada` },
      });
      await workOff(cloned.body.id);
      await expectVerified(cloned.body.id);

      const plain = await steer(id, 'clone');
      expect(plain.body.spec).toEqual({ ...(await sweepOf(id)).spec, name: 'depth-study copy' });
      await steer(plain.body.id, 'cancel');
    });

    it('is refused by the path of the change that is wrong', async () => {
      const id = await givenSweep();
      const { status, body } = await steer<Problem>(id, 'clone', {
        changes: { search: { trials: 0 }, recipe: { depth: null } },
      });
      expect([status, body.code]).toEqual([400, 'invalid-request']);
      expect(body.violations?.map(({ path }) => path)).toEqual([
        '$.changes.search.trials',
        '$.changes.space.depth',
      ]);
      await steer(id, 'cancel');
      expect((await steer(randomUUID(), 'clone')).status).toBe(404);
    });
  });

  describe('an extension', () => {
    it('of a completed sweep lets it go on; the same once more changes nothing', async () => {
      const id = await givenSweep();
      await workOff(id);
      const wider = { learningRate: { min: 0.001, max: 1, scale: 'log' } };
      const first = await steer(id, 'extend', { trials: 4, by: 'Ada' });
      expect(first.body).toMatchObject({
        state: 'running',
        plannedTrials: 4,
        trials: { queued: 2, completed: 2 },
      });
      expect((await steer(id, 'extend', { trials: 4, by: 'Ada' })).body).toEqual(first.body);
      await workOff(id);
      expect(await sweepOf(id)).toMatchObject({ state: 'completed', trials: { completed: 4 } });
      await expectVerified(id);
      // Once more, with a wider space; and another process has to make the same of it.
      await steer(id, 'extend', { trials: 8, space: wider, budget: { maxDeviceHours: null } });
      await expectVerified(id);
      await workOff(id);
      await steer(id, 'extend', { trials: 9 });
      await workOff(id);
      expect(await sweepOf(id)).toMatchObject({
        state: 'completed',
        spec: { search: { trials: 9 }, space: wider },
      });
      expect(new Set((await trialsOf(id)).map(({ config }) => config.learningRate)).size).toBe(9);
      await expectVerified(id);
      const reasons = (await decisionsOf(id)).filter(({ action }) => action === 'extendSweep');
      expect(reasons.map(({ reason }) => reason)).toEqual([
        'extended by Ada; trials from 2 to 4',
        'extended by request; trials from 4 to 8, learningRate from {"min":0.01,"max":1,"scale":"log"} to {"min":0.001,"max":1,"scale":"log"}',
        'extended by request; trials from 8 to 9',
      ]);
    });

    it('by epochs is for a sweep that is paused and of which nothing has begun', async () => {
      const id = await givenSweep();
      const running = await steer<Problem>(id, 'extend', { epochs: 3 });
      expect([running.status, running.body.code]).toEqual([409, 'state-conflict']);
      expect(running.body.detail).toMatch(/is running, .*; allowed: pause it, then extend$/);
      await steer(id, 'pause');
      expect((await steer(id, 'extend', { epochs: 3 })).body).toMatchObject({
        ...{ state: 'paused', spec: { recipe: { epochs: 3 } } },
      });
      expect((await trialsOf(id)).map(({ config }) => config.epochs)).toEqual([3, 3]);
      await steer(id, 'resume');
      await workOff(id);
      await expectVerified(id);
      const begun = await steer<Problem>(id, 'extend', { epochs: 4 });
      expect(begun.status).toBe(422);
      expect(begun.body.detail).toMatch(
        /^\$\.epochs: trials 1, 2 have begun with the number of epochs there is/,
      );
    });

    it('that contradicts what was decided is refused, with what is allowed', async () => {
      const id = await givenSweep({ budget: { maxDeviceHours: 2 } });
      const violations = async (body: object) =>
        (await steer<Problem>(id, 'extend', body)).body.violations?.map(
          ({ path, message }) => `${path}: ${message}`,
        );
      expect(await violations({ trials: 1 })).toEqual([
        '$.trials: given 1, and the sweep has 2; allowed: 2 or more',
      ]);
      expect(await violations({ space: { learningRate: [0.1, 0.2] } })).toEqual([
        '$.space.learningRate: a range can only become a wider range: {"min":0.01,"max":1,"scale":"log"} was given',
      ]);
      expect(await violations({ space: { momentum: { min: 0.5, max: 0.9 } } })).toEqual([
        '$.space.momentum: momentum was not searched, and the trials there are have no value of it',
      ]);
      expect(await violations({ budget: { maxDeviceHours: 1 } })).toEqual([
        '$.budget.maxDeviceHours: given 1, allowed: more than 2, or null for no limit',
      ]);
      expect(await violations({})).toEqual(['$: give at least one of trials, epochs, space, budget']);
      expect(await violations({ space: { depth: [8] } })).toEqual([
        '$.recipe.depth: depth stands in the space too; give it once',
      ]);
      await steer(id, 'cancel');
      const { status, body } = await steer<Problem>(id, 'extend', { trials: 5 });
      expect([status, body.detail]).toEqual([
        409,
        `sweep ${id} is cancelled, which does not allow extend; allowed: cancel, clone`,
      ]);
    });

    it('to a domain that is none is refused like that of a new sweep', async () => {
      const id = await givenSweep({
        space: { depth: [8], batchSize: { min: 8, max: 20, step: 2 } },
        recipe: { epochs: 1 },
      });
      const { status, body } = await steer<Problem>(id, 'extend', {
        space: { batchSize: { min: 8, max: 20, step: 0.5 } },
      });
      expect([status, body.code]).toEqual([422, 'operation-refused']);
      expect(body.violations?.map(({ path }) => path)).toEqual(['$.space.batchSize.step']);
      await steer(id, 'cancel');
    });

    it('of a paused sweep is done when it goes on', async () => {
      const id = await givenSweep();
      await steer(id, 'pause');
      expect((await steer(id, 'extend', { trials: 3 })).body).toMatchObject({
        state: 'paused',
        plannedTrials: 3,
      });
      await steer(id, 'resume');
      await workOff(id);
      expect(await sweepOf(id)).toMatchObject({ state: 'completed', trials: { completed: 3 } });
    });
  });
});
