import { v7 } from 'uuid';

/** Time and ids: the two things decisions take from outside. */
export interface Clock {
  now(): Date;
  /** Later ones are greater, so that ten thousand of them lie side by side in an index. */
  newId(): string;
}

export const systemClock: Clock = { now: () => new Date(), newId: () => v7() };
