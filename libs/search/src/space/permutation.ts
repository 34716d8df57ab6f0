import { Random } from '../random';

const ROUNDS = 4;

/**
 * A seeded permutation of 0 … size-1, evaluated one index at a time in constant time and memory: a balanced
 * Feistel network over the next even power of two, walked until it lands inside (Black and Rogaway 2002,
 * "Ciphers with arbitrary finite domains", section 5). Drawing without repetition then needs no list of what was
 * drawn before.
 *
 * @param size 1 … 2^52
 */
export function permutation(size: number, seed: number): (index: number) => number {
  const half = Math.max(1, Math.ceil(Math.log2(size) / 2));
  const radix = 2 ** half;
  const { below } = Random.seeded(seed);
  const keys = Array.from({ length: ROUNDS }, () => below(2 ** 32));

  const encrypt = (index: number): number => {
    let left = Math.floor(index / radix);
    let right = index % radix;
    for (const key of keys) [left, right] = [right, (left ^ (mix(right, key) & (radix - 1))) >>> 0];
    return left * radix + right;
  };
  return (index) => {
    let image = encrypt(index);
    while (image >= size) image = encrypt(image);
    return image;
  };
}

/** The finaliser of MurmurHash3 over value and key. */
function mix(value: number, key: number): number {
  let h = Math.imul(value ^ key, 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
