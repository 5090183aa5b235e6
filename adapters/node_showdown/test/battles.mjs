/** What the tests share: teams of any moves, a chooser, and battles played to their end. */

import { SplitMix64 } from "equivcheck-sdk";

import { MOVES, SPECIES } from "../src/gen1/tables.mjs";

/** How much longer than usual the tests run: SHOWDOWN_TESTS_SCALE=20 npm test */
export const SCALE = Number(process.env.SHOWDOWN_TESTS_SCALE ?? 1);

/** A chooser of one seed: below(n), pick(list). */
export class Chooser {
  constructor(seed) {
    this.rng = new SplitMix64(BigInt(seed));
  }

  below(count) {
    return this.rng.below(count);
  }

  pick(items) {
    return items[this.below(items.length)];
  }
}

/** Returns a team of any species with any moves: quirks meet that no learnset would let meet. */
export function anyTeam(chooser, size = 6) {
  return Array.from({ length: size }, () => {
    const moves = new Set();
    const count = chooser.below(8) === 0 ? 1 + chooser.below(3) : 4;
    while (moves.size < count) moves.add(MOVES[1 + chooser.below(164)].id);
    const level = 1 + chooser.below(100);
    return { species: SPECIES[1 + chooser.below(151)].name, level, moves: [...moves] };
  });
}

/** Returns a legal joint action. */
export function chooseLegal(chooser, legal) {
  const open = (mask) => mask.flatMap((allowed, action) => (allowed ? [action] : []));
  return Object.fromEntries(Object.entries(legal).map(([agent, mask]) => [agent, preferMoves(chooser, open(mask))]));
}

/** Switches half as often as a uniform choice would, so that what a Pokemon began has time to end. */
function preferMoves(chooser, actions) {
  const action = chooser.pick(actions);
  return action >= 4 && chooser.below(2) === 0 ? chooser.pick(actions) : action;
}

/**
 * Plays one battle, and yields {step, action, next} for every step.
 * @param {object} environment
 * @param {bigint} seed
 */
export function* playBattle(environment, seed, options, chooser, stepsMax = 300) {
  let step = environment.reset(seed, options);
  for (let count = 0; count < stepsMax && !step.terminated && !step.truncated; count += 1) {
    const action = chooseLegal(chooser, step.legal);
    const next = environment.step(action);
    yield { step, action, next };
    step = next;
  }
}

/** Returns a Step in a form that assert.deepStrictEqual and JSON take alike. */
export function plain(step) {
  return JSON.parse(JSON.stringify(step, (_, value) => (ArrayBuffer.isView(value) ? [...value] : value)));
}
