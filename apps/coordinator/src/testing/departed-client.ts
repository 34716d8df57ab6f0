import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Response } from 'express';

/** The answer to a client that asked, and has left before it got one. */
export async function answerToDepartedClient(): Promise<Response> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asked = once(server, 'request');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
  const [, response] = (await asked) as [unknown, ServerResponse];
  client.destroy();
  await once(response, 'close');
  server.close();
  // Nothing of Express is needed to write what nobody reads.
  return response as Response;
}
