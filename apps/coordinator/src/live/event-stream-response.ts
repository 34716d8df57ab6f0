import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { LiveEvent } from '@fathom/contracts';
import { abortWithClient } from '../http/abort-with-client';

export const HEARTBEAT_MS = 15_000;

/** One event in the text/event-stream format (WHATWG HTML, section 9.2.6). */
export function formatEvent(event: LiveEvent): string {
  const id = event.type === 'stepReported' ? '' : `id: ${event.id}\n`;
  return `${id}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/**
 * Sends events as they come and a comment every 15 s, so that proxies keep the connection. Waits for a slow client.
 *
 * @param abort ends the events; it is called when the client has gone, which may be before they begin
 */
export async function sendEvents(
  response: ServerResponse,
  events: AsyncIterable<LiveEvent>,
  abort: AbortController,
): Promise<void> {
  const forgetClient = abortWithClient(response, abort);
  if (response.destroyed) return;
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
    Connection: 'keep-alive',
  });
  response.write('retry: 2000\n\n');
  const heartbeat = setInterval(() => response.write(': heartbeat\n\n'), HEARTBEAT_MS);
  try {
    for await (const event of events) {
      if (abort.signal.aborted) return;
      if (!response.write(formatEvent(event))) await once(response, 'drain', { signal: abort.signal });
    }
  } finally {
    clearInterval(heartbeat);
    forgetClient();
    response.end();
  }
}
