import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { spawnNode } from '@fathom/testkit';
import { z } from 'zod';
import { createLogger } from '../logger';
import { parseEnv } from '../env';
import { Secrets } from '../secrets';
import { tracingVariables } from './settings';
import { startTracer } from './start-tracer';

const logger = createLogger({ name: 'test', level: 'silent' });
const settingsOf = (env: Record<string, string>) => parseEnv(z.object(tracingVariables), env);
const tracerOf = (env: Record<string, string>) =>
  startTracer({
    ...{ service: 'test', instance: 'one', logger },
    settings: settingsOf(env),
    secrets: new Secrets(['hunter2-hunter2']),
  });

const PARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const SCRIPT = JSON.stringify(resolve(__dirname, '../../dist/index.js'));
const SETUP = `
  const runtime = require(${SCRIPT});
  const tracer = runtime.startTracer({
    service: 'test', instance: 'one', logger: runtime.createLogger({ name: 'test' }),
    settings: runtime.parseEnv(require('zod').z.object(runtime.tracingVariables), process.env),
    secrets: new runtime.Secrets(['hunter2-hunter2']),
  });`;

describe('traces', () => {
  const received: { url: string; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) });
      response.end();
    });
  });
  let endpoint = '';
  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(() => {
    server.close();
  });
  beforeEach(() => {
    received.length = 0;
  });

  /** Its library loads parts of itself in a way that Jest does not have, so that it runs elsewhere. */
  async function traced(program: string, env: Record<string, string> = {}): Promise<string> {
    const child = spawnNode('-e', [`(async () => { ${SETUP} ${program} })()`], {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      ...env,
    });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    return child.output();
  }

  it('go where the environment says, by default as protobuf, without secrets', async () => {
    const said = await traced(`
      const parent = ${JSON.stringify(PARENT)};
      const attributes = { text: 'hunter2-hunter2!' };
      await runtime.inSpan(tracer, 'outer', { parent, attributes }, async (span) => {
        console.log(span.traceparent === runtime.activeTraceparent(), span.traceparent);
        const fail = async () => { throw new Error('not with hunter2-hunter2') };
        await runtime.inSpan(tracer, 'inner', { parent: span.traceparent }, fail).catch((e) => console.log(e.message));
      });
      console.log(runtime.activeTraceparent());
      await tracer.close();`);
    expect(said).toMatch(
      new RegExp(`^true 00-${'a'.repeat(32)}-[0-9a-f]{16}-01\nnot with hunter2-hunter2\nundefined\n$`),
    );
    expect(received.map(({ url, headers }) => [url, headers['content-type']])).toEqual([
      ['/v1/traces', 'application/x-protobuf'],
    ]);
    const text = received[0]!.body.toString('latin1');
    for (const part of ['outer', 'inner', '[secret]!', 'not with [secret]']) expect(text).toContain(part);
    expect(text).not.toContain('hunter2');
  });

  it('are not recorded where the parent is not, and begin anew where it is nonsense', async () => {
    const said = await traced(`
      const unsampled = tracer.start('unsampled', { parent: ${JSON.stringify(PARENT.replace(/1$/, '0'))} });
      console.log(unsampled.traceparent);
      unsampled.end();
      tracer.start('of its own', { parent: 'nonsense' }).end();
      await tracer.close();`);
    expect(said).toMatch(/-00\n$/);
    const text = received.map(({ body }) => body.toString('latin1')).join('');
    expect(text).toContain('of its own');
    expect(text).not.toContain('unsampled');
  });

  it('are sampled as OpenTelemetry is told', async () => {
    await traced("tracer.start('any').end(); await tracer.close();", { OTEL_TRACES_SAMPLER: 'always_off' });
    expect(received).toEqual([]);
  });

  it.each([
    ['no endpoint', {}],
    ['OTEL_SDK_DISABLED', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' }],
  ])('are nothing with %s', (_what, env: Record<string, string>) => {
    const tracer = tracerOf(env);
    expect(tracer.isOn).toBe(false);
    expect(tracer.start('nothing').traceparent).toBeUndefined();
  });

  it('load nothing where there are none', async () => {
    const count =
      'console.log(Object.keys(require.cache).filter((f) => /opentelemetry.(sdk|exporter)/.test(f)).length > 0);';
    expect(await traced(count, { OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBe('false\n');
    expect(await traced(count)).toBe('true\n');
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317', 'must be an http:// or https:// URL'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'expected one of "http/protobuf"|"http/json"'],
  ])('refuse %s=%s', (name, value, message) => {
    expect(() => settingsOf({ [name]: value })).toThrow(message);
  });
});
