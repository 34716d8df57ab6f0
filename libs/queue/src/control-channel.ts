import { controlMessageSchema, type ControlMessage } from '@fathom/contracts';
import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { cancelledKey, CONTROL_CHANNEL } from './keys';
import { parseJson } from './parse-json';
import { publish, subscribe, type Subscription } from './subscription';

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
  private readonly connection: FailFastRedis;

  constructor(private readonly options: FailFastOptions) {
    this.connection = new FailFastRedis(options, 'fathom-control');
  }

  async publishControl(message: ControlMessage): Promise<void> {
    const mark = cancelledKey(message.type === 'cancelSweep' ? message.sweepId : message.trialId);
    await this.connection.run((redis) => redis.set(mark, '1', 'EX', MARK_SECONDS));
    await this.connection.run((redis) => publish(redis, CONTROL_CHANNEL, message));
  }

  /** Whether the trial or its sweep was cancelled in the last seven days. */
  async isCancelled(sweepId: string, trialId: string): Promise<boolean> {
    return (
      (await this.connection.run((redis) => redis.exists(cancelledKey(sweepId), cancelledKey(trialId)))) > 0
    );
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
