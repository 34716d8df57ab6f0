import { setTimeout as sleep } from 'node:timers/promises';
import { isSweepEnded, liveEventSchema, problemSchema, type LiveEvent } from '@fathom/contracts';
import { createParser } from 'eventsource-parser';
import { ApiError, UnreachableError } from './api-error';

const RECONNECT_MS = 1_000;
/** Reconnections in a row, without one event between them, after which the coordinator counts as gone. */
const MAX_RECONNECTS = 60;

/**
 * The live events of a sweep, from its first to its last; ends when the server ends the stream after the sweep has
 * ended. A lost connection is taken up again where it broke off.
 *
 * @throws ApiError when the sweep does not exist, UnreachableError when the coordinator stays away
 */
export async function* liveEvents(
  baseUrl: string,
  sweepId: string,
  signal: AbortSignal,
): AsyncGenerator<LiveEvent> {
  let lastEventId = '0';
  let failures = 0;
  // A sweep that is given more to do goes on after its end.
  let hasEnded = false;
  for (;;) {
    try {
      for await (const event of connect(baseUrl, sweepId, lastEventId, signal)) {
        failures = 0;
        if ('id' in event) lastEventId = event.id;
        yield event;
        if (event.type === 'sweepChanged') hasEnded = isSweepEnded(event.state);
      }
      if (hasEnded) return;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.problem.status !== 503) throw error;
      if (failures >= MAX_RECONNECTS) throw new UnreachableError(baseUrl, error);
    }
    failures += 1;
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

async function* connect(
  baseUrl: string,
  sweepId: string,
  lastEventId: string,
  signal: AbortSignal,
): AsyncGenerator<LiveEvent> {
  const url = new URL(`/v1/sweeps/${encodeURIComponent(sweepId)}/events`, baseUrl);
  const response = await fetch(url, {
    headers: { Accept: 'text/event-stream', 'Last-Event-ID': lastEventId },
    signal,
  });
  if (!response.ok) throw new ApiError(problemSchema.parse(await response.json()));
  if (response.body === null) return;

  const received: LiveEvent[] = [];
  const parser = createParser({
    onEvent: ({ data }) => {
      received.push(liveEventSchema.parse(JSON.parse(data)));
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    yield* received.splice(0);
  }
}
