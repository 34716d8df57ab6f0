import { Random } from '../random';

/** A normal draw that is a function of its whole-number arguments alone, whatever was drawn before. */
export function noiseOf(...numbers: readonly number[]): number {
  let hash = 0x811c_9dc5;
  // Fowler, Noll and Vo's hash, with the finaliser of MurmurHash3 after each number.
  for (const number of numbers) {
    hash = Math.imul(hash ^ (number | 0), 0x0100_0193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
    hash ^= hash >>> 16;
  }
  return Random.seeded(hash).normal();
}
