import { randomUUID } from 'node:crypto';
import {
  DEFAULT_POOL,
  type DecisionPage,
  type Report,
  type SweepDetail,
  type TrialDetail,
  type TrialPage,
  type TrialSummary,
} from '@fathom/contracts';
import { ControlChannel, QueueInspector } from '@fathom/queue';
import { aReport, aSweepRequest, epochMetrics, eventually, finalMetrics } from '@fathom/testkit';
import { useCoordinator } from '../testing/use-coordinator';

const EPOCHS = 4;
const log = { warn: () => undefined };

describe('a sweep whose trials pause', () => {
  const closing: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const open of closing) await open.close();
  });
  const api = useCoordinator({ reconcileIntervalMs: 200, reconcileGraceMs: 400 });

  async function givenSweep(overrides: Parameters<typeof aSweepRequest>[0] = {}) {
    const request = aSweepRequest({
      space: { learningRate: [0.4, 0.3, 0.2, 0.1] },
      scheduler: { algorithm: 'asha', eta: 2, compare: 'all' },
      recipe: { depth: 8, epochs: EPOCHS, batchSize: 20 },
      ...overrides,
    });
    const { body } = await api.post<SweepDetail>('/v1/sweeps', request);
    expect(body).toMatchObject({ state: 'running' });
    return body.id;
  }
  const sweepOf = async (id: string) => (await api.get<SweepDetail>(`/v1/sweeps/${id}`)).body;
  const trialsOf = async (id: string) => (await api.get<TrialPage>(`/v1/sweeps/${id}/trials`)).body.items;
  const trialOf = async (id: string) => (await api.get<TrialDetail>(`/v1/trials/${id}`)).body;
  const decisionsOf = async (id: string, query = '') =>
    (await api.get<DecisionPage>(`/v1/sweeps/${id}/decisions${query}`)).body;
  const errorOf = ({ config }: TrialSummary, epoch: number) => config.learningRate + 0.1 / epoch;

  /** What a worker says of the trial's present job, from the first epoch that it has not trained yet. */
  async function segmentOf(trial: TrialSummary): Promise<Report[]> {
    const [job] = await api.coordinator.http.store.trials.jobs([trial.id]);
    if (!job) throw new Error(`trial ${String(trial.number)} has no job`);
    const { sweepId, trialId, segment, fenceBase = 0, untilEpoch = EPOCHS } = job;
    const attempt = { sweepId, trialId, attemptId: randomUUID(), segment, fence: fenceBase + 1 };
    const metrics = (epoch: number) => ({
      ...{ epoch, step: 9 * epoch, validationError: errorOf(trial, epoch) },
    });
    const epochs = Array.from({ length: untilEpoch - trial.epochsDone }, (_, i) =>
      aReport('epochReported', { ...attempt, metrics: epochMetrics(metrics(trial.epochsDone + i + 1)) }),
    );
    const last = metrics(untilEpoch);
    return [
      aReport('attemptStarted', attempt),
      ...epochs,
      untilEpoch === EPOCHS
        ? aReport('attemptCompleted', { ...attempt, metrics: finalMetrics(last) })
        : aReport('attemptPaused', { ...attempt, metrics: epochMetrics(last) }),
    ];
  }

  /** Does the work of the trials that are queued, one after the other, until none is. */
  async function workOff(id: string, say: (reports: Report[]) => Report[] = (reports) => reports) {
    for (;;) {
      const next = (await trialsOf(id)).find(({ state }) => state === 'queued');
      if (!next) return;
      const reports = say(await segmentOf(next));
      await api.report(...reports);
      const [attempt] = reports;
      await eventually(async () => {
        const { attemptHistory } = await trialOf(next.id);
        const { state } = attemptHistory.find((one) => one.id === attempt?.attemptId) ?? {};
        expect(state).toMatch(/paused|completed/);
      });
    }
  }

  /** Resolves with what the workers were told of the sweep. */
  async function listening() {
    const control = new ControlChannel({ redisUrl: api.redis.url, log });
    const heard: { type: string; sweepId: string }[] = [];
    const subscription = control.subscribeControl({ onMessage: (message) => heard.push(message) });
    closing.push(subscription, control);
    await subscription.ready;
    return {
      typesOf: (id: string) => heard.filter(({ sweepId }) => sweepId === id).map(({ type }) => type),
    };
  }

  it('goes on with the best of each rung, ends the rest, and says why', async () => {
    const workers = await listening();
    const id = await givenSweep();
    // Everything is told twice.
    await workOff(id, (reports) => [...reports, ...reports]);
    const sweep = await eventually(async () => {
      const now = await sweepOf(id);
      expect(now.state).toBe('completed');
      return now;
    });
    const trials = await trialsOf(id);
    const best = trials.find(({ config }) => config.learningRate === 0.1);
    expect(sweep).toMatchObject({ progress: 1, best: { number: best?.number, state: 'completed' } });
    expect(sweep.trials).toMatchObject({ queued: 0, running: 0, paused: 0 });
    expect(sweep.trials.completed + sweep.trials.stopped).toBe(4);
    expect(sweep.trials.stopped).toBeGreaterThan(0);
    for (const trial of trials) {
      const { epochs, attemptHistory } = await trialOf(trial.id);
      expect(trial.objective).toBeCloseTo(errorOf(trial, trial.epochsDone));
      expect(trial.objectives).toEqual([trial.objective]);
      expect(epochs.map(({ epoch }) => epoch)).toEqual(epochs.map((_, index) => index + 1));
      expect(attemptHistory.map(({ fence }) => fence)).toEqual(attemptHistory.map((_, index) => index + 1));
      expect(new Set(attemptHistory.slice(0, -1).map(({ state }) => state))).toEqual(
        new Set(attemptHistory.length > 1 ? ['paused'] : []),
      );
    }
    const { items, total } = await decisionsOf(id);
    const count = (action: string) => items.filter((decision) => decision.action === action).length;
    expect(total).toBe(items.length);
    expect(count('createTrial')).toBe(4);
    expect(count('stopTrial')).toBe(sweep.trials.stopped);
    expect(count('resumeTrial')).toBeGreaterThan(1);
    expect(count('pauseTrial')).toBe(count('resumeTrial') + count('stopTrial'));
    const ofBest = await decisionsOf(id, `?trial=${String(best?.number)}`);
    expect(ofBest.items.map(({ action }) => action)).toEqual([
      ...['createTrial', 'pauseTrial', 'resumeTrial', 'pauseTrial', 'resumeTrial'],
    ]);
    expect(ofBest.items[2]?.reason).toMatch(/promoted from epoch 1 to 2/);
    await eventually(() =>
      expect(workers.typesOf(id).sort()).toEqual([
        'dropCheckpoints',
        ...Array.from({ length: sweep.trials.stopped }, () => 'stopTrial'),
      ]),
    );
  });

  it('leaves a paused trial alone that has no job, and enqueues the segment of a resumed one again', async () => {
    const id = await givenSweep();
    const [first] = await trialsOf(id);
    if (!first) throw new Error('the sweep has trials');
    await api.report(...(await segmentOf(first)));
    await eventually(async () => expect((await trialOf(first.id)).state).toBe('paused'));
    await api.forgetJobs();
    const inspector = new QueueInspector({ redisUrl: api.redis.url, log });
    closing.push(inspector);
    const presence = async (trialId: string, segment: number) =>
      (await inspector.presence([{ trialId, segment, pool: DEFAULT_POOL }]))[0]?.state;
    const [, second, third, fourth] = await trialsOf(id);
    await eventually(async () => expect(await presence(second?.id ?? '', 0)).toBe('live'));
    expect(await trialOf(first.id)).toMatchObject({ state: 'paused', untilEpoch: 1 });
    expect(await presence(first.id, 0)).toBe('absent');

    for (const trial of [second, third, fourth]) if (trial) await api.report(...(await segmentOf(trial)));
    const resumed = await eventually(async () => {
      const found = (await trialsOf(id)).find(
        ({ state, epochsDone }) => state === 'queued' && epochsDone === 1,
      );
      if (!found) throw new Error('one has to be promoted');
      return found;
    });
    expect(resumed.untilEpoch).toBe(2);
    await eventually(async () => expect(await presence(resumed.id, 1)).toBe('live'));
    await api.forgetJobs();
    expect(await presence(resumed.id, 1)).toBe('absent');
    await eventually(async () => expect(await presence(resumed.id, 1)).toBe('live'));
    expect((await trialOf(resumed.id)).attempts).toBe(1);
    await api.post(`/v1/sweeps/${id}/cancel`);
  });

  it('cancels paused trials with the others', async () => {
    const workers = await listening();
    const id = await givenSweep();
    const [first, second] = await trialsOf(id);
    if (!first || !second) throw new Error('the sweep has trials');
    await api.report(...(await segmentOf(first)), ...(await segmentOf(second)).slice(0, 1));
    await eventually(async () =>
      expect((await sweepOf(id)).trials).toMatchObject({ queued: 2, running: 1, paused: 1 }),
    );
    expect((await sweepOf(id)).progress).toBeCloseTo(1 / 16);
    const { body } = await api.post<SweepDetail>(`/v1/sweeps/${id}/cancel`);
    expect(body).toMatchObject({ state: 'cancelled', trials: { paused: 0, running: 0, cancelled: 4 } });
    await eventually(() => expect(workers.typesOf(id)).toEqual(['cancelSweep']));
    // What comes too late changes nothing.
    const late = { sweepId: id, trialId: second.id, attemptId: randomUUID(), fence: 2 };
    await api.report(aReport('attemptPaused', late));
    await eventually(async () => expect((await trialOf(second.id)).attempts).toBe(2));
    expect(await trialOf(second.id)).toMatchObject({ state: 'cancelled', epochsDone: 0 });
  });

  it('cancels what is left of a sweep whose trials have had devices for too long', async () => {
    // The report is of a time months ago.
    const id = await givenSweep({ budget: { maxDeviceHours: 100 } });
    const [first] = await trialsOf(id);
    if (!first) throw new Error('the sweep has trials');
    expect((await sweepOf(id)).state).toBe('running');
    await api.report(aReport('attemptStarted', { sweepId: id, trialId: first.id }));
    const ended = await eventually(async () => {
      const now = await sweepOf(id);
      expect(now.state).toBe('cancelled');
      return now;
    });
    expect(ended.reason).toBe('the budget of device time (budget.maxDeviceHours) is used up');
    expect(ended.trials.cancelled).toBe(4);
  });
});
