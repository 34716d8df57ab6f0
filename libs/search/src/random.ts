import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

const WARM_UP = 64;

/** A seeded generator whose state is JSON. */
export class Random {
  private constructor(private readonly generator: ReturnType<typeof xoroshiro128plus>) {}

  /** @param seed any whole number; of its lowest 32 bits everything depends */
  static seeded(seed: number): Random {
    const generator = xoroshiro128plus(seed);
    // Its first numbers are much the same for all small seeds, until the seed's bits have spread over the state.
    for (let i = 0; i < WARM_UP; i++) generator.next();
    return new Random(generator);
  }

  static from(state: readonly number[]): Random {
    return new Random(xoroshiro128plusFromState(state));
  }

  /** @param state absent: the generator begins at its seed */
  static resumed(seed: number, state: readonly number[] | undefined): Random {
    return state === undefined ? Random.seeded(seed) : Random.from(state);
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
