import { Gauge } from 'prom-client';
import { createMetricsRegistry, startMetricsServer, type MetricsServer } from './metrics';

describe('startMetricsServer', () => {
  let server: MetricsServer;
  let reason: string | undefined;
  const registry = createMetricsRegistry({ program: 'worker' });
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

  beforeAll(async () => {
    new Gauge({ name: 'fathom_depth', help: 'Depth.', registers: [registry] }).set(110);
    const ready = () => (reason === 'throw' ? Promise.reject(new Error('Redis is away')) : reason);
    server = await startMetricsServer({ port: 0, host: '127.0.0.1', registry, ready });
  });
  afterAll(() => server.close());

  it('serves its own and the process metrics with the constant labels', async () => {
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await response.text();
    expect(text).toContain('fathom_depth{program="worker"} 110');
    expect(text).toMatch(/process_resident_memory_bytes\{program="worker"\} \d+/);
  });

  it('is healthy as long as it answers', async () => {
    expect((await get('/health')).status).toBe(200);
    expect((await get('/other')).status).toBe(404);
  });

  it.each([
    [undefined, 200, { status: 'ok' }],
    ['Redis refuses', 503, { status: 'unavailable', reason: 'Redis refuses' }],
    ['throw', 503, { status: 'unavailable', reason: 'Redis is away' }],
  ])('answers ready for %s with %i', async (given, status, body) => {
    reason = given;
    const response = await get('/ready');
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(body);
  });

  it('says that a port is taken', async () => {
    await expect(startMetricsServer({ port: server.port, host: '127.0.0.1', registry })).rejects.toThrow(
      'EADDRINUSE',
    );
  });
});
