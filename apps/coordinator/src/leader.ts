import type { Logger } from '@fathom/runtime';
import { Leadership } from '@fathom/store';
import type { LeaderWork } from './leader-work';

/** Does what one coordinator alone does for as long as this one is it. */
export class Leader {
  private readonly leadership: Leadership;
  private work: LeaderWork | undefined;
  private electedAt = 0;
  private hasComplained = false;

  constructor(databaseUrl: string, begin: () => LeaderWork, logger: Logger) {
    this.leadership = new Leadership({
      url: databaseUrl,
      onElected: () => {
        this.hasComplained = false;
        logger.info('this coordinator leads');
        this.electedAt = Date.now();
        this.work = begin();
      },
      onLost: async () => {
        logger.info('this coordinator leads no more');
        await this.work?.stop();
        this.work = undefined;
      },
      onOutbox: () => this.work?.pokeRelay(),
      onError: (err) => {
        // The first of a series; an outage of an hour is one line, not thousands.
        logger[this.hasComplained ? 'debug' : 'warn'](
          { err },
          'the election of a leader failed; it is tried again',
        );
        this.hasComplained = true;
      },
    });
  }

  /** Milliseconds since 1970; undefined: another leads, or none. */
  get leadingSince(): number | undefined {
    return this.leadership.isLeader ? this.electedAt : undefined;
  }

  start(): void {
    this.leadership.start();
  }

  /** Gives the leadership up, after what is in hand. */
  stop(): Promise<void> {
    return this.leadership.stop();
  }
}
