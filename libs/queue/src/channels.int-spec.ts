import { randomUUID } from 'node:crypto';
import type { ControlMessage, LiveEvent } from '@fathom/contracts';
import { eventually, useRedis } from '@fathom/testkit';
import { Redis } from 'ioredis';
import { RedisUnavailableError } from './connection';
import { ControlChannel } from './control-channel';
import { CONTROL_CHANNEL, endedKey, LIVE_CHANNEL, pausedKey } from './keys';
import { LiveChannel } from './live-channel';
import { RedisHealth } from './redis-health';
import { recordingLog } from './testing/recording-log';

const ids = () => ({ sweepId: randomUUID(), trialId: randomUUID() });

describe('channels over Redis', () => {
  const redis = useRedis();
  let log: ReturnType<typeof recordingLog>;
  let closing: { close(): Promise<void> }[];
  const closed = <T extends { close(): Promise<void> }>(resource: T): T => {
    closing.push(resource);
    return resource;
  };
  const connected = async (admin: Redis) => {
    await admin.ping();
    return admin;
  };

  beforeEach(() => {
    log = recordingLog();
    closing = [];
  });
  afterEach(async () => {
    await Promise.all(closing.map((resource) => resource.close()));
  });

  const tell = async (channel: string, text: string) => {
    const admin = await connected(new Redis(redis.url));
    await admin.publish(channel, text);
    await admin.quit();
  };

  describe('control', () => {
    const sweepId = randomUUID();
    const trialId = randomUUID();

    it('reaches every worker', async () => {
      const channel = closed(new ControlChannel({ redisUrl: redis.url, log }));
      const heard: ControlMessage[][] = [[], []];
      for (const messages of heard)
        await closed(channel.subscribeControl({ onMessage: (message) => messages.push(message) })).ready;
      const message: ControlMessage = { type: 'cancelTrial', sweepId, trialId };
      await channel.publishControl(message);
      await eventually(() => expect(heard).toEqual([[message], [message]]));
    });

    it.each<[string, 'cancelled' | 'stopped', ControlMessage, boolean]>([
      ['a cancelled trial', 'cancelled', { type: 'cancelTrial', ...ids() }, false],
      ['a stopped trial', 'stopped', { type: 'stopTrial', ...ids(), keepPauses: false }, false],
      ['a cancelled sweep', 'cancelled', { type: 'cancelSweep', sweepId: randomUUID() }, true],
      ['a sweep that has ended', 'stopped', { type: 'dropCheckpoints', sweepId: randomUUID() }, true],
    ])('keeps a mark of %s for a worker that was away, for seven days', async (_, ending, message, ofAll) => {
      const channel = closed(new ControlChannel({ redisUrl: redis.url, log }));
      const id = 'trialId' in message ? message.trialId : message.sweepId;
      const other = randomUUID();
      expect(await channel.endingOf(message.sweepId, id)).toBeUndefined();
      await channel.publishControl(message);
      expect(await channel.endingOf(message.sweepId, id)).toBe(ending);
      expect(await channel.endingOf(message.sweepId, other)).toBe(ofAll ? ending : undefined);
      const admin = await connected(new Redis(redis.url));
      expect(await admin.ttl(endedKey(id))).toBeGreaterThan(7 * 24 * 3_600 - 60);
      await admin.quit();
    });

    it('keeps a mark of a paused sweep, which yields to an end and goes when the sweep goes on', async () => {
      const channel = closed(new ControlChannel({ redisUrl: redis.url, log }));
      const { sweepId: paused, trialId: trial } = ids();
      expect(await channel.orderFor(paused, trial)).toBeUndefined();
      await channel.publishControl({ type: 'pauseSweep', sweepId: paused });
      expect(await channel.orderFor(paused, trial)).toBe('held');
      expect(await channel.orderFor(randomUUID(), trial)).toBeUndefined();
      expect(await channel.endingOf(paused, trial)).toBeUndefined();
      await channel.clearMarks(paused);
      expect(await channel.orderFor(paused, trial)).toBeUndefined();
      await channel.publishControl({ type: 'pauseSweep', sweepId: paused });
      await channel.publishControl({ type: 'cancelSweep', sweepId: paused });
      expect(await channel.orderFor(paused, trial)).toBe('cancelled');
    });

    it.each<[string, (sweepId: string) => ControlMessage]>([
      ['is cancelled', (of) => ({ type: 'cancelSweep', sweepId: of })],
      ['has ended', (of) => ({ type: 'dropCheckpoints', sweepId: of })],
    ])('keeps the mark of a paused sweep for the length of the pause, until it %s', async (_, end) => {
      const channel = closed(new ControlChannel({ redisUrl: redis.url, log }));
      const { sweepId: paused } = ids();
      const admin = await connected(new Redis(redis.url));
      await channel.publishControl({ type: 'pauseSweep', sweepId: paused });
      // A key that is there and has no end.
      expect(await admin.ttl(pausedKey(paused))).toBe(-1);
      await channel.publishControl(end(paused));
      expect(await admin.exists(pausedKey(paused))).toBe(0);
      await admin.quit();
    });

    it('logs what is no control message and goes on', async () => {
      const channel = closed(new ControlChannel({ redisUrl: redis.url, log }));
      const heard: ControlMessage[] = [];
      await closed(channel.subscribeControl({ onMessage: (message) => heard.push(message) })).ready;
      await tell(CONTROL_CHANNEL, '{');
      await tell(CONTROL_CHANNEL, '{"type":"dance"}');
      await channel.publishControl({ type: 'cancelSweep', sweepId });
      await eventually(() => expect(heard).toEqual([{ type: 'cancelSweep', sweepId }]));
      expect(log.messages).toEqual(['not a control message', 'not a control message']);
    });

    it('subscribes again after Redis was away, and says that messages may be missing', async () => {
      const channel = closed(new ControlChannel({ redisUrl: redis.url, log }));
      const heard: ControlMessage[] = [];
      let gaps = 0;
      const onGap = () => gaps++;
      await closed(channel.subscribeControl({ onMessage: (message) => heard.push(message), onGap })).ready;
      await redis.stop();
      await expect(channel.publishControl({ type: 'cancelSweep', sweepId })).rejects.toThrow(
        RedisUnavailableError,
      );
      await expect(channel.endingOf(sweepId, trialId)).rejects.toThrow(RedisUnavailableError);
      await redis.start();
      await eventually(() => expect(gaps).toBe(1));
      await eventually(() => channel.publishControl({ type: 'cancelSweep', sweepId }));
      await eventually(() => expect(heard).toContainEqual({ type: 'cancelSweep', sweepId }));
    });
  });

  describe('live events', () => {
    const event: LiveEvent = {
      type: 'sweepChanged',
      id: '7',
      sweepId: randomUUID(),
      state: 'completed',
      reason: null,
    };

    it('reach the other coordinators; what is no event is logged', async () => {
      const [here, there] = [
        closed(new LiveChannel({ redisUrl: redis.url, log })),
        closed(new LiveChannel({ redisUrl: redis.url, log })),
      ];
      const heard: LiveEvent[] = [];
      await closed(there.subscribeLive({ onEvent: (live) => heard.push(live) })).ready;
      await tell(LIVE_CHANNEL, '{"type":"sweepChanged"}');
      await here.publishLive(event);
      await eventually(() => expect(heard).toEqual([event]));
      expect(log.messages).toEqual(['not a live event']);
    });
  });

  describe('health', () => {
    it('answers while Redis does, says at once when it does not, and recovers', async () => {
      const health = closed(new RedisHealth({ redisUrl: redis.url, log }));
      await health.ping();
      await redis.stop();
      await expect(health.ping()).rejects.toThrow(RedisUnavailableError);
      await redis.start();
      await eventually(() => health.ping());
    });

    it('gives up on a Redis that accepts connections and does not answer', async () => {
      const health = closed(new RedisHealth({ redisUrl: redis.url, log }));
      await health.ping();
      const admin = await connected(new Redis(redis.url));
      await admin.call('CLIENT', 'PAUSE', '700', 'ALL');
      await expect(health.ping(100)).rejects.toThrow('Redis did not answer within 100 ms');
      await admin.quit();
    });

    it('closes although Redis does not answer', async () => {
      const channel = new ControlChannel({ redisUrl: redis.url, log });
      const subscription = channel.subscribeControl({ onMessage: () => undefined });
      await subscription.ready;
      const admin = await connected(new Redis(redis.url));
      await admin.call('CLIENT', 'PAUSE', '20000', 'ALL');
      await Promise.all([subscription.close(), channel.close()]);
      admin.disconnect();
      await redis.stop();
      await redis.start();
    }, 15_000);

    it('objects to a Redis that may evict jobs', async () => {
      const health = closed(new RedisHealth({ redisUrl: redis.url, log }));
      await health.ping();
      await health.checkNoEviction();
      const admin = await connected(new Redis(redis.url));
      await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await expect(health.checkNoEviction()).rejects.toThrow('maxmemory-policy allkeys-lru');
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
      await admin.quit();
    });
  });
});
