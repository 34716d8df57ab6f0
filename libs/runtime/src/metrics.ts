import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * A registry with the metrics of the Node process itself.
 *
 * @param labels put on every sample, such as the program's name
 */
export function createMetricsRegistry(labels: Readonly<Record<string, string>> = {}): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ ...labels });
  collectDefaultMetrics({ register: registry });
  return registry;
}

export interface MetricsServerOptions {
  /** 0: a free one. */
  readonly port: number;
  /** Default: all interfaces. */
  readonly host?: string;
  /** Absent: there is no /metrics. */
  readonly registry?: Registry;
  /** Answers what is not ready, or undefined where all is. Absent: always ready. A rejection counts as not ready. */
  readonly ready?: () => Promise<string | undefined> | string | undefined;
}

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves /metrics for Prometheus where there is a registry, /health (200 as long as the process answers) and /ready (200 or 503).
 *
 * @throws Error if the port is taken
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    answer(path ?? '/', options, response).catch((error: unknown) =>
      send(response, 500, { status: 'error', reason: String(error) }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(path: string, options: MetricsServerOptions, response: ServerResponse): Promise<void> {
  switch (path) {
    case '/metrics': {
      if (options.registry === undefined) break;
      const text = await options.registry.metrics();
      response.writeHead(200, { 'content-type': options.registry.contentType }).end(text);
      return;
    }
    case '/health':
      send(response, 200, { status: 'ok' });
      return;
    case '/ready': {
      const reason = await notReady(options.ready);
      if (reason === undefined) send(response, 200, { status: 'ok' });
      else send(response, 503, { status: 'unavailable', reason });
      return;
    }
  }
  send(response, 404, { status: 'not-found' });
}

async function notReady(check: MetricsServerOptions['ready']): Promise<string | undefined> {
  try {
    return await check?.();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
