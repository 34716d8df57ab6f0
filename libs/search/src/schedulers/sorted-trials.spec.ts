import { Random } from '../random';
import { SortedTrials, type Entry } from './sorted-trials';

const byLoss = (a: Entry, b: Entry) => a.loss - b.loss || a.trial - b.trial;

describe('SortedTrials', () => {
  it('keeps the order, ranks and ends of a sorted list through additions and deletions', () => {
    const random = Random.seeded(1);
    const sorted = new SortedTrials();
    let list: Entry[] = [];
    for (let trial = 1; trial <= 2_000; trial++) {
      const entry = { trial, loss: random.below(300) / 8 };
      sorted.add(entry);
      list.push(entry);
      list.sort(byLoss);
      if (trial % 3 === 0) {
        const gone = list[random.below(list.length)]!;
        expect(sorted.delete(gone)).toBe(true);
        expect(sorted.delete(gone)).toBe(false);
        list = list.filter((other) => other !== gone);
      }
      expect(sorted.size).toBe(list.length);
      const probe = { trial: random.below(2_000), loss: random.below(300) / 8 };
      expect(sorted.countBefore(probe)).toBe(list.filter((other) => byLoss(other, probe) < 0).length);
      const index = random.below(list.length);
      expect(sorted.at(index)).toBe(list[index]);
    }
    expect([...sorted]).toEqual(list);
    expect([sorted.first(), sorted.last()]).toEqual([list[0], list.at(-1)]);
    expect([sorted.at(-1), sorted.at(list.length)]).toEqual([undefined, undefined]);
  });

  it('stays shallow for trials in order', () => {
    const sorted = new SortedTrials();
    // A list in the shape of a tree would be 100,000 calls deep.
    for (let trial = 1; trial <= 100_000; trial++) sorted.add({ trial, loss: trial });
    expect(sorted.countBefore({ trial: 70_000, loss: 70_000 })).toBe(69_999);
    expect(sorted.has({ trial: 70_000, loss: 70_000 })).toBe(true);
    expect(sorted.has({ trial: 70_000, loss: 1 })).toBe(false);
  });
});
