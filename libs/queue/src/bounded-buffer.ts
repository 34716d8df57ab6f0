/** What waits for Redis, in order and bounded: where there is too much, the least important goes first. */
export class BoundedBuffer<T> {
  private waiting: T[] = [];
  private taken = 0;
  private droppedCount = 0;

  /** @param leastImportant index of what can be missed most easily */
  constructor(
    private readonly limit: number,
    private readonly leastImportant: (waiting: readonly T[]) => number,
  ) {}

  /** Entries waiting or taken and not put back or replaced by the next take(). */
  get size(): number {
    return this.waiting.length + this.taken;
  }

  get dropped(): number {
    return this.droppedCount;
  }

  push(entry: T): void {
    this.waiting.push(entry);
    if (this.waiting.length > this.limit) this.dropOne();
  }

  /** The first `count` entries; they count as waiting until putBack() says which of them still do. */
  take(count: number): T[] {
    const batch = this.waiting.splice(0, count);
    this.taken = batch.length;
    return batch;
  }

  putBack(entries: readonly T[]): void {
    this.taken = 0;
    this.waiting = [...entries, ...this.waiting];
    while (this.waiting.length > this.limit) this.dropOne();
  }

  private dropOne(): void {
    this.waiting.splice(this.leastImportant(this.waiting), 1);
    this.droppedCount++;
  }
}
