import { controlMessageSchema, type ControlMessage } from '@fathom/contracts';
import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { CONTROL_CHANNEL, endedKey } from './keys';
import { parseJson } from './parse-json';
import { publish, subscribe, type Subscription } from './subscription';

/** How what a mark is about was ended. */
export type Ending = 'cancelled' | 'stopped';

export interface ControlListener {
  readonly onMessage: (message: ControlMessage) => void;
  /** Messages may have been missed: ask endingOf() about what is being trained and what checkpoints there are. */
  readonly onGap?: () => void;
}

/** A worker that was away for longer has lost its trials anyway. */
const MARK_SECONDS = 7 * 24 * 3_600;

/**
 * What the coordinator tells all workers. That a trial or a sweep is ended is also kept as a mark, so that a worker
 * that was not connected still learns of it. Calls fail at once with RedisUnavailableError while Redis is away.
 */
export class ControlChannel {
  private readonly connection: FailFastRedis;

  constructor(private readonly options: FailFastOptions) {
    this.connection = new FailFastRedis(options, 'fathom-control');
  }

  async publishControl(message: ControlMessage): Promise<void> {
    const { id, ending } = markOf(message);
    await this.connection.run((redis) => redis.set(endedKey(id), ending, 'EX', MARK_SECONDS));
    await this.connection.run((redis) => publish(redis, CONTROL_CHANNEL, message));
  }

  /** How one of these, sweeps or trials, was ended in the last seven days; undefined where none was. */
  async endingOf(...ids: readonly string[]): Promise<Ending | undefined> {
    const marks = await this.connection.run((redis) => redis.mget(ids.map(endedKey)));
    const mark = marks.find((found) => found !== null);
    return mark === undefined ? undefined : mark === ('stopped' satisfies Ending) ? 'stopped' : 'cancelled';
  }

  subscribeControl(listener: ControlListener): Subscription {
    const { redisUrl, log } = this.options;
    return subscribe({
      redisUrl,
      log,
      channel: CONTROL_CHANNEL,
      onMessage: (text) => {
        const message = parseJson(controlMessageSchema, text);
        if (message === undefined) log.warn({ text: text.slice(0, 500) }, 'not a control message');
        else listener.onMessage(message);
      },
      ...(listener.onGap ? { onGap: listener.onGap } : {}),
    });
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

function markOf(message: ControlMessage): { readonly id: string; readonly ending: Ending } {
  switch (message.type) {
    case 'cancelTrial':
      return { id: message.trialId, ending: 'cancelled' };
    case 'cancelSweep':
      return { id: message.sweepId, ending: 'cancelled' };
    case 'stopTrial':
      return { id: message.trialId, ending: 'stopped' };
    case 'dropCheckpoints':
      return { id: message.sweepId, ending: 'stopped' };
  }
}
