import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface SlowProxy {
  readonly port: number;
  /** Each piece of an answer comes so much later. */
  delayMs: number;
  /** Nothing comes through until `release`; connections stay open, and new ones are taken. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

/** Stands between a client and a server on this machine. */
export async function startSlowProxy(serverPort: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  let isHeld = false;
  const proxy = createServer((client) => {
    const server = connect({ port: serverPort, host: '127.0.0.1' });
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => setTimeout(() => client.write(bytes), handle.delayMs));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      if (isHeld) socket.pause();
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const handle: SlowProxy = {
    port: (proxy.address() as AddressInfo).port,
    delayMs: 0,
    hold: () => {
      isHeld = true;
      for (const socket of sockets) socket.pause();
    },
    release: () => {
      isHeld = false;
      for (const socket of sockets) socket.resume();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => proxy.close(() => resolve()));
    },
  };
  return handle;
}
