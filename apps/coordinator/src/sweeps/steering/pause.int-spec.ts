import { randomUUID } from 'node:crypto';
import type { DecisionPage, Problem, SweepDetail, TrialDetail, TrialPage } from '@fathom/contracts';
import { ControlChannel, QueueInspector } from '@fathom/queue';
import { aReport, aSweepRequest, epochMetrics, eventually, finalMetrics } from '@fathom/testkit';
import { useCoordinator } from '../../testing/use-coordinator';

const log = { warn: () => undefined };

describe('a sweep that is paused', () => {
  const closing: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const open of closing) await open.close();
  });
  const api = useCoordinator({ reconcileIntervalMs: 200, reconcileGraceMs: 400 });
  const opened = <T extends { close(): Promise<void> }>(one: T): T => {
    closing.push(one);
    return one;
  };

  const givenSweep = async (overrides: Parameters<typeof aSweepRequest>[0] = {}) =>
    (await api.post<SweepDetail>('/v1/sweeps', aSweepRequest(overrides))).body.id;
  const sweepOf = async (id: string) => (await api.get<SweepDetail>(`/v1/sweeps/${id}`)).body;
  const trialsOf = async (id: string) => (await api.get<TrialPage>(`/v1/sweeps/${id}/trials`)).body.items;
  const trialOf = async (id: string) => (await api.get<TrialDetail>(`/v1/trials/${id}`)).body;
  const steer = (id: string, operation: string, body?: object) =>
    api.post<SweepDetail>(`/v1/sweeps/${id}/${operation}`, body);
  const asked = async (id: string) =>
    (await api.get<DecisionPage>(`/v1/sweeps/${id}/decisions?limit=1000`)).body.items
      .filter(({ action }) => action.endsWith('Sweep'))
      .map(({ action, reason }) => [action, reason]);
  const inspector = () => opened(new QueueInspector({ redisUrl: api.redis.url, log }));
  const jobsOf = async (id: string) => {
    const queue = await api.coordinator.http.store.trials.queued(id);
    return (await inspector().presence(queue)).map(({ state }) => state);
  };

  it('has nothing on the queue until it goes on, and says who asked for it and why', async () => {
    const id = await givenSweep();
    await eventually(async () => expect(await jobsOf(id)).toEqual(['live', 'live', 'live', 'live']));
    const { status, body } = await steer(id, 'pause', { by: 'Ada', reason: 'the machine is needed' });
    expect([status, body.state, body.reason]).toEqual([
      200,
      'paused',
      'paused by Ada: the machine is needed',
    ]);
    const control = opened(new ControlChannel({ redisUrl: api.redis.url, log }));
    await eventually(async () => expect(await control.orderFor(id, randomUUID())).toBe('held'));
    await eventually(async () => expect(await jobsOf(id)).toEqual(['absent', 'absent', 'absent', 'absent']));
    expect((await steer(id, 'pause')).body).toEqual(await sweepOf(id));
    // Longer than the reconciler needs to find trials without a job.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await jobsOf(id)).toEqual(['absent', 'absent', 'absent', 'absent']);

    expect((await steer(id, 'resume')).body).toMatchObject({ state: 'running', reason: null });
    expect((await steer(id, 'resume')).body.state).toBe('running');
    await eventually(async () => expect(await jobsOf(id)).toEqual(['live', 'live', 'live', 'live']));
    expect(await control.orderFor(id, randomUUID())).toBeUndefined();
    expect(await asked(id)).toEqual([
      ['pauseSweep', 'paused by Ada: the machine is needed'],
      ['resumeSweep', 'resumed by request'],
    ]);
    await steer(id, 'cancel');
  });

  it('keeps what late reports lead to until it goes on, under a job of its own', async () => {
    const id = await givenSweep({ search: { algorithm: 'random', trials: 3, maxConcurrent: 1 } });
    const [first] = await trialsOf(id);
    if (!first) throw new Error('the sweep has a trial');
    const attempt = { sweepId: id, trialId: first.id, attemptId: randomUUID(), fence: 1 };
    await api.report(aReport('attemptStarted', attempt));
    await eventually(async () => expect((await trialOf(first.id)).state).toBe('running'));
    await steer(id, 'pause');
    await api.report(aReport('attemptInterrupted', { ...attempt, willRequeue: false }));
    await eventually(async () => expect((await trialOf(first.id)).state).toBe('queued'));
    await steer(id, 'resume');
    await eventually(async () => expect(await jobsOf(id)).toEqual(['live']));
    const [job] = await api.coordinator.http.store.trials.jobs([first.id]);
    expect(job).toMatchObject({ segment: 1, fenceBase: 1 });

    await steer(id, 'pause');
    const second = { ...attempt, attemptId: randomUUID(), fence: 2, segment: 1 };
    await api.report(
      aReport('attemptStarted', second),
      aReport('attemptCompleted', { ...second, metrics: finalMetrics({ epoch: 1 }) }),
    );
    await eventually(async () => expect(await trialsOf(id)).toHaveLength(2));
    expect(await sweepOf(id)).toMatchObject({ state: 'paused', trials: { completed: 1, queued: 1 } });
    await eventually(async () => expect(await api.coordinator.http.store.outbox.pending()).toBe(0));
    expect(await jobsOf(id)).toEqual([]);
    await steer(id, 'resume');
    await eventually(async () => expect(await jobsOf(id)).toEqual(['live']));
    await steer(id, 'cancel');
  });

  it('is enqueued again by the report of a trial that is given back after it went on', async () => {
    const id = await givenSweep({ search: { algorithm: 'random', trials: 1 } });
    const [trial] = await trialsOf(id);
    if (!trial) throw new Error('the sweep has a trial');
    const attempt = { sweepId: id, trialId: trial.id, attemptId: randomUUID(), fence: 1 };
    await api.report(
      aReport('attemptStarted', attempt),
      aReport('epochReported', { ...attempt, metrics: epochMetrics({ epoch: 1 }) }),
    );
    await eventually(async () => expect((await trialOf(trial.id)).epochsDone).toBe(1));
    await steer(id, 'pause');
    await steer(id, 'resume');
    await api.report(aReport('attemptInterrupted', { ...attempt, willRequeue: false }));
    await eventually(async () => {
      expect((await trialOf(trial.id)).state).toBe('queued');
      expect(await jobsOf(id)).toEqual(['live']);
    });
    await steer(id, 'cancel');
  });

  it('does not grow older meanwhile', async () => {
    const id = await givenSweep({ budget: { maxWallClockSeconds: 3 } });
    await steer(id, 'pause');
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect((await sweepOf(id)).state).toBe('paused');
    expect((await steer(id, 'resume')).body.state).toBe('running');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await sweepOf(id)).state).toBe('running');
    await eventually(async () => expect((await sweepOf(id)).reason).toMatch(/maxWallClockSeconds/));
    expect((await asked(id)).map(([action]) => action)).toEqual(['pauseSweep', 'resumeSweep', 'cancelSweep']);
  });

  it('can be cancelled; what has ended can neither pause nor go on', async () => {
    const id = await givenSweep();
    await steer(id, 'pause');
    expect((await steer(id, 'cancel', { by: 'Ada' })).body).toMatchObject({
      ...{ state: 'cancelled', reason: 'cancelled by Ada', trials: { cancelled: 4, queued: 0 } },
    });
    for (const operation of ['pause', 'resume']) {
      const { status, body } = await api.post<Problem>(`/v1/sweeps/${id}/${operation}`);
      expect([status, body.code]).toEqual([409, 'state-conflict']);
      expect(body.detail).toBe(
        `sweep ${id} is cancelled, which does not allow ${operation}; allowed: cancel, clone`,
      );
    }
    expect((await steer(randomUUID(), 'pause')).status).toBe(404);
    const { status, body } = await api.post<Problem>(`/v1/sweeps/${id}/cancel`, { who: 'Ada' });
    expect([status, body.violations?.[0]?.path]).toEqual([400, '$.who']);
  });
});
