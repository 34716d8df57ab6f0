import { Random } from '../random';
import { Heap } from './heap';

describe('Heap', () => {
  it('gives its items in order, whatever the order they came in', () => {
    const random = Random.seeded(1);
    const heap = new Heap<number>((a, b) => a < b);
    const kept: number[] = [];
    const popped: number[] = [];
    for (let i = 0; i < 2_000; i++) {
      const value = random.below(500);
      heap.push(value);
      kept.push(value);
      if (random.uniform() < 0.4) {
        kept.sort((a, b) => a - b);
        expect(heap.peek()).toBe(kept[0]);
        expect(heap.pop()).toBe(kept.shift());
      }
    }
    while (heap.size > 0) popped.push(heap.pop() ?? NaN);
    expect(popped).toEqual(kept.sort((a, b) => a - b));
    expect(heap.pop()).toBeUndefined();
  });
});
