import { sampleStatistics } from './sample-statistics';

describe('sampleStatistics', () => {
  // scipy 1.17: np.mean, np.std(ddof=1), stats.t.interval(0.95, n - 1, mean, std / sqrt(n))
  it.each([
    [[0.3, 0.31], 0.305, 0.007071067811865481, 0.24146897631912643, 0.3685310236808736],
    [[0.1, 0.12, 0.17], 0.13, 0.036055512754639896, 0.04043314104970401, 0.21956685895029598],
    [
      [0.2, 0.21, 0.19, 0.25, 0.18, 0.22, 0.2, 0.2, 0.21, 0.23],
      0.209,
      0.0202484567313166,
      0.19451512664200452,
      0.22348487335799552,
    ],
  ])('gives the interval of %j', (values, mean, std, low, high) => {
    const found = sampleStatistics(values);
    expect(found.mean).toBeCloseTo(mean, 12);
    expect(found.std).toBeCloseTo(std, 12);
    expect(found.interval?.low).toBeCloseTo(low, 6);
    expect(found.interval?.high).toBeCloseTo(high, 6);
  });

  it('knows no spread of one value', () => {
    expect(sampleStatistics([0.25])).toEqual({ mean: 0.25, std: null, interval: null });
  });

  it('has no width where all are equal', () => {
    expect(sampleStatistics([0.5, 0.5, 0.5])).toEqual({
      mean: 0.5,
      std: 0,
      interval: { low: 0.5, high: 0.5 },
    });
  });
});
