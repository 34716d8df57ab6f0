import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded generator whose state is JSON. */
export class Random {
  private constructor(private readonly generator: ReturnType<typeof xoroshiro128plus>) {}

  static seeded(seed: number): Random {
    return new Random(xoroshiro128plus(seed));
  }

  static from(state: readonly number[]): Random {
    return new Random(xoroshiro128plusFromState(state));
  }

  /** 0 <= u < 1 */
  readonly uniform = (): number => uniformFloat64(this.generator);

  /** 0 … count - 1 */
  readonly below = (count: number): number => Math.floor(this.uniform() * count);

  /** Mean 0, variance 1, by Box and Muller; no value is kept back, so the state is the generator's alone. */
  readonly normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());

  state(): readonly number[] {
    return this.generator.getState();
  }
}
