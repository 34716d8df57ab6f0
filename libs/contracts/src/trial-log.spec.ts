import { plainText } from './trial-log';

describe('plain text of a line', () => {
  it.each([
    ['\u001b[1;31mred\u001b[0m and \u001b[2Kgone', 'red and gone'],
    ['a\u0000b\u001b]0;title\u0007c\rd', 'ab]0;titlecd'],
    ['tabs\tstay, so does ü', 'tabs\tstay, so does ü'],
    ['half a pair \ud83d', 'half a pair \ufffd'],
  ])('%j', (text, expected) => expect(plainText(text)).toBe(expected));

  it('is of bounded length', () => {
    expect(plainText('x'.repeat(5_000))).toHaveLength(1_000);
  });
});
