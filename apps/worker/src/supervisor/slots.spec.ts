import { SlotPool } from './slots';

describe('SlotPool', () => {
  const forever = new Promise<never>(() => undefined);

  it('gives the free slot that is better, and among equals the one that was given back last', async () => {
    const slots = new SlotPool(4, ['0', '1']);
    const taken: (string | undefined)[] = [];
    const take = (better?: Parameters<SlotPool['use']>[1]) =>
      void slots.use(({ gpu }) => {
        taken.push(gpu);
        return forever;
      }, better);
    take();
    take((a, b) => Number(a.gpu) - Number(b.gpu));
    expect(taken).toEqual(['0', '0']);
    expect(await slots.use(({ index }) => Promise.resolve(index))).toBe(1);
    take();
    take();
    expect(taken).toEqual(['0', '0', '1', '1']);
    expect(slots.freeCount).toBe(0);
    await expect(slots.use(() => Promise.resolve())).rejects.toThrow('all 4 slots are taken');
  });
});
