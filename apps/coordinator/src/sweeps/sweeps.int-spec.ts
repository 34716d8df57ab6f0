import { randomUUID } from 'node:crypto';
import type { Problem, SweepDetail, SweepPage, TrialPage } from '@fathom/contracts';
import { aSweepRequest, eventually } from '@fathom/testkit';
import { useCoordinator } from '../testing/use-coordinator';

describe('sweeps over REST', () => {
  const api = useCoordinator();
  const submit = (
    overrides: Parameters<typeof aSweepRequest>[0] = {},
    headers: Record<string, string> = {},
  ) => api.post<SweepDetail>('/v1/sweeps', aSweepRequest(overrides), headers);
  const jobs = () => api.coordinator.http.metrics.registry.getSingleMetricAsString('fathom_queue_jobs');

  it('answers 201 with the sweep and its location, and queues the trials', async () => {
    const { status, headers, body } = await submit();
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/sweeps/${body.id}`);
    expect(body).toMatchObject({ name: 'depth-study', state: 'running', plannedTrials: 4, progress: 0 });
    expect(body.trials.queued).toBe(4);
    expect((await api.get(`/v1/sweeps/${body.id}`)).body).toEqual(body);
    await eventually(async () => {
      expect(await jobs()).toContain('fathom_queue_jobs{pool="default",state="waiting"} 4');
    });
  });

  it('takes YAML', async () => {
    const yaml = 'name: from yaml\ndataset: {kind: shapes}\nspace: {depth: [8]}\nsearch: {algorithm: grid}\n';
    const { status, body } = await api.post<SweepDetail>('/v1/sweeps', yaml, {
      'content-type': 'application/yaml',
    });
    expect(status).toBe(201);
    expect(body.name).toBe('from yaml');
  });

  it('gives the same answer to the same key, also when asked at once, and makes one sweep', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const name = 'only-once';
    const answers = await Promise.all(Array.from({ length: 8 }, () => submit({ name }, key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    const { body } = await api.get<SweepPage>('/v1/sweeps?limit=1000');
    expect(body.items.filter((sweep) => sweep.name === name)).toHaveLength(1);
    const conflict = await api.post<Problem>('/v1/sweeps', aSweepRequest({ name: 'other' }), key);
    expect(conflict).toMatchObject({ status: 409, body: { code: 'idempotency-conflict' } });
  });

  it('refuses an Idempotency-Key that is none', async () => {
    const answer = await submit({}, { 'idempotency-key': 'with space' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  it.each([
    ['an unknown field', { nme: 'x' }, 'invalid-request', '$.nme'],
    ['a wrong type', { name: 7 }, 'invalid-request', '$.name'],
    ['an empty space', { space: {} }, 'invalid-request', '$.space'],
    ['an unknown parameter', { space: { depht: [8] } }, 'invalid-request', '$.space.depht'],
    ['a depth no network has', { space: { depth: [8, 9] } }, 'sweep-cannot-run', '$.space.depth[1]'],
    [
      'a batch larger than the data',
      { space: { depth: [8] }, recipe: { batchSize: 2_000 } },
      'sweep-cannot-run',
      '$.recipe.batchSize',
    ],
    [
      'too many trials',
      { space: { depth: [8], seed: { min: 0, max: 20_000 } } },
      'sweep-cannot-run',
      '$.space',
    ],
  ])('refuses %s and says where, and stores nothing', async (_, overrides, code, path) => {
    const before = (await api.get<SweepPage>('/v1/sweeps')).body.total;
    const { status, headers, body } = await api.post<Problem>('/v1/sweeps', {
      ...aSweepRequest(),
      ...overrides,
    });
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({ type: `urn:fathom:error:${code}`, status, code });
    expect(body.violations?.map((violation) => violation.path)).toContain(path);
    expect((await api.get<SweepPage>('/v1/sweeps')).body.total).toBe(before);
  });

  it.each([
    ['malformed JSON', '{"name":', 'application/json', 400, 'malformed-body'],
    ['malformed YAML', 'a: [', 'application/yaml', 400, 'malformed-body'],
    ['another type', 'name=x', 'application/x-www-form-urlencoded', 415, 'unsupported-media-type'],
    ['a huge body', `"${'x'.repeat(1_100_000)}"`, 'application/json', 413, 'body-too-large'],
  ])('refuses %s', async (_, body, type, status, code) => {
    const answer = await api.post<Problem>('/v1/sweeps', body, { 'content-type': type });
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('refuses a POST without a body', async () => {
    expect((await api.post<Problem>('/v1/sweeps')).body.code).toBe('invalid-request');
  });

  it.each(['/nowhere', '/v1/sweeps/nonsense', `/v1/sweeps/${randomUUID()}`, `/v1/trials/${randomUUID()}`])(
    'answers 404 for %s',
    async (path) => {
      const { status, body } = await api.get<Problem>(path);
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'not-found' });
    },
  );

  it('lists by state and page, and refuses a query it does not know', async () => {
    const { body: page } = await api.get<SweepPage>('/v1/sweeps?state=running&limit=1&offset=1');
    expect(page).toMatchObject({ limit: 1, offset: 1 });
    expect(page.items).toHaveLength(1);
    const { status, body } = await api.get<Problem>('/v1/sweeps?limit=0&colour=red');
    expect(status).toBe(400);
    expect(body.violations?.map((violation) => violation.path).toSorted()).toEqual(['$.colour', '$.limit']);
  });

  it('lists trials sorted by depth', async () => {
    const { body: sweep } = await submit();
    const { body } = await api.get<TrialPage>(`/v1/sweeps/${sweep.id}/trials?sort=depth&order=desc&limit=3`);
    expect(body.total).toBe(4);
    expect(body.items.map((trial) => trial.config.depth)).toEqual([14, 14, 8]);
    expect(body.items[0]).toMatchObject({ state: 'queued', attempts: 0, objective: null });
  });

  it('cancels a sweep once and for all, and clears the queue of it', async () => {
    const { body: sweep } = await submit();
    const { trials } = api.coordinator.http.store;
    await eventually(async () => expect(await trials.queued(sweep.id)).toHaveLength(4));
    const inspect = () => trials.cancelledSegments(sweep.id);
    const first = await api.post<SweepDetail>(`/v1/sweeps/${sweep.id}/cancel`);
    expect(first).toMatchObject({ status: 200, body: { state: 'cancelled', progress: 1 } });
    expect(first.body.trials).toMatchObject({ queued: 0, cancelled: 4 });
    const again = await api.post<SweepDetail>(`/v1/sweeps/${sweep.id}/cancel`);
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(await inspect()).toHaveLength(4);
    await eventually(async () => {
      expect(await api.coordinator.http.store.outbox.pending()).toBe(0);
    });
  });

  it('serves its own description, the documentation and the board', async () => {
    const { body } = await api.get<{ openapi: string; paths: object }>('/openapi.json');
    expect(Object.keys(body.paths)).toContain('/v1/sweeps/{id}/events');
    for (const path of ['/docs', '/queues', '/queues/api/queues', '/metrics', '/health'])
      expect((await fetch(`${api.url}${path}`)).status).toBe(200);
  });

  it('matches the committed description of the API', async () => {
    const committed = (await import('../../openapi.json')).default as unknown;
    expect((await api.get<unknown>('/openapi.json')).body).toEqual(committed);
  });
});
