import { checkDecodedSize } from './cache';
import { DataError } from './data-error';

describe('the size of a decoded data set', () => {
  it('may be what one file takes', () => {
    expect(() => checkDecodedSize(14_258, 224)).not.toThrow();
    expect(() => checkDecodedSize(0, 224)).not.toThrow();
  });

  it('is refused before anything is decoded, with what would do', () => {
    const tooMuch = () => checkDecodedSize(20_000, 224);
    expect(tooMuch).toThrow(DataError);
    expect(tooMuch).toThrow(
      /^20000 images of 224 x 224 px take 3010640000 bytes, and \d+ are supported: choose an imageSize of at most (\d+), or at most 14258 images$/,
    );
    expect(() => checkDecodedSize(20_000, 189)).not.toThrow();
    expect(() => checkDecodedSize(20_000, 190)).toThrow(/of at most 189,/);
  });
});
