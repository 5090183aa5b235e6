/** Where Showdown would throw at a move, the move is illegal, and a player who is left with nothing ends the battle, truncated. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused } from "equivcheck-sdk";

import { Showdown } from "../src/environment.mjs";
import { plain } from "./battles.mjs";

const one = (species, level, ...moves) => ({ species, level, moves });
const LENDER = [one("Parasect", 50, "spore"), one("Rattata", 50, "tackle")];
const COPIER = one("Ditto", 100, "tackle", "growl", "splash", "transform");

/** Ditto turns into one that has a single move, by its fourth slot, and is put to sleep at once. */
function copyAndSleep(p1) {
  const environment = new Showdown("gen1ubers");
  environment.reset(0n, { teams: { p1, p2: LENDER } });
  return [environment, environment.step({ p1: 3, p2: 0 })];
}

test("Showdown throws where the slot selected last is gone", () => {
  const [environment, { state }] = copyAndSleep([COPIER]);
  assert.equal(plain(state).p1.selected_slot, 3);
  const [side, foe] = environment.battle.sides;
  assert.ok(side.choose("move 1") && foe.choose("move 1"));
  assert.throws(() => environment.battle.commitChoices(), /moveSlot is null which shouldn't happen/);
});

test("with nobody to switch to, the battle is truncated, and nothing more can be done", () => {
  const [environment, step] = copyAndSleep([COPIER]);
  assert.deepEqual([step.terminated, step.truncated, step.legal, step.state.winner], [false, true, {}, 0]);
  assert.throws(() => environment.step({ p1: 0, p2: 0 }), (error) => error instanceof Refused && /cannot go on/.test(error.message));
  const twin = new Showdown("gen1ubers");
  twin.reset(1n, {});
  const loaded = twin.load(plain(step.state));
  assert.deepEqual([loaded.truncated, loaded.legal], [true, {}]);
  assert.equal(environment.reset(2n, {}).truncated, false);
});

test("with somebody to switch to, only that is legal, and the battle goes on", () => {
  const [environment, { truncated, legal }] = copyAndSleep([COPIER, one("Rattata", 50, "tackle")]);
  assert.equal(truncated, false);
  assert.deepEqual(legal.p1.flatMap((open, action) => (open ? [action] : [])), [5]);
  assert.throws(() => environment.step({ p1: 0, p2: 0 }), /p1: action 0 is not legal now/);
  assert.match(environment.step({ p1: 5, p2: 0 }).events[0], /^switch\|p1:2\|Rattata/);
});

test("asleep with the slot still there, it may fight on", () => {
  const environment = new Showdown("gen1ubers");
  environment.reset(0n, { teams: { p1: [one("Ditto", 100, "transform", "growl", "splash", "tackle")], p2: LENDER } });
  const { truncated, legal } = environment.step({ p1: 0, p2: 0 });
  assert.deepEqual([truncated, legal.p1[0]], [false, true]);
});
