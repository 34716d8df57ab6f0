import { Random } from './random';

describe('Random', () => {
  it('spreads its first numbers evenly over neighbouring seeds', () => {
    for (const skipped of [0, 1, 2]) {
      const tenths = Array.from({ length: 10 }, () => 0);
      for (let seed = 0; seed < 2000; seed++) {
        const { uniform } = Random.seeded(seed);
        for (let i = 0; i < skipped; i++) uniform();
        tenths[Math.floor(uniform() * 10)]!++;
      }
      // 200 each; five standard deviations are 67.
      expect(Math.min(...tenths)).toBeGreaterThan(133);
      expect(Math.max(...tenths)).toBeLessThan(267);
    }
  });

  it('goes on from its state', () => {
    const random = Random.seeded(3);
    random.normal();
    const state = JSON.parse(JSON.stringify(random.state())) as number[];
    expect(Random.from(state).uniform()).toBe(random.uniform());
  });
});
