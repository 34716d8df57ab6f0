import { randomUUID } from 'node:crypto';
import type { Report } from '@fathom/contracts';
import { aReport, eventually, useRedis } from '@fathom/testkit';
import { Redis } from 'ioredis';
import { DEAD_REPORT_STREAM, REPORT_GROUP, REPORT_STREAM } from './keys';
import { ReportConsumer, type ReportConsumerOptions } from './report-consumer';
import { ReportPublisher } from './report-publisher';
import { recordingLog } from './testing/recording-log';

const step = (fence: number) => aReport('stepReported', { fence });
const fencesOf = (reports: readonly Report[]) => reports.map((report) => report.fence);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('the report stream', () => {
  const redis = useRedis();
  const log = recordingLog();
  let admin: Redis;
  let publisher: ReportPublisher;
  let consumers: ReportConsumer[];

  beforeEach(async () => {
    consumers = [];
    admin = new Redis(redis.url);
    await admin.flushall();
    publisher = new ReportPublisher({ redisUrl: redis.url, log });
  });
  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await publisher.close(1_000);
    await admin.quit();
  });

  const consume = (
    onReports: ReportConsumerOptions['onReports'],
    options: Partial<ReportConsumerOptions> = {},
  ) => {
    const consumer = new ReportConsumer({
      redisUrl: redis.url,
      log,
      consumerName: randomUUID(),
      onReports,
      claimIntervalMs: 300,
      ...options,
    });
    consumers.push(consumer);
    consumer.start();
    return consumer;
  };
  const collect = () => {
    const reports: Report[] = [];
    consume((batch) => Promise.resolve(void reports.push(...batch)));
    return reports;
  };
  const pending = async () => ((await admin.xpending(REPORT_STREAM, REPORT_GROUP)) as [number])[0];

  it('carries every report once and in order, and forgets what is done', async () => {
    const sent = upTo(1_000).map(step);
    sent.forEach((report) => publisher.publish(report));
    expect(await publisher.flush(10_000)).toBe(true);
    const received = collect();
    await eventually(() => expect(received).toHaveLength(1_000));
    expect(received).toEqual(sent);
    await eventually(async () => expect(await pending()).toBe(0));
    await eventually(async () => expect(await admin.xlen(REPORT_STREAM)).toBe(0));
  });

  it('forgets what was done with before and left there, and nothing else', async () => {
    upTo(6).forEach((fence) => publisher.publish(step(fence)));
    await publisher.flush(10_000);
    await admin.xgroup('CREATE', REPORT_STREAM, REPORT_GROUP, '0');
    await admin.xreadgroup('GROUP', REPORT_GROUP, 'gone', 'COUNT', 5, 'STREAMS', REPORT_STREAM, '>');
    const ids = (await admin.xrange(REPORT_STREAM, '-', '+')).map(([id]) => id);
    // The third is still in hand.
    await admin.xack(REPORT_STREAM, REPORT_GROUP, ...ids.slice(0, 2), ...ids.slice(3, 5));
    const received: Report[] = [];
    const consumer = consume((batch) => Promise.resolve(void received.push(...batch)));
    await eventually(() => expect(fencesOf(received)).toEqual([3, 6]));
    await eventually(async () => expect(await pending()).toBe(0));
    await consumer.stop();
    collect();
    await eventually(async () => expect(await admin.xlen(REPORT_STREAM)).toBe(0));
  });

  it('hands over batches no larger than asked for', async () => {
    upTo(25).forEach((fence) => publisher.publish(step(fence)));
    await publisher.flush(10_000);
    const sizes: number[] = [];
    consume((batch) => Promise.resolve(void sizes.push(batch.length)), { batchSize: 10 });
    await eventually(() => expect(sizes).toEqual([10, 10, 5]));
  });

  it('offers the same reports again while they are not accepted, before any later one', async () => {
    upTo(3).forEach((fence) => publisher.publish(step(fence)));
    await publisher.flush(10_000);
    const offers: number[][] = [];
    consume((batch) => {
      offers.push(fencesOf(batch));
      return offers.length === 1 ? Promise.reject(new Error('the database is away')) : Promise.resolve();
    });
    await eventually(() => expect(offers).toHaveLength(1));
    publisher.publish(step(4));
    await eventually(() => expect(offers).toEqual([[1, 2, 3], [1, 2, 3], [4]]));
  });

  it('takes over what a coordinator that is gone had not finished', async () => {
    upTo(3).forEach((fence) => publisher.publish(step(fence)));
    await publisher.flush(10_000);
    await admin.xgroup('CREATE', REPORT_STREAM, REPORT_GROUP, '0');
    await admin.xreadgroup('GROUP', REPORT_GROUP, 'gone', 'COUNT', 2, 'STREAMS', REPORT_STREAM, '>');
    const received = collect();
    await eventually(() => expect(fencesOf(received).sort()).toEqual([1, 2, 3]));
    await eventually(async () => expect(await pending()).toBe(0));
  });

  it('leaves to the others what it could not hand over before it was stopped', async () => {
    publisher.publish(step(1));
    const offers: number[][] = [];
    const failing = consume((batch) => {
      offers.push(fencesOf(batch));
      return Promise.reject(new Error('the database is away'));
    });
    await eventually(() => expect(offers).toEqual([[1]]));
    await failing.stop();
    const received = collect();
    await eventually(() => expect(fencesOf(received)).toEqual([1]));
  });

  it('puts aside what is no report, with the reason, and goes on', async () => {
    await admin.xadd(REPORT_STREAM, '*', 'other', '1');
    await admin.xadd(REPORT_STREAM, '*', 'report', '{');
    await admin.xadd(REPORT_STREAM, '*', 'report', JSON.stringify({ ...step(1), fence: 0 }));
    publisher.publish(step(2));
    await publisher.flush(10_000);
    let dead = 0;
    const received: Report[] = [];
    consume((batch) => Promise.resolve(void received.push(...batch)), { onDead: (count) => (dead += count) });
    await eventually(() => expect(fencesOf(received)).toEqual([2]));
    const entries = await admin.xrange(DEAD_REPORT_STREAM, '-', '+');
    const reasons = entries.map(([, fields]) => fields[fields.indexOf('reason') + 1]);
    expect(reasons).toEqual([
      'the entry has no field "report"',
      'the report is not valid JSON',
      expect.stringMatching(/^\$\.fence: .*>=1/) as string,
    ]);
    expect(dead).toBe(3);
    await eventually(async () => expect(await pending()).toBe(0));
  });

  it('keeps the stream bounded where nobody takes reports: it gets no more steps, but all else', async () => {
    const small = new ReportPublisher({ redisUrl: redis.url, log, maxStreamLength: 100 });
    const ends = upTo(20).map((fence) =>
      aReport(fence % 2 === 0 ? 'attemptCompleted' : 'epochReported', { fence }),
    );
    for (const end of ends) {
      upTo(100).forEach(() => small.publish(step(100)));
      small.publish(end);
    }
    expect(await small.flush(10_000)).toBe(true);
    const length = await admin.xlen(REPORT_STREAM);
    expect(length).toBeLessThan(500);
    expect(small.dropped).toBe(2_020 - length);
    const received = collect();
    await eventually(() => expect(received).toHaveLength(length));
    expect(received.filter(({ type }) => type !== 'stepReported')).toEqual(ends);
    await eventually(async () => expect(await admin.xlen(REPORT_STREAM)).toBe(0));
    small.publish(step(101));
    await eventually(() => expect(received.at(-1)?.fence).toBe(101));
    expect(small.dropped).toBe(2_020 - length);
    expect(await small.close(10_000)).toBe(0);
  });

  it('keeps reports while Redis is away and delivers them in order when it is back', async () => {
    const received = collect();
    publisher.publish(step(1));
    await eventually(() => expect(fencesOf(received)).toEqual([1]));
    await redis.stop();
    upTo(5).forEach((n) => publisher.publish(step(n + 1)));
    expect(await publisher.flush(300)).toBe(false);
    expect(publisher.buffered).toBe(5);
    publisher.publish(step(7));
    await redis.start();
    expect(await publisher.flush(20_000)).toBe(true);
    await eventually(() => expect([...new Set(fencesOf(received))]).toEqual(upTo(7)), { timeoutMs: 20_000 });
    expect(publisher.dropped).toBe(0);
  });

  it('goes on after Redis came back empty', async () => {
    const received = collect();
    publisher.publish(step(1));
    await eventually(() => expect(fencesOf(received)).toEqual([1]));
    await admin.flushall();
    publisher.publish(step(2));
    await eventually(() => expect(fencesOf(received)).toEqual([1, 2]));
  });

  it('drops the least important where too many wait, and says how many it could not send', async () => {
    await redis.stop();
    const small = new ReportPublisher({ redisUrl: redis.url, log, maxBuffered: 3 });
    small.publish(aReport('attemptStarted'));
    upTo(5).forEach((fence) => small.publish(step(fence)));
    expect(small.dropped).toBeGreaterThan(0);
    expect(small.buffered + small.dropped).toBe(6);
    expect(await small.close(50)).toBe(small.buffered);
    expect(() => small.publish(step(6))).toThrow('closed');
    await redis.start();
  });
});
