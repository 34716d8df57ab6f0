import { connect } from 'node:net';

export interface RawRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Added to the true length of the body in Content-Length. */
  readonly lengthError: number;
}

export interface RawAnswer {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly body: string;
}

const TIMEOUT_MS = 30_000;
const LONG_BYTES = 16_000;

/**
 * Sends a request byte by byte as it is given: no client library would send most of these. Of a stream only the
 * head is awaited.
 *
 * @throws Error where there is no answer in time
 */
export function sendRaw(port: number, request: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let said = Buffer.alloc(0);
    const finish = () => {
      socket.destroy();
      resolve(parseAnswer(said.toString('utf8')));
    };
    socket.setTimeout(TIMEOUT_MS, () => {
      socket.destroy();
      reject(new Error(`no answer within ${String(TIMEOUT_MS)} ms`));
    });
    socket.on('connect', () => {
      socket.write(bytesOf(request));
      // A server would wait for the rest; one that is told that there is none closes the connection.
      if (!isWhole(request)) socket.end();
    });
    socket.on('data', (chunk) => {
      said = Buffer.concat([said, chunk]);
      if (/^x-accel-buffering: no[^]*\r\n\r\n/im.test(said.toString('latin1'))) finish();
    });
    // A server that refuses the rest of a request resets the connection.
    socket.on('error', finish);
    socket.on('close', finish);
  });
}

/** Whether the server can tell where it ends. */
const isWhole = ({ lengthError, headers }: RawRequest): boolean =>
  lengthError === 0 && !headers.some(([name]) => name === 'Transfer-Encoding');

/**
 * Whether an answer must arrive. A server that refuses the rest of a long request resets the connection, which may take
 * the answer with it.
 */
export const mustBeAnswered = (request: RawRequest): boolean =>
  isWhole(request) && bytesOf(request).length < LONG_BYTES;

function bytesOf({ method, target, headers, body, lengthError }: RawRequest): Buffer {
  const content = Buffer.from(body, 'utf8');
  const length = Math.max(0, content.length + lengthError);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: close',
    ...(content.length > 0 || lengthError !== 0 ? [`Content-Length: ${String(length)}`] : []),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8'), content]);
}

function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const head = end < 0 ? text : text.slice(0, end);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    head,
    body: end < 0 ? '' : text.slice(end + 4),
  };
}
