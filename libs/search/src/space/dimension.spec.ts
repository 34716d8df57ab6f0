import { dimensionOf } from './dimension';

const valuesOf = (...args: Parameters<typeof dimensionOf>) => {
  const dimension = dimensionOf(...args);
  return Array.from({ length: dimension.size }, (_, i) => dimension.at(i));
};

describe('dimensionOf', () => {
  it('takes a list in short and in long form', () => {
    expect(valuesOf('depth', [8, 14])).toEqual([8, 14]);
    expect(valuesOf('variant', { values: ['plain'] })).toEqual(['plain']);
  });

  it('counts steps in spite of binary fractions', () => {
    expect(valuesOf('momentum', { min: 0.1, max: 0.3, step: 0.1, scale: 'linear' })).toEqual([0.1, 0.2, 0.3]);
    expect(valuesOf('depth', { min: 8, max: 21, step: 6, scale: 'linear' })).toEqual([8, 14, 20]);
  });

  it('spaces points evenly, on a log scale by equal factors', () => {
    expect(valuesOf('learningRate', { min: 0.001, max: 0.1, points: 3, scale: 'log' })).toEqual([
      0.001, 0.01, 0.1,
    ]);
    expect(valuesOf('width', { min: 1, max: 2, points: 5, scale: 'linear' })).toEqual([
      1, 1.25, 1.5, 1.75, 2,
    ]);
  });

  it('takes every whole number of an integer range', () => {
    expect(valuesOf('seed', { min: 0, max: 3, scale: 'linear' })).toEqual([0, 1, 2, 3]);
    expect(valuesOf('epochs', { min: 1, max: 8, points: 4, scale: 'log' })).toEqual([1, 2, 4, 8]);
  });

  it('draws both ends of a log-scaled integer range and never leaves it', () => {
    const dimension = dimensionOf('batchSize', { min: 32, max: 512, scale: 'log' });
    expect(dimension.draw(0)).toBe(32);
    expect(dimension.draw(1 - 2 ** -53)).toBe(512);
  });

  it('has no index on a continuous range', () => {
    const dimension = dimensionOf('learningRate', { min: 0.1, max: 0.2, scale: 'linear' });
    expect(dimension.size).toBe(Number.POSITIVE_INFINITY);
    expect(() => dimension.at(0)).toThrow('learningRate is continuous');
  });
});
