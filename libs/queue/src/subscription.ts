import { connectToOne, disconnect, patientOptions, type RedisClient } from './connection';
import { errorListener, type QueueLog } from './log';

export interface SubscribeOptions {
  readonly redisUrl: string;
  readonly log: QueueLog;
  readonly channel: string;
  readonly onMessage: (text: string) => void;
  /** Called when the subscription works again after the connection was lost: messages may have been missed. */
  readonly onGap?: () => void;
}

export interface Subscription {
  /** Settles when messages arrive; as long as Redis is away it does not. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** Listens to a channel, over any number of lost connections. */
export function subscribe(options: SubscribeOptions): Subscription {
  const { channel, log, onGap } = options;
  const settings = patientOptions(options.redisUrl, `fathom-subscriber-${channel}`);
  const client = connectToOne({ ...settings, autoResubscribe: false }, log);
  const onError = errorListener(log, `subscription to ${channel}`);
  client.on('message', (_, text: string) => options.onMessage(text));
  const ready = new Promise<void>((resolve) => {
    let connections = 0;
    client.on('ready', () => {
      const isFirst = ++connections === 1;
      client.subscribe(channel).then(() => (isFirst ? resolve() : onGap?.()), onError);
    });
  });
  return { ready, close: () => disconnect(client) };
}

/** @returns how many subscribers got it */
export function publish(client: RedisClient, channel: string, message: object): Promise<number> {
  return client.publish(channel, JSON.stringify(message));
}
