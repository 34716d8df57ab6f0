import { controlMessageSchema, type ControlMessage } from '@fathom/contracts';
import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { CONTROL_CHANNEL, endedKey, pausedKey } from './keys';
import { parseJson } from './parse-json';
import { publish, subscribe, type Subscription } from './subscription';

/** How what a mark is about was ended. */
export type Ending = 'cancelled' | 'stopped';

/** What an attempt has to do: end as its trial or sweep did, or give the trial back until its sweep is resumed. */
export type Order = Ending | 'held';

export interface ControlListener {
  readonly onMessage: (message: ControlMessage) => void;
  /** Messages may have been missed: ask orderFor() and endingOf() about what is being trained and what checkpoints there are. */
  readonly onGap?: () => void;
}

/** Of an end: a worker that was away for longer has lost its trials anyway. */
const MARK_SECONDS = 7 * 24 * 3_600;

/**
 * What the coordinator tells all workers. That a trial or a sweep is ended, or a sweep paused, is also kept as a mark, so
 * that a worker that was not connected still learns of it. Calls fail at once with RedisUnavailableError while Redis is away.
 */
export class ControlChannel {
  private readonly connection: FailFastRedis;

  constructor(private readonly options: FailFastOptions) {
    this.connection = new FailFastRedis(options, 'fathom-control');
  }

  async publishControl(message: ControlMessage): Promise<void> {
    const mark = markOf(message);
    if (mark) await this.connection.run((redis) => redis.set(mark.key, mark.value, 'EX', MARK_SECONDS));
    // A sweep is paused for as long as people like. The mark goes when it goes on, or ends.
    const key = pausedKey(message.sweepId);
    if (message.type === 'pauseSweep') await this.connection.run((redis) => redis.set(key, 'paused'));
    if (endsSweep(message)) await this.connection.run((redis) => redis.del(key));
    await this.connection.run((redis) => publish(redis, CONTROL_CHANNEL, message));
  }

  /** How one of these, sweeps or trials, was ended in the last seven days; undefined where none was. */
  async endingOf(...ids: readonly string[]): Promise<Ending | undefined> {
    const marks = await this.connection.run((redis) => redis.mget(ids.map(endedKey)));
    return endingIn(marks);
  }

  /** What an attempt at the trial has to do; undefined: go on. */
  async orderFor(sweepId: string, trialId: string): Promise<Order | undefined> {
    const keys = [pausedKey(sweepId), endedKey(sweepId), endedKey(trialId)];
    const [paused, ...endings] = await this.connection.run((redis) => redis.mget(keys));
    return endingIn(endings) ?? (typeof paused === 'string' ? 'held' : undefined);
  }

  /** The sweep goes on: it is neither paused nor ended any more. */
  async clearMarks(sweepId: string): Promise<void> {
    await this.connection.run((redis) => redis.del(pausedKey(sweepId), endedKey(sweepId)));
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

function endingIn(marks: readonly (string | null)[]): Ending | undefined {
  const mark = marks.find((found) => found !== null);
  return mark === undefined ? undefined : mark === ('stopped' satisfies Ending) ? 'stopped' : 'cancelled';
}

const endsSweep = ({ type }: ControlMessage): boolean => type === 'cancelSweep' || type === 'dropCheckpoints';

/** Of an end. */
function markOf(message: ControlMessage): { readonly key: string; readonly value: string } | undefined {
  const ended = (id: string, value: Ending) => ({ key: endedKey(id), value });
  switch (message.type) {
    case 'cancelTrial':
      return ended(message.trialId, 'cancelled');
    case 'cancelSweep':
      return ended(message.sweepId, 'cancelled');
    case 'stopTrial':
      return ended(message.trialId, 'stopped');
    case 'dropCheckpoints':
      return ended(message.sweepId, 'stopped');
    case 'pauseSweep':
    // One that was not heard is said again, if it is still of use.
    case 'preemptTrial':
      return undefined;
  }
}
