import type { AddressInfo } from 'node:net';
import { TrialProducer } from '@fathom/queue';
import { aTrainJob, eventually } from '@fathom/testkit';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { useCoordinator } from '../testing/use-coordinator';
import { createHttpApp, createPagesApp } from './http-app';
import type { Page } from './pages';

const PATHS = { metrics: '/metrics', board: '/queues/', docs: '/openapi.json' };

describe('pages for people and tools who run Fathom', () => {
  const api = useCoordinator();
  const apps: NestExpressApplication[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });
  const listen = async (app: NestExpressApplication) => {
    apps.push(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}`;
  };
  const statuses = async (url: string) =>
    Object.fromEntries(
      await Promise.all(
        Object.entries({ ...PATHS, api: '/v1/sweeps', health: '/health' }).map(
          async ([name, path]) => [name, (await fetch(url + path)).status] as const,
        ),
      ),
    );

  it('are beside the API unless somebody says otherwise', async () => {
    expect(await statuses(api.url)).toEqual({ metrics: 200, board: 200, docs: 200, api: 200, health: 200 });
  });

  it.each<[Page, object]>([
    ['metrics', { metrics: 404, board: 200, docs: 200 }],
    ['board', { metrics: 200, board: 404, docs: 200 }],
    ['docs', { metrics: 200, board: 200, docs: 404 }],
  ])('can each be switched off: %s', async (off, expected) => {
    const rest = new Set((['metrics', 'board', 'docs'] as const).filter((page) => page !== off));
    const url = await listen(await createHttpApp(api.coordinator.http, rest));
    expect(await statuses(url)).toEqual({ ...expected, api: 200, health: 200 });
    if (off === 'docs') expect((await fetch(`${url}/docs`)).status).toBe(404);
  });

  it.each<[Page, object]>([
    ['metrics', { metrics: 200, board: 404, docs: 404 }],
    ['board', { metrics: 404, board: 200, docs: 404 }],
    ['docs', { metrics: 404, board: 404, docs: 200 }],
  ])('can each be on a port of its own, which serves nothing else: %s', async (page, expected) => {
    const main = await createHttpApp(api.coordinator.http, new Set());
    const url = await listen(await createPagesApp(api.coordinator.http, new Set([page]), main));
    apps.push(main);
    expect(await statuses(url)).toEqual({ ...expected, api: 404, health: 404 });
    if (page === 'docs') {
      const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object };
      expect(Object.keys(paths)).toContain('/v1/sweeps');
      expect((await fetch(`${url}/docs`)).status).toBe(200);
    }
  });

  it('show jobs on the board and change none', async () => {
    const producer = new TrialProducer({ redisUrl: api.redis.url, log: { warn: () => undefined } });
    const job = aTrainJob();
    await producer.untilConnected(5_000);
    await producer.enqueueTrials([job]);
    const list = await fetch(`${api.url}/queues/api/queues`);
    const { queues } = (await list.json()) as { queues: { name: string; readOnlyMode: boolean }[] };
    expect(queues.length).toBeGreaterThan(0);
    expect(queues.map(({ readOnlyMode }) => readOnlyMode)).toEqual(queues.map(() => true));
    for (const { name } of queues)
      for (const action of ['empty', 'obliterate', 'pause'])
        expect(
          (await fetch(`${api.url}/queues/api/queues/${name}/${action}`, { method: 'PUT' })).status,
        ).toBe(405);
    await eventually(async () => expect(await producer.jobState(job)).toBe('waiting'));
    await producer.close();
  });
});
