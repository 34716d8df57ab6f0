import { faultOfData } from './plain-data';

describe('faultOfData', () => {
  it.each([
    ['\0', '$'],
    [{ description: 'a\0b' }, '$.description'],
    [{ space: { depth: { values: [8, '\ud800'] } } }, '$.space.depth.values[1]'],
    [{ a: ['fine', { b: '\udc00\ud800' }], c: '\0' }, '$.a[1].b'],
    [{ 'a\0': 1 }, '$["a\\u0000"]'],
  ])('finds the text in %j that cannot be stored at %s', (body, path) => {
    expect(faultOfData(body)).toMatchObject({ path, rule: 'unstorable_text' });
  });

  it.each([
    undefined,
    null,
    1,
    'text',
    { emoji: '😀', line: 'a\nb\t' },
    [[], {}],
    [{ a: { b: ['\u0001'] } }],
  ])('finds nothing wrong with %j', (body) => {
    expect(faultOfData(body)).toBeUndefined();
  });

  it('takes what stands in two places, and refuses what contains itself', () => {
    const shared = { a: [1] };
    expect(faultOfData([shared, shared])).toBeUndefined();
    const loop: unknown[] = [];
    loop.push({ loop });
    expect(faultOfData(loop)).toMatchObject({ path: '$[0].loop', rule: 'recursive' });
  });

  it.each([64, 65, 100_000])('takes 64 levels and no more: %i', (levels) => {
    const deep = JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    const fault = faultOfData({ deep });
    expect(fault).toEqual(
      levels < 65
        ? undefined
        : expect.objectContaining({ rule: 'too_deep', path: `$.deep${'[0]'.repeat(64)}` }),
    );
  });
});
