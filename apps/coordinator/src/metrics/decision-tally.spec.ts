import type { DecisionGroup } from '@fathom/store';
import { DecisionTally } from './decision-tally';

describe('DecisionTally', () => {
  const of = (
    action: DecisionGroup['action'],
    decisions: number,
    lastId: bigint,
    untilEpoch: number | null = null,
  ) => ({
    sweepId: 'a',
    action,
    untilEpoch,
    decisions,
    lastId,
  });

  it('reads on from where it was, and adds what is new', async () => {
    const reads: (bigint | undefined)[] = [];
    let news: DecisionGroup[] = [of('createTrial', 4, 7n, 1), of('resumeTrial', 1, 9n, 3)];
    const tally = new DecisionTally((after) => {
      reads.push(after.get('a'));
      return Promise.resolve(news);
    });
    await tally.of(['a']);
    news = [of('resumeTrial', 2, 12n, 3), of('resumeTrial', 1, 11n)];
    const counts = (await tally.of(['a'])).get('a');
    expect(reads).toEqual([0n, 9n]);
    expect([...(counts?.byAction ?? [])]).toEqual([
      ['createTrial', 4],
      ['resumeTrial', 4],
    ]);
    expect([...(counts?.promotions ?? [])]).toEqual([
      [3, 3],
      [null, 1],
    ]);
    news = [];
    await tally.of(['a']);
    expect(reads.at(-1)).toBe(12n);
  });

  it('counts again what it has forgotten, and nothing twice where a reading fails', async () => {
    const reads: (bigint | undefined)[] = [];
    let fails = false;
    const tally = new DecisionTally((after) => {
      reads.push(after.get('a'));
      return fails
        ? Promise.reject(new Error('away'))
        : Promise.resolve(after.get('a') === 0n ? [of('createTrial', 4, 7n)] : []);
    });
    await tally.of(['a']);
    fails = true;
    await expect(tally.of(['a'])).rejects.toThrow('away');
    fails = false;
    expect((await tally.of(['a'])).get('a')?.byAction.get('createTrial')).toBe(4);
    await tally.of([]);
    expect((await tally.of(['a'])).get('a')?.byAction.get('createTrial')).toBe(4);
    expect(reads).toEqual([0n, 7n, 7n, undefined, 0n]);
  });
});
