import { liveEventSchema, type LiveEvent } from '@fathom/contracts';
import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { LIVE_CHANNEL } from './keys';
import { parseJson } from './parse-json';
import { publish, subscribe, type Subscription } from './subscription';

export interface LiveListener {
  readonly onEvent: (event: LiveEvent) => void;
  /** Events may have been missed. */
  readonly onGap?: () => void;
}

/** Carries live events from the coordinator that made them to the ones whose clients watch. At most once. */
export class LiveChannel {
  private readonly connection: FailFastRedis;

  constructor(private readonly options: FailFastOptions) {
    this.connection = new FailFastRedis(options, 'fathom-live');
  }

  /** @throws RedisUnavailableError at once while Redis is away */
  async publishLive(event: LiveEvent): Promise<void> {
    await this.connection.run((redis) => publish(redis, LIVE_CHANNEL, event));
  }

  subscribeLive(listener: LiveListener): Subscription {
    const { redisUrl, log } = this.options;
    return subscribe({
      redisUrl,
      log,
      channel: LIVE_CHANNEL,
      onMessage: (text) => {
        const event = parseJson(liveEventSchema, text);
        if (event === undefined) log.warn({ text: text.slice(0, 500) }, 'not a live event');
        else listener.onEvent(event);
      },
      ...(listener.onGap ? { onGap: listener.onGap } : {}),
    });
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
