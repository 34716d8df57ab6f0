import { randomUUID } from 'node:crypto';
import type { DecisionPage, Report, SweepDetail, TrialPage, TrialSummary } from '@fathom/contracts';
import { aReport, aSweepRequest, eventually } from '@fathom/testkit';
import { useCoordinator } from '../testing/use-coordinator';

type Request = Parameters<typeof aSweepRequest>[0];

describe('a sweep of which every trial fails', () => {
  const api = useCoordinator({ reconcileIntervalMs: 3_600_000 });
  const space = { depth: [8], seed: { min: 1, max: 12, step: 1 } };

  async function givenSweep(overrides: Request = {}) {
    const asked = aSweepRequest({ space, ...overrides });
    const { body } = await api.post<SweepDetail>('/v1/sweeps', asked);
    const { body: page } = await api.get<TrialPage>(`/v1/sweeps/${body.id}/trials`);
    expect(page.items).toHaveLength(12);
    return { id: body.id, trials: page.items };
  }
  const sweepOf = async (id: string) => (await api.get<SweepDetail>(`/v1/sweeps/${id}`)).body;
  const envelopeOf = ({ id, sweepId }: TrialSummary) => ({
    ...{ sweepId, trialId: id, attemptId: randomUUID(), fence: 1 },
  });
  const failureOf = (
    trial: TrialSummary,
    message: string,
    failureClass: 'data' | 'internal' = 'data',
  ): Report =>
    aReport('attemptFailed', {
      ...envelopeOf(trial),
      failure: { class: failureClass, message, log: '' },
      willRetry: false,
    });
  const untilFailed = (id: string, failed: number) =>
    eventually(async () => {
      const sweep = await sweepOf(id);
      expect(sweep.trials.failed).toBe(failed);
      return sweep;
    });

  it('is ended after the first ten, with the commonest failure in words', async () => {
    const { id, trials } = await givenSweep();
    const reports = trials.map((trial, index) =>
      index === 2 ? failureOf(trial, 'it broke', 'internal') : failureOf(trial, `/nowhere (${trial.number})`),
    );
    await api.report(...reports.slice(0, 9));
    expect((await untilFailed(id, 9)).state).toBe('running');
    await api.report(...reports.slice(9, 10));
    const sweep = await untilFailed(id, 10);
    const reason =
      'the first 10 trials failed before the end of an epoch, 9 of them with data: /nowhere (1) (failFast)';
    expect(sweep).toMatchObject({ state: 'failed', reason });
    expect(sweep.trials).toMatchObject({ failed: 10, cancelled: 2, queued: 0 });
    const { body } = await api.get<DecisionPage>(`/v1/sweeps/${id}/decisions?limit=1000`);
    expect(body.items.at(-1)).toMatchObject({ action: 'failSweep', trial: null, reason });
    const { body: verification } = await api.get<object>(`/v1/sweeps/${id}/verification`);
    expect(verification).toMatchObject({ agrees: true });
  });

  it('goes on where one trial got to the end of an epoch', async () => {
    const { id, trials } = await givenSweep();
    const [first, ...others] = trials;
    if (!first) throw new Error('no trial');
    const envelope = envelopeOf(first);
    await api.report(aReport('attemptStarted', envelope), aReport('epochReported', envelope));
    await api.report(...others.map((trial) => failureOf(trial, '/nowhere')));
    expect((await untilFailed(id, 11)).state).toBe('running');
  });

  it('has another limit where it asks for one, or none', async () => {
    const two = await givenSweep({ failFast: { afterTrials: 2 } });
    await api.report(...two.trials.slice(0, 2).map((trial) => failureOf(trial, 'no')));
    expect(await untilFailed(two.id, 2)).toMatchObject({
      state: 'failed',
      reason: 'the first 2 trials failed before the end of an epoch, all of them with data: no (failFast)',
    });
    const none = await givenSweep({ failFast: 'off' });
    await api.report(...none.trials.slice(0, 11).map((trial) => failureOf(trial, 'no')));
    expect((await untilFailed(none.id, 11)).state).toBe('running');
  });
});
