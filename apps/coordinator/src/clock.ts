import { randomUUID } from 'node:crypto';

/** Time and ids: the two things decisions take from outside. */
export interface Clock {
  now(): Date;
  newId(): string;
}

export const systemClock: Clock = { now: () => new Date(), newId: () => randomUUID() };
