import { openEngine } from './engine';
import { measureMatrixRate } from './matrix-rate';

describe('measureMatrixRate', () => {
  const engine = openEngine();

  it.each(['float32', 'bfloat16'] as const)('measures a plausible rate in a moment: %s', (precision) => {
    const began = performance.now();
    const rate = measureMatrixRate(engine, precision, () => performance.now());
    // From an old core to a GPU that is yet to be built.
    expect(rate).toBeGreaterThan(1e8);
    expect(rate).toBeLessThan(1e17);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(engine.tensorCount()).toBe(0);
  });

  it('counts two operations for each multiply-accumulate of eight products', () => {
    let time = 0;
    // Every look at the clock is a second: a run takes one.
    const rate = measureMatrixRate(engine, 'float32', () => (time += 1_000));
    const size = engine.device === 'cpu' ? 512 : 4_096;
    expect(rate).toBe(2 * 8 * size ** 3);
  });
});
