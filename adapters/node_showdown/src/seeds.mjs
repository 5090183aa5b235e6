/** Seeds of Showdown's 64-bit generator, from the one number a script has. */

import showdown from "pokemon-showdown";

const U64 = (1n << 64n) - 1n;

/**
 * Returns the generator of the battle: `Gen5RNG` with the seed's four 16-bit words, high first.
 * @param {bigint} seed
 */
export function battleGenerator(seed) {
  return new showdown.PRNG(wordsOf(seed));
}

/**
 * Returns the generator of both teams: the same kind, seeded with every bit of the seed turned over.
 * @param {bigint} seed
 */
export function teamGenerator(seed) {
  return new showdown.PRNG(wordsOf(seed ^ U64));
}

/** Returns a seed as Showdown writes it, "a,b,c,d". */
export function wordsOf(seed) {
  return [48n, 32n, 16n, 0n].map((shift) => (seed >> shift) & 0xffffn).join(",");
}
