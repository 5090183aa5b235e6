/** How a battle ends that nobody wins: the limit of 1,000 turns, and each case of the endless battle clause. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Showdown } from "../src/environment.mjs";
import { STATUSES } from "../src/gen1/tables.mjs";
import { plain } from "./battles.mjs";

const FROZEN = STATUSES.indexOf("frz");
const DITTO = { species: "Ditto", moves: ["transform"] };
const GASTLY = { species: "Gastly", moves: ["lick"] };
const RATTATA = { species: "Rattata", moves: ["tackle", "splash"] };

/** Plays one turn of moves from a state that was changed first, and returns the Step after it. */
function playFrom(teams, change) {
  const environment = new Showdown("gen1ubers");
  const state = plain(environment.reset(1n, { teams })).state;
  change(state);
  environment.load(state);
  return environment.step({ p1: 0, p2: 0 });
}

function isTie({ terminated, truncated, legal, reward, events, state }) {
  assert.deepEqual([terminated, truncated, legal, reward, state.winner], [true, false, {}, { p1: 0, p2: 0 }, 3]);
  assert.equal(events.at(-1), "tie");
}

function faint(side, place) {
  for (const key of ["hp", "status", "sleep"]) side[key][place] = 0;
}

test("a battle ends in a tie when turn 1,000 is over, and not before", () => {
  const environment = new Showdown("gen1ubers");
  let step = environment.reset(1n, { teams: { p1: [RATTATA, RATTATA], p2: [RATTATA, RATTATA] } });
  for (let turn = 1; turn <= 1000; turn += 1) {
    assert.equal(step.state.turn, turn);
    assert.equal(step.terminated, false);
    step = environment.step({ p1: 4 + (turn % 2), p2: 4 + (turn % 2) });
  }
  assert.equal(step.state.turn, 1001);
  isTie(step);
});

test("a battle in which all are frozen is a tie, and one who is not goes on", () => {
  const teams = { p1: [RATTATA], p2: [RATTATA] };
  const freeze = (side) => (side.status[0] = FROZEN);
  isTie(playFrom(teams, ({ p1, p2 }) => [p1, p2].forEach(freeze)));
  assert.equal(playFrom(teams, ({ p1 }) => freeze(p1)).terminated, false);
  const spare = { p1: [RATTATA, RATTATA], p2: [RATTATA] };
  assert.equal(playFrom(spare, ({ p1, p2 }) => [p1, p2].forEach(freeze)).terminated, false);
});

test("a battle of those who have only Transform is a tie", () => {
  const teams = { p1: [DITTO, RATTATA], p2: [DITTO, RATTATA] };
  isTie(playFrom(teams, ({ p1, p2 }) => [p1, p2].forEach((side) => faint(side, 1))));
  assert.equal(playFrom(teams, ({ p1 }) => faint(p1, 1)).terminated, false);
});

test("a battle of ghosts without PP is a tie, since nobody can hurt himself by Struggle", () => {
  const spend = (side) => [side, side.active_pokemon].forEach(({ pp }) => pp.fill(0));
  isTie(playFrom({ p1: [GASTLY], p2: [GASTLY] }, ({ p1, p2 }) => [p1, p2].forEach(spend)));
  assert.equal(playFrom({ p1: [GASTLY], p2: [RATTATA] }, ({ p1, p2 }) => [p1, p2].forEach(spend)).terminated, false);
});
