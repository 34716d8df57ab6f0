import { compareStreamIds, olderStreamId } from './stream-id';

describe('ids of stream entries', () => {
  it('have an order that is not that of their letters', () => {
    const ids = ['1700000000000-10', '0-0', '1700000000000-9', '999-0'];
    expect(ids.sort(compareStreamIds)).toEqual(['0-0', '999-0', '1700000000000-9', '1700000000000-10']);
    expect(compareStreamIds('7-1', '7-1')).toBe(0);
    expect(olderStreamId('10-0', '9-5')).toBe('9-5');
  });
});
