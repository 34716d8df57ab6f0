/** A binary heap: of what is in it, `pop` gives the one before all others. Each call takes O(log size). */
export class Heap<T> {
  private readonly items: T[] = [];

  /** @param isBefore a strict total order; without ties the order of `pop` is that of nothing but it */
  constructor(private readonly isBefore: (a: T, b: T) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    const { items } = this;
    let hole = items.push(item) - 1;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = items[above] as T;
      if (!this.isBefore(item, parent)) break;
      items[hole] = parent;
      hole = above;
    }
    items[hole] = item;
  }

  pop(): T | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return top;
    let hole = 0;
    for (;;) {
      const left = 2 * hole + 1;
      if (left >= items.length) break;
      const right = left + 1;
      const child = right < items.length && this.isBefore(items[right] as T, items[left] as T) ? right : left;
      if (!this.isBefore(items[child] as T, last)) break;
      items[hole] = items[child] as T;
      hole = child;
    }
    items[hole] = last;
    return top;
  }
}
