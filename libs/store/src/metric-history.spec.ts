import { mergeAttempts, thin } from './metric-history';

const point = (fence: number, step: number) => ({ fence, step });

describe('mergeAttempts', () => {
  it('keeps of an earlier attempt what lies before the first point of a later one', () => {
    const points = [point(1, 10), point(1, 20), point(1, 30), point(2, 18), point(2, 28), point(2, 38)];
    expect(mergeAttempts(points)).toEqual([point(1, 10), point(2, 18), point(2, 28), point(2, 38)]);
  });

  it('drops an attempt that a later one did again from the start', () => {
    expect(mergeAttempts([point(1, 10), point(1, 20), point(3, 5)])).toEqual([point(3, 5)]);
  });

  it('gives nothing for nothing', () => {
    expect(mergeAttempts([])).toEqual([]);
  });
});

describe('thin', () => {
  it('leaves a short list alone', () => {
    expect(thin([1, 2, 3], 3)).toEqual([1, 2, 3]);
  });

  it('keeps the first, the last and as many as asked for', () => {
    const thinned = thin(
      Array.from({ length: 1001 }, (_, i) => i),
      11,
    );
    expect(thinned).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  });
});
