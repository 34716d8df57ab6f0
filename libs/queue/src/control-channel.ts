import { controlMessageSchema, type ControlMessage } from '@fathom/contracts';
import type { Redis } from 'ioredis';
import { connect, disconnect, failFastOptions, orUnavailable } from './connection';
import { cancelledKey, CONTROL_CHANNEL } from './keys';
import type { QueueLog } from './log';
import { parseJson } from './parse-json';
import { publish, subscribe, type Subscription } from './subscription';

export interface ControlChannelOptions {
  readonly redisUrl: string;
  readonly log: QueueLog;
}

export interface ControlListener {
  readonly onMessage: (message: ControlMessage) => void;
  /** Messages may have been missed: ask isCancelled() about what is being trained. */
  readonly onGap?: () => void;
}

/** A worker that was away for longer has lost its trials anyway. */
const MARK_SECONDS = 7 * 24 * 3_600;

/**
 * What the coordinator tells all workers. A cancel is also kept as a mark, so that a worker that was not connected
 * still learns of it. Calls fail at once with RedisUnavailableError while Redis is away.
 */
export class ControlChannel {
  private readonly redis: Redis;

  constructor(private readonly options: ControlChannelOptions) {
    this.redis = connect(failFastOptions(options.redisUrl, 'fathom-control'), options.log);
  }

  async publishControl(message: ControlMessage): Promise<void> {
    const mark = cancelledKey(message.type === 'cancelSweep' ? message.sweepId : message.trialId);
    await orUnavailable(this.redis.set(mark, '1', 'EX', MARK_SECONDS));
    await orUnavailable(publish(this.redis, CONTROL_CHANNEL, message));
  }

  /** Whether the trial or its sweep was cancelled in the last seven days. */
  async isCancelled(sweepId: string, trialId: string): Promise<boolean> {
    return (await orUnavailable(this.redis.exists(cancelledKey(sweepId), cancelledKey(trialId)))) > 0;
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
    return disconnect(this.redis);
  }
}
