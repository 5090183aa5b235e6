/** Showdown's functions by themselves answer what they do in a battle. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Showdown } from "../src/environment.mjs";
import { COMPONENTS } from "../src/gen1/components.mjs";
import { Chooser, anyTeam, playBattle, plain } from "./battles.mjs";

const gen1 = new Showdown("gen1ubers");
const [TACKLE, LICK, THUNDERBOLT, SWIFT, SWORDS_DANCE] = [33, 122, 85, 129, 14];
const PLAIN = { own: [100, 100, 100, 100], modified: [100, 100, 100, 100], types: [15, 0] };
const AIMING = { modified: PLAIN.modified, accuracy: 0, evasion: 0, rage: 0, locked_accuracy: 0 };
const AIMED = { modified: PLAIN.modified, types: [15, 0], evasion: 0, invulnerable: 0, recharge: 0, asleep: 0, held: 0, substitute: 0 };

test("each is named, and only where the state is canonical", () => {
  assert.deepEqual(gen1.description.components, COMPONENTS);
  const later = new Showdown("gen4randombattle");
  assert.deepEqual([later.description.components, later.call], [[], undefined]);
});

test("types are matched one by one", () => {
  const [gyarados, gengar] = [130, 94];
  assert.deepEqual([...gen1.call("type_effectiveness", [THUNDERBOLT, gyarados]).against], [1, 1]);
  assert.deepEqual(gen1.call("type_effectiveness", [TACKLE, gengar]), { immune: true, against: Uint8Array.of(3, 0) });
  assert.equal(gen1.call("type_effectiveness", [LICK, gengar]).immune, false);
});

test("critical hits come with speed, and Focus Energy spoils them", () => {
  const electrode = 101;
  assert.deepEqual([gen1.call("critical_odds", [electrode, TACKLE, 0]), gen1.call("critical_odds", [electrode, TACKLE, 1])], [70n, 17n]);
});

test("damage is drawn from the generator that is given", () => {
  const attacker = { ...PLAIN, species: 112, level: 100, focus_energy: 0, trapping: 0, trapping_damage: 0 };
  const defender = { ...PLAIN, hp: 300, shown_used: 0, shown_selected: 0, reflect: 0, light_screen: 0 };
  const hit = (seed, foe = defender) => gen1.call("damage", [attacker, foe, TACKLE, 0, [seed, 77]]);
  assert.deepEqual(hit(1), hit(1));
  const found = new Set(Array.from({ length: 60 }, (_, seed) => hit(seed * 71_234_567).damage));
  assert.ok(found.size > 10 && [...found].every((damage) => damage >= 26n && damage <= 62n), [...found].join());
  assert.ok(hit(1, { ...defender, reflect: 1 }).damage < hit(1).damage);
});

test("a move is aimed by stages, and what is sure draws nothing", () => {
  const aim = (user, foe, move) => gen1.call("accuracy", [{ ...AIMING, ...user }, { ...AIMED, ...foe }, move]);
  assert.equal(aim({}, {}, THUNDERBOLT).odds, 255n);
  assert.equal(aim({ accuracy: -1 }, {}, THUNDERBOLT).odds, 168n);
  assert.deepEqual([aim({}, { invulnerable: 1 }, THUNDERBOLT).outcome, aim({}, { invulnerable: 1 }, SWIFT).odds], [1n, 0n]);
});

test("stages stop at their limits", () => {
  assert.deepEqual(gen1.call("stages", [0, 0, 2, 100, 100]), { outcome: 1n, stage: 2n, modified: 200n });
  assert.deepEqual(gen1.call("stages", [0, 4, 1, 400, 999]), { outcome: 2n, stage: 4n, modified: 999n });
  assert.deepEqual(gen1.call("stages", [5, 6, 1, 100, 100]), { outcome: 0n, stage: 6n, modified: 0n });
});

test("what follows from a state is what a Step showed with it", () => {
  const chooser = new Chooser(5n);
  const teams = { p1: anyTeam(chooser), p2: anyTeam(chooser) };
  let steps = 0;
  for (const { next } of playBattle(new Showdown("gen1ubers"), 9n, { teams }, chooser)) {
    const { state, obs, legal, reward } = plain(next);
    const given = [plain(next).state];
    assert.deepEqual(plain(gen1.call("observation", given)), obs);
    const rewards = gen1.call("reward", given);
    assert.deepEqual([rewards.p1.value, rewards.p2.value], [reward.p1, reward.p2]);
    for (const [agent, mask] of Object.entries(gen1.call("legal", given))) {
      assert.deepEqual([...mask].map(Boolean), legal[agent] ?? new Array(10).fill(false));
    }
    if (state.p1.request !== 1 || state.p2.request !== 1) continue;
    const { state: after } = gen1.call("move", [state, 0, SWORDS_DANCE]);
    assert.ok(after.p1.active_pokemon.boosts[0] >= state.p1.active_pokemon.boosts[0]);
    steps += 1;
  }
  assert.ok(steps >= 5);
});
