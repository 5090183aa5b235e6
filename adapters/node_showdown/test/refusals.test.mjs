/** Bad teams, options and states are refused in words, and the environment lives on. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused } from "equivcheck-sdk";

import { Showdown } from "../src/environment.mjs";
import { plain } from "./battles.mjs";

const TACKLE = { species: "Pikachu", moves: ["tackle"] };
const TEAM = [TACKLE];
const environment = new Showdown("gen1ubers");

function refuses(p1, words, options = {}) {
  const before = plain(environment.reset(3n, {}));
  assert.throws(
    () => environment.reset(4n, { teams: { p1, p2: TEAM }, ...options }),
    (error) => error instanceof Refused && words.test(error.message),
    `no refusal with ${words}`,
  );
  assert.deepEqual(plain(environment.manner.readState(environment.battle)), before.state);
}

test("bad teams", () => {
  refuses([{ species: "Pikachoo", moves: ["tackle"] }], /p1, Pokemon 1: species Pikachoo is unknown/);
  refuses([{ species: "Chikorita", moves: ["tackle"] }], /species Chikorita is unknown/);
  refuses([{ species: "Pikachu", moves: ["tackel"] }], /p1, Pokemon 1: move tackel is unknown/);
  refuses([{ species: "Pikachu", moves: ["crunch"] }], /move crunch is unknown/);
  refuses([{ ...TACKLE, item: "leftovers" }], /item leftovers is unknown/);
  refuses(Array(7).fill(TACKLE), /p1 has 7 Pokemon: a team has 1 to 6/);
  refuses([], /p1 has 0 Pokemon: a team has 1 to 6/);
  refuses([{ ...TACKLE, moves: ["growl", "splash"] }], /p1 has no move that does damage/);
  refuses([{ ...TACKLE, moves: [] }], /p1, Pokemon 1 has no moves/);
  refuses([{ ...TACKLE, moves: ["tackle", "tackle"] }], /has a move twice/);
  refuses([{ ...TACKLE, moves: ["struggle"] }], /has Struggle/);
  refuses([{ ...TACKLE, moves: ["tackle", "surf", "cut", "fly", "dig"] }], /has 5 moves: at most 4/);
  refuses([{ ...TACKLE, level: 0 }], /level 0 is not from 1 to 100/);
  refuses([{ ...TACKLE, level: 101 }], /level 101 is not from 1 to 100/);
  refuses([{ ...TACKLE, evs: { spa: 1, spd: 2 } }], /one stat in Generation 1/);
  refuses([{ ...TACKLE, evs: { hp: 256 } }], /ev hp 256 is not from 0 to 255/);
  refuses(7, /p1 has no team/);
  refuses([{ ...TACKLE, moves: ["surf", "spore"] }], /illegal team/, { strict: true });
});

test("bad options", () => {
  refuses(TEAM, /no option is called speed/, { speed: 2 });
  refuses(TEAM, /no format is called gen99ou/, { format: "gen99ou" });
  refuses(TEAM, /is not played here/, { format: "gen4ou" });
  const singles = new Showdown("gen9randombattle", true);
  assert.throws(() => singles.reset(1n, { format: "gen9doublesou" }), /doubles: only singles are offered/);
  assert.equal(singles.reset(1n, { format: "gen5randombattle" }).terminated, false);
});

/** Returns what load says of a state after one change. */
function loadWith(change) {
  const state = plain(environment.reset(8n, { teams: { p1: [...TEAM, TACKLE], p2: TEAM } })).state;
  change(state);
  environment.load(state);
}

test("bad states", () => {
  const cases = [
    [(state) => (state.p1.species[0] = 152), /p1.species: species 152 is not from 0 to 151/],
    [(state) => (state.p1.level[0] = 101), /p1.level: level 101 is not from 0 to 100/],
    [(state) => (state.p1.level[0] = 0), /p1, Pokemon 1: level 0 is not from 1 to 100/],
    [(state) => (state.p2.moves[0] = 200), /p2.moves: move 200 is not from 0 to 164/],
    [(state) => (state.p1.moves[0] = 0), /p1, Pokemon 1 has no moves/],
    [(state) => state.p1.species.push(1), /p1 has 7 Pokemon: a team has 1 to 6/],
    [(state) => (state.rng = [1]), /rng has 1 numbers, not 2/],
    [(state) => (state.rng = [-1, 2]), /rng: -1 is not from 0 to 4294967295/],
    [(state) => delete state.p2.volatile.rage, /the state has no p2.volatile.rage/],
    [(state) => delete state.p2, /the state has no map p2/],
    [(state) => (state.p1.stats[1] = 998), /no Pikachu of level 100 has atk 998/],
    [(state) => (state.p1.hp[0] = 999), /hp 999 is more than it can have/],
    [(state) => (state.p1.hp[0] = 0), /p1 is asked to move, and its Pokemon has fainted/],
    [(state) => (state.p1.request = 0), /requests 0 and 1/],
    [(state) => (state.p1.active = 3), /p1.active: nobody is there/],
    [(state) => (state.p1.volatile.trapped = 1), /trapped and trapped_by come together/],
    [(state) => (state.p1.active_pokemon.moves[0] = 57), /only a virtual slot holds another move/],
    [(state) => (state.p1.status[0] = 7), /status: 7 is not from 0 to 6/],
    [(state) => (state.p1.sleep[0] = 2), /is not asleep/],
    [(state) => (state.turn = 1.5), /turn: 1.5 is not from 1 to 1001/],
  ];
  for (const [change, words] of cases) {
    assert.throws(() => loadWith(change), (error) => error instanceof Refused && words.test(error.message), `no refusal with ${words}`);
  }
  assert.equal(environment.load(plain(environment.reset(8n, {})).state).terminated, false);
});

test("a constructed state is played", () => {
  loadWith((state) => {
    state.p1.status[0] = 1;
    state.p1.sleep[0] = 1;
    state.p2.volatile.substitute = 12;
    state.p2.active_pokemon.boosts[4] = -6;
  });
  const { events, state } = environment.step({ p1: 0, p2: 0 });
  assert.ok(events.includes("-curestatus|p1:1|slp|[msg]"), events.join("\n"));
  assert.equal(plain(state).p1.sleep[0], 0);
});
