import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problem } from '@fathom/contracts';
import { ApiClient } from './api-client';
import { ApiError, UnreachableError } from './api-error';

/** What the server of a test answers: status, content type, body. */
let answer: [number, string, string];
let server: Server;
let client: ApiClient;

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(answer[0], { 'Content-Type': answer[1] }).end(answer[2]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('ApiClient', () => {
  it('gives what the schema describes', async () => {
    answer = [200, 'application/json', JSON.stringify({ items: [], total: 0, limit: 20, offset: 0 })];
    await expect(client.sweeps({ limit: 20 })).resolves.toMatchObject({ items: [], total: 0 });
  });

  it('throws a problem as what it is', async () => {
    answer = [404, 'application/problem+json', JSON.stringify(problem('not-found', 'no sweep x'))];
    await expect(client.sweep('x')).rejects.toThrow(ApiError);
    await expect(client.sweep('x')).rejects.toThrow('There is no such resource: no sweep x');
  });

  it.each([
    ['a page of some other server', 200, '<html>'],
    ['an error that is no problem', 502, '{}'],
  ])('takes %s for no coordinator', async (_what, status, body) => {
    answer = [status, 'text/html', body];
    await expect(client.sweep('x')).rejects.toThrow(UnreachableError);
  });

  it('says where nothing answers, and what to do', async () => {
    await expect(new ApiClient('http://127.0.0.1:1').sweeps()).rejects.toThrow(
      /No coordinator at http:\/\/127\.0\.0\.1:1 .*fathom up/,
    );
  });
});
