/** Every action that is called legal is accepted, every other is refused with nothing changed, and Showdown agrees. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused } from "equivcheck-sdk";

import { Showdown } from "../src/environment.mjs";
import { placeOf } from "../src/places.mjs";
import { Chooser, SCALE, anyTeam, playBattle, plain } from "./battles.mjs";

const open = (mask) => mask.flatMap((allowed, action) => (allowed ? [action] : []));

/** Returns what an action would be if it were legal. */
function wordsOf(side, action) {
  if (action < 4) return `move ${action + 1}`;
  const position = side.pokemon.findIndex((pokemon) => placeOf(pokemon) === action - 4);
  return position < 0 ? null : `switch ${position + 1}`;
}

/** Whether Showdown may take what is not offered: it ignores the choice of a locked move where the player cannot know of the lock. */
function isBlind(side) {
  return side.active[0].maybeLocked || side.activeRequest.active?.[0].moves.length === 1;
}

function tryAll(twin, state, legal) {
  let tried = 0;
  for (const agent of Object.keys(legal)) {
    const others = Object.fromEntries(Object.entries(legal).map(([other, mask]) => [other, open(mask)[0]]));
    for (let action = 0; action < legal[agent].length; action += 1) {
      twin.load(state);
      const joint = { ...others, [agent]: action };
      if (legal[agent][action]) {
        assert.ok(twin.step(joint).events.length >= 0);
      } else {
        assert.throws(() => twin.step(joint), Refused);
        assert.deepEqual(plain(twin.manner.readState(twin.battle)), state, "a refused action changed something");
        const side = twin.battle.sides[agent === "p1" ? 0 : 1];
        const words = wordsOf(side, action);
        if (words !== null && !(action < 4 && isBlind(side))) assert.equal(side.choose(words), false, `${words} is taken by Showdown`);
      }
      tried += 1;
    }
  }
  return tried;
}

test("all actions of many states, taken and refused", () => {
  const [live, twin] = [new Showdown("gen1ubers"), new Showdown("gen1ubers")];
  twin.reset(0n, {});
  const wanted = 600 * SCALE;
  let tried = 0;
  for (let number = 0; tried < wanted; number += 1) {
    const chooser = new Chooser(3000 + number);
    const teams = { p1: anyTeam(chooser), p2: anyTeam(chooser) };
    for (const { step } of playBattle(live, BigInt(number), { teams }, chooser, 200)) {
      if (chooser.below(4) === 0) tried += tryAll(twin, plain(step.state), step.legal);
    }
  }
});

test("other generations accept what they offer", () => {
  for (const gen of SCALE > 1 ? [2, 3, 4, 5, 6, 7, 8, 9] : [3, 6, 9]) {
    const environment = new Showdown(`gen${gen}randombattle`);
    const chooser = new Chooser(gen);
    for (let number = 0; number < SCALE; number += 1) {
      const steps = [...playBattle(environment, BigInt(gen * 100 + number), {}, chooser, 200)];
      assert.ok(steps.length > 5);
    }
  }
});

test("only those who are asked may act, and nobody after the end", () => {
  const environment = new Showdown("gen1randombattle");
  const { legal } = environment.reset(1n, {});
  const first = open(legal.p1)[0];
  assert.throws(() => environment.step({ p1: first }), /p2: action undefined is not legal now/);
  assert.throws(() => environment.step({ p1: first, p2: open(legal.p2)[0], p3: 0 }), /only p1 and p2/);
  assert.throws(() => environment.step({ p1: 99, p2: 0 }), Refused);
  const last = [...playBattle(environment, 1n, {}, new Chooser(1), 1000)].at(-1).next;
  assert.ok(last.terminated);
  assert.deepEqual(Math.abs(last.reward.p1), Math.abs(last.reward.p2));
  assert.deepEqual(last.legal, {});
  assert.throws(() => environment.step({}), /the battle is over/);
});
