import { isUsable, type Losses } from './losses';
import { compare, compareInOrder, rankSorted } from './pareto';

interface Place<T> {
  readonly thing: T;
  readonly losses: Losses;
  /** Counts what was added. */
  readonly position: number;
  front: number;
  /** Crowding distance in its front. */
  room: number;
}

/**
 * Things with losses, best first, while some come and some go. One objective: by it. Several: by front, and within a
 * front the less crowded first. Ties by the order in which they came.
 *
 * What was sorted before is kept: a rung is ranked after each arrival, and where one in 256 is new, sorting the
 * rest again would take most of the time.
 */
export class ParetoOrder<T extends { readonly losses: Losses }> {
  private readonly order: Place<T>[] = [];
  private readonly byLosses: Place<T>[] = [];
  private readonly byObjective: Place<T>[][] = [];
  private added = 0;
  private isSettled = true;

  add(thing: T): void {
    const { losses } = thing;
    const place = { thing, losses, position: this.added++, front: 0, room: 0 };
    this.order.push(place);
    if (isUsable(losses)) {
      this.byLosses.push(place);
      losses.forEach((_, objective) => (this.byObjective[objective] ??= []).push(place));
    }
    this.isSettled = false;
  }

  delete(thing: T): void {
    for (const list of [this.order, this.byLosses, ...this.byObjective]) {
      const index = list.findIndex((place) => place.thing === thing);
      if (index >= 0) list.splice(index, 1);
    }
    this.isSettled = false;
  }

  bestFirst(): readonly T[] {
    if (!this.isSettled) this.settle();
    this.isSettled = true;
    return this.order.map(({ thing }) => thing);
  }

  private settle(): void {
    if (this.byObjective.length === 1) {
      this.order.sort((a, b) => compareInOrder(a.losses, b.losses) || a.position - b.position);
      return;
    }
    this.byLosses.sort((a, b) => compareInOrder(a.losses, b.losses) || a.position - b.position);
    for (const place of this.order) place.room = 0;
    const fronts = rankSorted(this.byLosses, (place, front) => (place.front = front));
    for (const place of this.order) if (!isUsable(place.losses)) place.front = fronts;
    this.byObjective.forEach(addRoom);
    this.order.sort((a, b) => a.front - b.front || compare(b.room, a.room) || a.position - b.position);
  }
}

/**
 * Adds to the room of each what it has in one objective: the distance between its two neighbours in its front, as a share of
 * the front's extent; Infinity at the ends, nothing where all are equal (Deb et al. 2002, "A fast and elitist
 * multiobjective genetic algorithm: NSGA-II", section III-B). All fronts are gone through together.
 */
function addRoom<T>(along: Place<T>[], objective: number): void {
  const lossOf = ({ losses }: Place<T>): number => losses[objective] ?? 0;
  along.sort((a, b) => lossOf(a) - lossOf(b) || a.position - b.position);
  const lowest: number[] = [];
  const highest: number[] = [];
  for (const place of along) {
    lowest[place.front] ??= lossOf(place);
    highest[place.front] = lossOf(place);
  }
  const extentOf = (front: number): number => (highest[front] ?? 0) - (lowest[front] ?? 0);
  /** Of each front the newest two that were gone by. */
  const newest: (Place<T> | undefined)[] = [];
  const before: (Place<T> | undefined)[] = [];
  for (const place of along) {
    const { front } = place;
    const [extent, middle, below] = [extentOf(front), newest[front], before[front]];
    if (extent > 0 && middle !== undefined)
      middle.room += below === undefined ? Infinity : (lossOf(place) - lossOf(below)) / extent;
    before[front] = middle;
    newest[front] = place;
  }
  newest.forEach((place, front) => {
    if (place !== undefined && extentOf(front) > 0) place.room = Infinity;
  });
}

/** The things, best first, as {@link ParetoOrder} has it. */
export function bestFirst<T extends { readonly losses: Losses }>(things: readonly T[]): readonly T[] {
  const order = new ParetoOrder<T>();
  for (const thing of things) order.add(thing);
  return order.bestFirst();
}
