/** A canonical state is enough: from every step, a battle made of it goes on as the one it was read from. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Showdown } from "../src/environment.mjs";
import { Chooser, SCALE, anyTeam, playBattle, plain } from "./battles.mjs";

/** Returns how many steps agreed. */
function compareContinuations(formatName, teamsOf, battles, first) {
  const [live, twin] = [new Showdown(formatName), new Showdown(formatName)];
  twin.reset(1n, { draws: true });
  let steps = 0;
  for (let number = first; number < first + battles; number += 1) {
    const chooser = new Chooser(number);
    const options = { draws: true, ...teamsOf(chooser) };
    for (const { step, action, next } of playBattle(live, BigInt(number) << 20n, options, chooser)) {
      const { events, draws, reward, ...shown } = plain(step);
      const { events: none, draws: nothing, ...loaded } = plain(twin.load(plain(step).state));
      assert.deepEqual([none, nothing], [[], []]);
      assert.deepEqual(loaded, shown, `battle ${number}: loaded`);
      assert.deepEqual(plain(twin.step(action)), plain(next), `battle ${number}, turn ${next.state.turn}`);
      steps += 1;
    }
  }
  return steps;
}

test("battles of any moves continue from their states", () => {
  const teamsOf = (chooser) => ({ teams: { p1: anyTeam(chooser), p2: anyTeam(chooser, 1 + chooser.below(6)) } });
  assert.ok(compareContinuations("gen1ubers", teamsOf, 5 * SCALE, 100) > 100 * SCALE);
});

test("random battles continue from their states", () => {
  assert.ok(compareContinuations("gen1randombattle", () => ({}), 2 * SCALE, 200) > 60 * SCALE);
});

test("a snapshot is where it was taken", () => {
  const environment = new Showdown("gen1randombattle");
  const chooser = new Chooser(9);
  const steps = [...playBattle(environment, 9n, {}, chooser, 12)];
  const token = environment.snapshot();
  const state = plain(steps.at(-1).next.state);
  environment.reset(10n, {});
  environment.restore(token);
  assert.deepEqual(plain(environment.manner.readState(environment.battle)), state);
});

test("a stat that was capped when raised, and is above the cap once lowered, can be loaded", () => {
  const environment = new Showdown("gen1ubers");
  const one = (species, ...moves) => [{ species, level: 100, moves }];
  environment.reset(1n, { teams: { p1: one("Dragonite", "swordsdance", "slam"), p2: one("Rattata", "splash", "growl", "tackle") } });
  for (const foe of [0, 0, 0]) environment.step({ p1: 0, p2: foe });
  const { state } = environment.step({ p1: 0, p2: 1 });
  assert.ok(state.p1.active_pokemon.modified[0] > 999, `attack ${state.p1.active_pokemon.modified[0]}`);
  const twin = new Showdown("gen1ubers");
  twin.reset(0n, {});
  assert.deepEqual(plain(twin.load(plain(state)).state), plain(state));
});

test("a hidden lock is not shown by one who has left and come back, until the turn ends", () => {
  const environment = new Showdown("gen1ubers");
  const team = (...moves) => [{ species: "Jynx", level: 1, moves }, { species: "Jynx", level: 1, moves }];
  environment.reset(1n, { teams: { p1: team("wrap", "splash"), p2: team("tackle", "splash") } });
  const [pokemon] = environment.battle.sides[0].active;
  pokemon.maybeLocked = true; // as a trap's lock leaves it when its owner is switched out
  const read = () => environment.manner.readState(environment.battle).p1.active_pokemon.maybe_locked;
  assert.equal(read(), 1);
  environment.battle.sides[0].activeRequest = { wait: true };
  assert.equal(read(), 0);
});

test("whatever DVs teams have, a transformed Pokemon ties as it would when loaded", () => {
  let ties = 0;
  const teamsOf = (chooser) => {
    const one = () => [{ species: chooser.pick(["Mew", "Ditto"]), level: 20 + chooser.below(3), moves: ["transform", "tackle"], ivs: { spe: chooser.below(31) }, evs: { spe: chooser.below(256) } }];
    return { teams: { p1: one(), p2: one() } };
  };
  const [live, twin] = [new Showdown("gen1ubers"), new Showdown("gen1ubers")];
  twin.reset(1n, { draws: true });
  const chooser = new Chooser(11);
  for (let seed = 0n; seed < 100n; seed += 1n) {
    const { state } = live.reset(seed, { draws: true, ...teamsOf(chooser) });
    twin.load(plain(state));
    const next = live.step({ p1: 0, p2: 1 });
    assert.deepEqual(plain(twin.step({ p1: 0, p2: 1 })), plain(next), `seed ${seed}`);
    ties += next.draws.filter(({ site }) => site === "eachEvent Update").length;
  }
  assert.ok(ties > 10, `${ties} ties`);
});
