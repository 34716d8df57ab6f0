import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What goes wrong. refused: nobody listens. cut: the content of an answer breaks off half-way. error: an answer of that
 * status, with the code in the XML that S3 has.
 */
export type Fault = 'refused' | 'cut' | { readonly status: number; readonly code: string };

const HOST = '127.0.0.1';

/** Stands before a server of HTTP and makes it fail on demand. */
export class FaultyProxy {
  /** What was asked for, as `GET /bucket/key?query`. */
  readonly requests: string[] = [];
  private readonly server: Server;
  private fault: Fault | undefined;
  private port = 0;

  constructor(private readonly target: URL) {
    this.server = createServer((asked, answer) => this.pass(asked, answer));
  }

  get url(): string {
    return `http://${HOST}:${String(this.port)}`;
  }

  async start(): Promise<void> {
    await this.listen();
  }

  /** undefined: nothing does any more. */
  async set(fault: Fault | undefined): Promise<void> {
    const was = this.fault;
    this.fault = fault;
    if (fault === 'refused' && was !== 'refused') await this.stop();
    if (fault !== 'refused' && was === 'refused') await this.listen();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  private listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.port, HOST, () => {
        this.port = (this.server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { method = 'GET', url = '/', headers } = asked;
    this.requests.push(`${method} ${url}`);
    const { fault } = this;
    if (typeof fault === 'object') {
      asked.resume();
      const message = `<Error><Code>${fault.code}</Code><Message>because the test wants it</Message></Error>`;
      answer.writeHead(fault.status, { 'content-type': 'application/xml' }).end(message);
      return;
    }
    const forwarded = request(new URL(url, this.target), { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      const length = Number(reply.headers['content-length'] ?? 0);
      if (fault !== 'cut' || method !== 'GET' || length < 2) return void reply.pipe(answer);
      reply.once('data', (chunk: Buffer) => {
        answer.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => answer.destroy());
      });
    });
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  }
}
