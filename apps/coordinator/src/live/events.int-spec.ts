import { randomUUID } from 'node:crypto';
import { liveEventSchema, type LiveEvent, type SweepDetail, type TrialPage } from '@fathom/contracts';
import { aReport, aSweepRequest, eventually, finalMetrics, stepMetrics } from '@fathom/testkit';
import { answerToDepartedClient } from '../testing/departed-client';
import { startCoordinator, useCoordinator } from '../testing/use-coordinator';
import { EventsController } from './events.controller';
import { LiveHub } from './live-hub';

interface Received {
  readonly id: string | undefined;
  readonly event: LiveEvent;
}

/** Reads a stream of events until it ends, or until `enough` says so. */
async function read(
  url: string,
  options: { lastEventId?: string; onOpen?: () => void; enough?: (all: readonly Received[]) => boolean } = {},
) {
  const abort = new AbortController();
  const { lastEventId, onOpen, enough } = options;
  const response = await fetch(url, {
    signal: abort.signal,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  onOpen?.();
  const received: Received[] = [];
  const { status, headers, body } = response;
  if (status !== 200 || !body) return { status, headers, received };
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (data === undefined) continue;
      received.push({ id: /^id: (.*)$/m.exec(part)?.[1], event: liveEventSchema.parse(JSON.parse(data)) });
    }
    if (enough?.(received) === true) {
      abort.abort();
      break;
    }
  }
  return { status, headers, received };
}

const kinds = (received: readonly Received[]) =>
  received.map(({ event }) => ('state' in event ? `${event.type} ${event.state}` : event.type));

describe('live events over SSE', () => {
  const api = useCoordinator();

  async function givenSweep() {
    const { body } = await api.post<SweepDetail>('/v1/sweeps', aSweepRequest({ space: { depth: [8] } }));
    const { body: page } = await api.get<TrialPage>(`/v1/sweeps/${body.id}/trials`);
    const [trial] = page.items;
    if (!trial) throw new Error('the sweep has a trial');
    const attempt = { sweepId: body.id, trialId: trial.id, attemptId: randomUUID(), fence: 1 };
    return { id: body.id, attempt, events: `${api.url}/v1/sweeps/${body.id}/events` };
  }

  it('shows what was, then what happens, steps included, and ends with the sweep', async () => {
    const { attempt, events } = await givenSweep();
    await api.report(aReport('attemptStarted', attempt));
    const stream = read(events, { enough: () => false });
    // A step is shown to those who watch only, so it is repeated until the stream has begun.
    let step = 0;
    const steps = setInterval(() => {
      step += 1;
      void api.report(aReport('stepReported', { ...attempt, metrics: stepMetrics({ step }) }));
    }, 50);
    setTimeout(() => {
      clearInterval(steps);
      void api.report(
        aReport('epochReported', attempt),
        aReport('attemptCompleted', { ...attempt, metrics: finalMetrics() }),
      );
    }, 1_500);
    const { status, headers, received } = await stream;
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/event-stream');
    const stored = received.filter(({ id }) => id !== undefined);
    expect(kinds(stored)).toEqual([
      'sweepChanged running',
      'trialsCreated',
      'trialChanged running',
      'epochReported',
      'trialChanged completed',
      'sweepChanged completed',
    ]);
    expect(stored.map(({ id, event }) => 'id' in event && event.id === id)).toEqual(Array(6).fill(true));
    expect(kinds(received)).toContain('stepReported');
  });

  it('goes on after the last event that was seen, and says when there is nothing more', async () => {
    const { id, events } = await givenSweep();
    await api.post(`/v1/sweeps/${id}/cancel`);
    const { received } = await read(events);
    expect(kinds(received)).toEqual([
      'sweepChanged running',
      'trialsCreated',
      'trialChanged cancelled',
      'sweepChanged cancelled',
    ]);
    const second = received[1]?.id ?? '';
    const rest = await read(events, { lastEventId: second });
    expect(rest.received).toEqual(received.slice(2));
    const nothing = await read(events, { lastEventId: received.at(-1)?.id ?? '' });
    expect(nothing.status).toBe(204);
  });

  it('shows what another coordinator took', async () => {
    const { id } = await givenSweep();
    const other = await api.another();
    const stream = read(`${other.url}/v1/sweeps/${id}/events`);
    await api.post(`/v1/sweeps/${id}/cancel`);
    expect(kinds((await stream).received).at(-1)).toBe('sweepChanged cancelled');
  });

  it('refuses an id that is none, and a sweep that is not there', async () => {
    const { events } = await givenSweep();
    expect((await read(events, { lastEventId: 'x' })).status).toBe(400);
    expect((await read(`${api.url}/v1/sweeps/${randomUUID()}/events`)).status).toBe(404);
  });

  it('stays open while PostgreSQL is away', async () => {
    const { id, events } = await givenSweep();
    let stream: ReturnType<typeof read> | undefined;
    await new Promise<void>((resolve) => {
      stream = read(events, { onOpen: resolve });
    });
    await api.postgres.stop();
    await api.postgres.start();
    await eventually(async () => expect((await api.post(`/v1/sweeps/${id}/cancel`)).status).toBe(200));
    expect(kinds((await stream)?.received ?? []).at(-1)).toBe('sweepChanged cancelled');
  });

  it('begin not at all for a client that left while its sweep was looked for', async () => {
    const { id } = await givenSweep();
    const controller = new EventsController(api.coordinator.http.store, new LiveHub());
    const response = await answerToDepartedClient();
    await controller.events(id, undefined, response);
    expect(response.headersSent).toBe(false);
  });

  it('does not keep a coordinator from stopping', async () => {
    const { id } = await givenSweep();
    const other = await startCoordinator(api.options());
    await eventually(async () => expect((await fetch(`${other.url}/ready`)).status).toBe(200));
    const opened = new Promise<void>((resolve) => {
      void read(`${other.url}/v1/sweeps/${id}/events`, { onOpen: resolve }).catch(() => undefined);
    });
    await opened;
    await other.stop();
    await expect(fetch(`${other.url}/health`)).rejects.toThrow();
  });
});
