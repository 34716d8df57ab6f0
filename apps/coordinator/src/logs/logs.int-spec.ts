import { randomUUID } from 'node:crypto';
import {
  MAX_LOG_BYTES,
  trialLogLineSchema,
  type LogChunk,
  type Problem,
  type SweepDetail,
  type TrialLogLine,
  type TrialPage,
} from '@fathom/contracts';
import { LogPublisher } from '@fathom/queue';
import { aReport, aSweepRequest, eventually, finalMetrics } from '@fathom/testkit';
import { Redis } from 'ioredis';
import { answerToDepartedClient } from '../testing/departed-client';
import { startCoordinator, useCoordinator } from '../testing/use-coordinator';
import { LogsController } from './logs.controller';

const AT = '2026-01-01T00:00:00.000Z';

describe('the log of a trial', () => {
  const api = useCoordinator();
  let publisher: LogPublisher;
  beforeAll(() => {
    publisher = new LogPublisher({ redisUrl: api.redis.url, log: { warn: () => undefined } });
  });
  afterAll(async () => {
    await publisher.close(1_000);
  });

  async function givenTrial() {
    const { body } = await api.post<SweepDetail>('/v1/sweeps', aSweepRequest({ space: { depth: [8] } }));
    const page = await api.get<TrialPage>(`/v1/sweeps/${body.id}/trials`);
    const trialId = page.body.items[0]!.id;
    const attempt = { sweepId: body.id, trialId, attemptId: randomUUID(), fence: 1 };
    return { trialId, attempt, path: `/v1/trials/${trialId}/logs` };
  }
  /** Says some lines in one chunk. */
  function speaker({ trialId, attemptId, fence }: { trialId: string; attemptId: string; fence: number }) {
    let seq = 0;
    let endOffset = 0;
    return (...texts: string[]): LogChunk => {
      endOffset += texts.join('').length;
      const lines = texts.map((text) => ({ at: AT, source: 'training' as const, text }));
      const chunk = { trialId, attemptId, fence, seq: seq++, endOffset, lines };
      publisher.publish(chunk);
      return chunk;
    };
  }
  const plain = async (path: string) => (await fetch(api.url + path)).text();
  const linesOf = async (path: string): Promise<TrialLogLine[]> => {
    const response = await fetch(api.url + path, { headers: { accept: 'application/x-ndjson' } });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    return parse(await response.text());
  };
  const parse = (text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => trialLogLineSchema.parse(JSON.parse(line)));
  const texts = async (path: string) => (await linesOf(path)).map(({ text }) => text);

  it('is served as text and as JSON lines, of all attempts or one, whole or from near its end', async () => {
    const { attempt, path } = await givenTrial();
    const say = speaker(attempt);
    say('first', 'second');
    say('third \u0000\u001b[31mred\u001b[0m');
    await eventually(async () => expect(await texts(path)).toHaveLength(3));
    speaker({ ...attempt, attemptId: randomUUID(), fence: 2 })('fourth');
    await eventually(async () =>
      expect(await plain(path)).toBe(
        [
          `${AT} 1 training first`,
          `${AT} 1 training second`,
          `${AT} 1 training third red`,
          `${AT} 2 training fourth`,
          '',
        ].join('\n'),
      ),
    );
    expect(await texts(`${path}?attempt=2`)).toEqual(['fourth']);
    expect(await texts(`${path}?attempt=3`)).toEqual([]);
    expect(await texts(`${path}?tail=3`)).toEqual(['second', 'third red', 'fourth']);
    expect(await texts(`${path}?tail=0`)).toEqual([]);
    expect(await texts(`${path}?tail=100&attempt=1`)).toEqual(['first', 'second', 'third red']);
    const all = await linesOf(path);
    for (const [index, { cursor }] of all.entries())
      expect(await linesOf(`${path}?after=${cursor}`)).toEqual(all.slice(index + 1));
  });

  it('takes a chunk that comes twice once, one of no trial not at all, and leaves nothing on the stream', async () => {
    const { attempt, path } = await givenTrial();
    const chunk = speaker(attempt)('once');
    publisher.publish(chunk);
    publisher.publish({ ...chunk, trialId: randomUUID(), attemptId: randomUUID() });
    speaker({ ...attempt, attemptId: randomUUID(), fence: 2 })('after it');
    await eventually(async () => expect(await texts(path)).toEqual(['once', 'after it']));
    const redis = new Redis(api.redis.url);
    await eventually(async () => expect(await redis.xlen('fathom:{logs}')).toBe(0));
    redis.disconnect();
  });

  it('keeps the newest megabyte of an attempt', async () => {
    const { attempt, path } = await givenTrial();
    const say = speaker(attempt);
    const long = 'x'.repeat(990);
    for (let chunk = 0; chunk < 40; chunk++)
      say(...Array.from({ length: 32 }, (_, line) => `${String(chunk)}.${String(line)} ${long}`));
    await eventually(async () => expect((await texts(`${path}?tail=1`))[0]).toMatch(/^39\.31 /));
    const kept = await texts(path);
    expect(kept.join('').length).toBeLessThanOrEqual(MAX_LOG_BYTES + 33_000);
    expect(kept.join('').length).toBeGreaterThan(MAX_LOG_BYTES - 33_000);
    expect(kept.at(-1)).toMatch(/^39\.31 /);
    expect(await texts(`${path}?tail=1000`)).toEqual(kept.slice(-1000));
  });

  it('does not keep reports from being taken in where it is flooded', async () => {
    const flood = await givenTrial();
    const say = speaker(flood.attempt);
    const text = 'x'.repeat(990);
    for (let chunk = 0; chunk < 450; chunk++) say(...Array.from({ length: 32 }, () => text));
    const { trialId, attempt } = await givenTrial();
    await api.report(aReport('attemptStarted', attempt));
    await eventually(
      async () =>
        expect((await api.get<{ state: string }>(`/v1/trials/${trialId}`)).body.state).toBe('running'),
      { timeoutMs: 1_500 },
    );
    expect(publisher.dropped).toBe(0);
    await eventually(async () => expect(await texts(`${flood.path}?tail=1`)).toEqual([text]));
  });

  it('can be followed to the end of the trial, as text, JSON lines and events', async () => {
    const { attempt, path } = await givenTrial();
    const say = speaker(attempt);
    say('before');
    await api.report(aReport('attemptStarted', attempt));
    await eventually(async () => expect(await texts(path)).toEqual(['before']));
    const read = async (accept: string) => {
      const response = await fetch(`${api.url}${path}?follow=true`, { headers: { accept } });
      expect(response.status).toBe(200);
      return response.text();
    };
    const readers = Promise.all([
      read('text/plain'),
      read('application/x-ndjson'),
      read('text/event-stream'),
    ]);
    say('while it runs');
    await eventually(async () => expect(await texts(path)).toHaveLength(2));
    await api.report(aReport('attemptCompleted', { ...attempt, metrics: finalMetrics() }));
    say('last words');
    const [text, lines, events] = await readers;
    expect(text).toBe(
      ['before', 'while it runs', 'last words'].map((one) => `${AT} 1 training ${one}\n`).join(''),
    );
    expect(parse(lines).map((line) => line.text)).toEqual(['before', 'while it runs', 'last words']);
    const ids = [...events.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
    expect(ids).toHaveLength(3);
    const resumed = await fetch(`${api.url}${path}`, {
      headers: { accept: 'text/event-stream', 'last-event-id': ids[1] ?? '' },
    });
    expect((await resumed.text()).match(/^data: .*$/gm)).toHaveLength(1);
  });

  it('does not keep a coordinator from stopping', async () => {
    const { path } = await givenTrial();
    const other = await startCoordinator(api.options());
    await eventually(async () => expect((await fetch(`${other.url}/ready`)).status).toBe(200));
    const open = await fetch(`${other.url}${path}?follow=true`);
    expect(open.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const body = open.text();
    await other.stop();
    await expect(body).resolves.toBe('');
  });

  it('is not followed for a client that left while its trial was looked for', async () => {
    const { trialId } = await givenTrial();
    const controller = new LogsController(api.coordinator.http.store);
    const response = await answerToDepartedClient();
    await controller.get(trialId, { follow: 'true' }, undefined, undefined, response);
    expect(response.headersSent).toBe(false);
  });

  it('goes after its days', async () => {
    const { attempt, path } = await givenTrial();
    speaker(attempt)('old');
    await eventually(async () => expect(await texts(path)).toEqual(['old']));
    const { logs } = api.coordinator.http.store;
    expect(await logs.dropBefore(new Date(Date.now() - 86_400_000))).toBe(0);
    expect(await texts(path)).toEqual(['old']);
    expect(await logs.dropBefore(new Date())).toBeGreaterThan(0);
    expect(await texts(path)).toEqual([]);
  });

  it.each([
    ['?attempt=0', '$.attempt'],
    ['?tail=x', '$.tail'],
    ['?follow=yes', '$.follow'],
    ['?after=1', '$.after'],
    ['?lines=3', '$.lines'],
  ])('refuses %s', async (query, path) => {
    const { path: logs } = await givenTrial();
    const { status, body } = await api.get<Problem>(`${logs}${query}`);
    expect(status).toBe(400);
    expect(body.violations?.map((violation) => violation.path)).toEqual([path]);
  });

  it('is of no trial that is not there', async () => {
    expect((await api.get<Problem>(`/v1/trials/${randomUUID()}/logs`)).status).toBe(404);
  });
});
