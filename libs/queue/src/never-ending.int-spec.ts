import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { eventually } from '@fathom/testkit';
import type { Redis } from 'ioredis';
import { disconnect, failFastOptions, openClient } from './connection';

/** Takes connections and says nothing, as a sentinel that hangs. */
async function silentServer() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis+sentinel://127.0.0.1:${String(port)}/mymaster`,
    get connections() {
      return sockets.length;
    },
    hangUp: () => sockets.forEach((socket) => socket.destroy()),
    close: () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}

describe('a connection by way of sentinels', () => {
  it('begins again where a failover has interrupted it, until it is closed', async () => {
    const sentinel = await silentServer();
    const client = openClient(failFastOptions(sentinel.url, 'test')) as Redis;
    client.on('error', () => undefined);
    try {
      await eventually(() => expect(sentinel.connections).toBe(1));
      // What ioredis does itself when it hears of a failover.
      const { connector } = client as unknown as { connector: { disconnect(): void } };
      connector.disconnect();
      const ended = new Promise((resolve) => client.once('end', resolve));
      sentinel.hangUp();
      await ended;
      await eventually(() => expect(sentinel.connections).toBe(2), { timeoutMs: 5_000 });
      expect(client.status).toBe('connecting');
    } finally {
      await disconnect(client);
      sentinel.hangUp();
    }
    const before = sentinel.connections;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(sentinel.connections).toBe(before);
    sentinel.close();
  });
});
