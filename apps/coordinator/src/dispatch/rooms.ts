import type { TrialProducer } from '@fathom/queue';
import type { HeldPlaces } from '@fathom/store';
import type { Placement } from './fair-share';
import type { PoolCapacity } from './pool-capacity';
import { QueueWindow } from './queue-window';

export interface RoomsParts {
  readonly windows: Map<string, QueueWindow>;
  readonly capacity: ReadonlyMap<string, PoolCapacity>;
  readonly places: readonly HeldPlaces[];
  readonly queue: Pick<TrialProducer, 'waiting' | 'delayed'>;
}

/** Free places by pool in one go of the dispatcher, as they are used up. */
export class Rooms {
  private readonly offered = new Map<string, number>();
  private readonly delayed = new Map<string, { readonly soon: number; readonly later: number }>();
  private readonly taken = new Map<string, number>();
  private readonly now = performance.now();

  constructor(private readonly parts: RoomsParts) {}

  /** For trials of this priority: those of a lower one that wait in the queue are no hindrance. */
  async at(priority: number, pools: readonly string[]): Promise<Map<string, number>> {
    const { capacity, places, queue } = this.parts;
    const rooms = new Map<string, number>();
    for (const pool of pools) {
      const slots = capacity.get(pool)?.slots ?? 0;
      if (slots === 0) continue;
      const window = this.windowOf(pool);
      const [waiting, delayed] = await Promise.all([
        queue.waiting(pool, priority),
        this.delayed.get(pool) ?? queue.delayed(pool),
      ]);
      this.delayed.set(pool, delayed);
      if (!this.offered.has(pool)) {
        const all = priority === 0 ? waiting : await queue.waiting(pool, 0);
        window.look(all + delayed.soon, slots, this.now);
      }
      const here = places.filter((place) => place.pool === pool);
      const held = here.reduce((sum, { trials }) => sum + trials, 0);
      const taken = this.taken.get(pool) ?? 0;
      const room = Math.max(0, window.size - waiting) + Math.max(0, slots - held);
      // What workers turn away for want of memory does not wait, but comes back: more of it would be turned away as well.
      const queued = here.reduce((sum, one) => sum + (one.priority < priority ? 0 : one.queued), 0);
      const bound = window.size + slots - Math.max(0, queued - delayed.later);
      const left = Math.max(0, Math.min(room, bound) - taken);
      rooms.set(pool, left);
      this.offered.set(pool, taken + left);
    }
    return rooms;
  }

  took(placements: readonly Placement[]): void {
    for (const { pool } of placements) this.taken.set(pool, (this.taken.get(pool) ?? 0) + 1);
  }

  done(): void {
    for (const [pool, taken] of this.taken)
      if (taken >= (this.offered.get(pool) ?? 0)) this.windowOf(pool).filled(this.now);
  }

  private windowOf(pool: string): QueueWindow {
    const { windows } = this.parts;
    const window = windows.get(pool) ?? new QueueWindow();
    windows.set(pool, window);
    return window;
  }
}
