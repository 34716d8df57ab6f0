import type { LiveEvent } from '@fathom/contracts';
import type { StoredEvent } from '@fathom/store';
import type { LiveHub } from './live-hub';

export interface LivePublisher {
  publishLive(event: LiveEvent): Promise<void>;
}

/**
 * Shows what was committed to the streams of this process and of the other coordinators. Losing a message is
 * harmless: streams look into the database by themselves every two seconds.
 */
export class LiveRelay {
  constructor(
    private readonly hub: LiveHub,
    private readonly publisher: LivePublisher,
  ) {}

  /** Of the stored events the last of each sweep is enough: streams read all that come before it. */
  show(stored: readonly StoredEvent[], steps: readonly LiveEvent[]): void {
    const lastOfSweep = new Map(stored.map((event) => [event.sweepId, event]));
    for (const event of [...steps, ...lastOfSweep.values()]) {
      this.hub.publish(event);
      // Redis is away: the other coordinators' streams find the stored events by themselves.
      this.publisher.publishLive(event).catch(() => undefined);
    }
  }
}
