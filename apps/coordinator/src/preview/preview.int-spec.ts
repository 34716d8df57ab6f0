import { randomUUID } from 'node:crypto';
import type {
  Problem,
  SweepDetail,
  SweepPage,
  SweepPreview,
  SweepSpecInput,
  TrialPage,
} from '@fathom/contracts';
import { aReport, aSweepRequest, epochMetrics, eventually, finalMetrics } from '@fathom/testkit';
import { useCoordinator } from '../testing/use-coordinator';

const request = (overrides: Partial<SweepSpecInput> = {}) =>
  aSweepRequest({
    dataset: { kind: 'shapes' },
    space: { depth: [8, 14], learningRate: { min: 0.01, max: 1, scale: 'log' } },
    search: { algorithm: 'random', trials: 81, seed: 1 },
    recipe: { epochs: 9 },
    scheduler: { algorithm: 'asha', compare: 'all' },
    ...overrides,
  });

describe('POST /v1/sweeps:preview', () => {
  const api = useCoordinator();
  const preview = (overrides: Partial<SweepSpecInput> = {}, query = '') =>
    api.post<SweepPreview>(`/v1/sweeps:preview${query}`, request(overrides));
  const hours = async () => (await preview()).body.depths.map(({ deviceHours }) => deviceHours.expected);

  it('says how many trials reach each rung, by depth, and has no effect', async () => {
    const { status, body } = await preview({}, '?workers=4');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      plannedTrials: 81,
      simulatedTrials: 81,
      workers: { count: 4, source: 'given' },
    });
    expect(body.rungs.map(({ epoch }) => epoch)).toEqual([1, 3, 9]);
    expect(body.rungs[0]?.trials).toBe(81);
    expect(body.rungs[2]?.trials).toBeLessThan(body.rungs[1]?.trials ?? 0);
    for (const { trials, depths } of body.rungs)
      expect(depths.reduce((sum, each) => sum + each.trials, 0)).toBe(trials);
    expect(body.epochs).toBeLessThan(body.epochsWithoutStopping);
    expect(body.warnings.join()).toContain('nothing has been measured');
    expect((await api.get<SweepPage>('/v1/sweeps')).body.total).toBe(0);
  });

  it('assumes one worker where there is none, and refuses a number that is none', async () => {
    const elsewhere = await preview({ pools: ['nobody'] });
    expect(elsewhere.body.workers).toEqual({ count: 1, source: 'assumed' });
    const refused = await api.post<Problem>('/v1/sweeps:preview?workers=0', request());
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  it('takes YAML, and refuses what a submission would refuse', async () => {
    const yaml = 'name: y\ndataset: {kind: shapes}\nspace: {depth: [8]}\nsearch: {algorithm: grid}\n';
    const answer = await api.post<SweepPreview>('/v1/sweeps:preview', yaml, {
      'content-type': 'application/yaml',
    });
    expect(answer).toMatchObject({ status: 200, body: { plannedTrials: 1 } });
    const refused = await api.post<Problem>(
      '/v1/sweeps:preview',
      request({ space: { depth: [9] }, search: { algorithm: 'grid' } }),
    );
    expect(refused).toMatchObject({ status: 422, body: { code: 'sweep-cannot-run' } });
    expect(refused.body.violations?.map(({ path }) => path)).toContain('$.space.depth[0]');
  });

  it('warns of a budget below one trial as long as nothing was measured', async () => {
    const { status, body } = await preview({ budget: { maxDeviceHours: 1e-4 } });
    expect(status).toBe(200);
    expect(body.warnings.join('\n')).toContain(
      'budget.maxDeviceHours: the cheapest trial is predicted to take',
    );
    expect(body.budget).toMatchObject([{ limit: 'maxDeviceHours', isReached: true, completedTrials: 0 }]);
    expect(body.endsBy).toBe('maxDeviceHours');
  });

  it('warns of median stopping that stops nobody', async () => {
    const warnings = async (trials: number) => {
      const search = { algorithm: 'random', trials, seed: 1 } as const;
      const { body } = await preview({ search, scheduler: { algorithm: 'median' } }, '?workers=2');
      return body.warnings.join();
    };
    expect(await warnings(8)).toContain('median stops no trial here');
    expect(await warnings(40)).not.toContain('median stops no trial here');
  });

  it('answers for 10,000 trials', async () => {
    const search = { algorithm: 'random', trials: 10_000, seed: 1 } as const;
    const { status, body } = await preview({ search }, '?workers=100');
    expect(status).toBe(200);
    expect(body.rungs[0]?.trials).toBe(10_000);
  });

  describe('after a trial', () => {
    beforeAll(async () => {
      const { body: sweep } = await api.post<SweepDetail>(
        '/v1/sweeps',
        aSweepRequest({ dataset: { kind: 'shapes' }, space: { depth: [8] }, search: { algorithm: 'grid' } }),
      );
      const { body } = await api.get<TrialPage>(`/v1/sweeps/${sweep.id}/trials`);
      const [trial] = body.items;
      if (trial === undefined) throw new Error('no trial');
      const of = { sweepId: sweep.id, trialId: trial.id, attemptId: randomUUID(), fence: 1 };
      // Ten thousand shapes, a tenth for validation: 9,000 images in 1,800 seconds.
      const metrics = { seconds: 1_800, imagesPerSecond: 5, epoch: 1, step: 70 };
      await api.report(
        aReport('attemptStarted', of),
        aReport('epochReported', { ...of, metrics: epochMetrics(metrics) }),
        aReport('attemptCompleted', { ...of, metrics: finalMetrics(metrics) }),
      );
      await eventually(async () => {
        expect((await api.get<SweepDetail>(`/v1/sweeps/${sweep.id}`)).body.state).toBe('completed');
      });
    });

    it('predicts from what it took', async () => {
      const { body } = await preview();
      expect(body.cost.measuredEpochs).toBe(1);
      expect(body.warnings).toEqual([]);
      const [shallow, deep] = body.depths;
      // The batch of the trial may be another than that of this sweep.
      expect(shallow?.epochSeconds.expected).toBeGreaterThan(1_400);
      expect(shallow?.epochSeconds.expected).toBeLessThan(2_300);
      expect(deep?.epochSeconds.expected).toBeGreaterThan(1.3 * (shallow?.epochSeconds.expected ?? 0));
      expect((await hours())[0]).toBeGreaterThan(10);
    });

    it('refuses a budget below one trial, submitted or previewed, and takes one above it', async () => {
      for (const path of ['/v1/sweeps', '/v1/sweeps:preview']) {
        const refused = await api.post<Problem>(path, request({ budget: { maxDeviceHours: 0.1 } }));
        expect(refused).toMatchObject({ status: 422, body: { code: 'sweep-cannot-run' } });
        expect(refused.body.violations).toMatchObject([{ path: '$.budget.maxDeviceHours', rule: 'budget' }]);
        expect(refused.body.detail).toMatch(/predicted to take [\d.]+ device hours .*given 0\.1/);
      }
      expect((await preview({ budget: { maxDeviceHours: 50 } })).status).toBe(200);
      const wall = await api.post<Problem>('/v1/sweeps', request({ budget: { maxWallClockSeconds: 60 } }));
      expect(wall.body.violations).toMatchObject([{ path: '$.budget.maxWallClockSeconds' }]);
      const submitted = await api.post<SweepDetail>(
        '/v1/sweeps',
        request({ budget: { maxDeviceHours: 50 } }),
      );
      expect(submitted.status).toBe(201);
    });
  });
});
