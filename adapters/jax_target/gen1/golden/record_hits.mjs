/**
 * Records what a move does in Showdown, from the line of `useMoveInner` that sets `lastDamage` to its end, for the tests of the port.
 *
 *     node adapters/jax_target/gen1/golden/record_hits.mjs FILE.json.gz [STATES [SEED [HITS]]]
 *
 * HITS moves are used from each of STATES stirred states, in turn: all but those that call others, and those with effects three times as often.
 * hits.json.gz is what the defaults record; the reference adapter must be installed.
 */

import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

import { DrawRecorder } from "../../../node_showdown/src/draws.mjs";
import { ENVIRONMENTS } from "../../../node_showdown/src/environments.mjs";
import { recordsOf } from "../../../node_showdown/src/events.mjs";
import { findFormat } from "../../../node_showdown/src/formats.mjs";
import { GROUPS } from "../../../node_showdown/src/gen1/layout.mjs";
import { loadBattle } from "../../../node_showdown/src/gen1/loading.mjs";
import { readState } from "../../../node_showdown/src/gen1/reading.mjs";
import { GEN1, MOVES } from "../../../node_showdown/src/gen1/tables.mjs";
import { Chooser, anyTeam, chooseLegal, plain } from "../../../node_showdown/test/battles.mjs";

const FORMAT = findFormat("gen1ubers");
const STATES_OF_A_BATTLE = 4;
const [NO_MOVE, BIDE, METRONOME, MIRROR_MOVE, STRUGGLE] = [0, 117, 118, 119, 165];
const END_OF_BIDE = -1;
const FLAGS = ["flinch", "focus_energy", "leech_seed", "light_screen", "mist", "recharge", "reflect"];

function numbersOf(state) {
  return GROUPS.flatMap(([prefix, rows]) => {
    const inner = prefix.split(".").slice(0, -1).reduce((tree, key) => tree[key], state);
    return rows.flatMap(([key]) => plain(inner[key]));
  });
}

function drawTeam(chooser) {
  const team = anyTeam(chooser, 1 + chooser.below(6));
  return team.some(({ moves }) => moves.some((move) => GEN1.moves.get(move).category !== "Status")) ? team : drawTeam(chooser);
}

/** States of battles of any moves in which both are asked to move. */
function* playStates(chooser) {
  for (;;) {
    const environment = ENVIRONMENTS.gen1();
    const teams = { p1: drawTeam(chooser), p2: drawTeam(chooser) };
    const states = [];
    let step = environment.reset(BigInt(chooser.below(2 ** 32)), { teams });
    for (let count = 0; count < 80 && Object.keys(step.legal).length > 0; count += 1) {
      if (step.state.p1.request === 1 && step.state.p2.request === 1) states.push(step.state);
      step = environment.step(chooseLegal(chooser, step.legal));
    }
    for (let kept = 0; kept < STATES_OF_A_BATTLE; kept += 1) yield plain(chooser.pick(states));
  }
}

/** Makes what is rare in play common. */
function stirState(chooser, state) {
  const sides = [state.p1, state.p2];
  const some = (count) => chooser.below(count) === 0;
  sides.forEach((side, index) => {
    stirTeam(some, chooser, side);
    stirActive(some, chooser, side.active_pokemon);
    stirVolatiles(some, chooser, side, sides[1 - index]);
    if (some(3)) Object.assign(side, { shown_used: chooser.below(166), shown_selected: chooser.below(166), selected: chooser.below(166) });
    side.selected_slot = chooser.below(side.active_pokemon.moves.filter((move) => move > 0).length);
    side.sub_broken[side.active] = some(4) ? 1 : 0;
  });
  if (some(2)) state.last_damage = chooser.below(700);
  return state;
}

function stirTeam(some, chooser, side) {
  for (let place = 0; place < 6; place += 1) {
    const most = side.stats[place * 5];
    if (side.hp[place] === 0 || some(3)) continue;
    const out = place === side.active;
    side.status[place] = chooser.pick(out ? [0, 0, 0, 0, 1, 2, 3, 4, 5, 6] : [0, 0, 0, 0, 0, 0, 1, 4]);
    side.sleep[place] = side.status[place] === 1 ? 1 + chooser.below(7) : 0;
    side.rested[place] = side.status[place] === 1 ? chooser.below(2) : 0;
    if (out && some(2)) side.hp[place] = Math.max(1, chooser.pick([most, most, most - 255, most - 511, most >> 1, most >> 2, (most >> 2) + 1, 1 + chooser.below(30)]));
    side.hp[place] = Math.min(side.hp[place], most);
  }
}

function stirActive(some, chooser, active) {
  active.modified = active.modified.map((stat) => (some(4) ? chooser.pick([1, 999, 998, 1 + chooser.below(1200)]) : stat));
  active.boosts = active.boosts.map((boost, index) => (some(index < 4 ? 3 : 9) ? chooser.below(13) - 6 : boost)); // few moves are to miss
  if (some(6)) active.types = [1 + chooser.below(15), chooser.below(16)];
}

function stirVolatiles(some, chooser, side, foe) {
  const held = side.volatile;
  const chances = [
    () => Object.assign(held, { substitute: 1 + chooser.below(250) }),
    () => Object.assign(held, { substitute: 1 + chooser.below(20) }),
    () => Object.assign(held, { rage: 1 + chooser.below(255) }),
    () => Object.assign(held, { confusion: 1 + chooser.below(5) }),
    () => Object.assign(held, { bide: 1 + chooser.below(3), bide_damage: chooser.below(300) }),
    () => Object.assign(held, { disable: 1 + chooser.below(8), disable_slot: 0, disable_move: side.active_pokemon.moves[0] }),
    () => Object.assign(held, { toxic: 1, toxic_counter: chooser.below(9) }),
    () => Object.assign(held, { trapped: 1 + chooser.below(2), trapped_by: foe.active + 1, trapped_move: chooser.pick([20, 35, 83, 128]), trapped_maybe: chooser.below(2) }),
    () => Object.assign(held, { locked_move: chooser.pick([37, 80]), locked_turns: chooser.below(4), locked_accuracy: 1 + chooser.below(255) }),
    () => Object.assign(held, { trapping: 1 + chooser.below(4), trapping_total: 2 + chooser.below(4), trapping_move: chooser.pick([20, 35, 83, 128]), trapping_damage: chooser.below(80), trapping_place: foe.active + 1 }),
  ];
  for (const flag of FLAGS) if (some(3)) held[flag] = 1;
  if (some(10)) held.invulnerable = 1;
  for (const chance of chances) if (some(6)) chance();
}

/** Takes away what no Pokemon has when it uses the move. */
function settle(chooser, state, side, number) {
  const [own, foe] = side === 0 ? [state.p1, state.p2] : [state.p2, state.p1];
  const held = own.volatile;
  const erase = (...keys) => keys.forEach((key) => (held[key] = 0));
  const traps = MOVES[number]?.self?.volatileStatus === "partialtrappinglock";
  if (held.trapping && !traps && number !== STRUGGLE) erase("trapping", "trapping_total", "trapping_move", "trapping_damage", "trapping_place");
  if (held.trapping && traps) held.trapping_move = number;
  if (number === BIDE) erase("bide", "bide_damage", "rage");
  if (own.sub_broken[own.active] && MOVES[number]?.target === "self") own.sub_broken[own.active] = 0;
}

function activeMove(number) {
  if (number !== NO_MOVE) return MOVES[number].id;
  const changes = { basePower: 102, ohko: false, flags: {}, type: "???", category: "Special", accuracy: (100 * 81) / 256, pp: 10 };
  return Object.assign(GEN1.getActiveMove("fissure"), changes);
}

/** Runs `act` in a battle made of the state, and returns [what changed, the records, the draws]. */
function recordCase(state, act) {
  const recorder = new DrawRecorder();
  const battle = loadBattle(FORMAT, state, (prng) => recorder.watchGenerator(prng));
  recorder.watchBattle(battle);
  recorder.take();
  battle.log.length = 0;
  const before = numbersOf(readState(battle));
  act(battle);
  const changes = numbersOf(readState(battle)).flatMap((value, at) => (value === before[at] ? [] : [[at, value]]));
  const draws = recorder.take().map(({ site, key, domain, value }) => [site, key, domain, value]);
  return [changes, recordsOf(battle.log), draws];
}

function recordHit(state, side, number) {
  return recordCase(state, (battle) => {
    const [source, target] = [battle.sides[side].active[0], battle.sides[1 - side].active[0]];
    const { singleEvent } = battle;
    // the first turn of a move that takes two is not the move's effect
    battle.singleEvent = (name, ...rest) => (name === "TryMove" ? true : singleEvent.call(battle, name, ...rest));
    battle.actions.useMoveInner(activeMove(number), source, { target });
  });
}

/** What a Pokemon does at the end of Bide. */
function recordBide(state, side) {
  return recordCase(state, (battle) => {
    const [source, target] = [battle.sides[side].active[0], battle.sides[1 - side].active[0]];
    battle.actions.moveHit(target, source, GEN1.getActiveMove("bide"), { damage: source.volatiles.bide.damage * 2 });
  });
}

function hasEffects(move) {
  return move !== undefined && ["secondary", "status", "volatileStatus", "self", "drain", "recoil", "multihit", "onHit", "onMoveFail", "onTryHit"].some((key) => move[key]);
}

function* recordCases(chooser, count, hits) {
  const states = playStates(chooser);
  const usable = [...Array(STRUGGLE + 1).keys()].filter((number) => number !== METRONOME && number !== MIRROR_MOVE);
  const order = [...usable.flatMap((number) => Array(hasEffects(MOVES[number]) ? 3 : 1).fill(number)), END_OF_BIDE];
  let next = 0;
  for (let index = 0; index < count; index += 1) {
    const stirred = states.next().value;
    const rounds = chooser.below(4) === 0 ? 0 : 1;
    for (let round = 0; round < rounds; round += 1) stirState(chooser, stirred);
    const cases = [];
    for (let hit = 0; hit < hits; hit += 1, next += 1) {
      const number = order[next % order.length];
      const side = chooser.below(2);
      const state = plain(stirred);
      settle(chooser, state, side, number);
      state.rng = [chooser.below(2 ** 32), chooser.below(2 ** 32)];
      const held = state[`p${side + 1}`].volatile;
      if (number === END_OF_BIDE) Object.assign(held, { bide: 1, bide_damage: 1 + chooser.below(200) });
      const base = numbersOf(stirred);
      const settled = numbersOf(state).flatMap((value, at) => (value === base[at] ? [] : [[at, value]]));
      cases.push([side, number, settled, ...(number === END_OF_BIDE ? recordBide(state, side) : recordHit(state, side, number))]);
    }
    yield [numbersOf(stirred), cases];
  }
}

const [file, count = "310", seed = "8", hits = "15"] = process.argv.slice(2);
const cases = [...recordCases(new Chooser(BigInt(seed)), Number(count), Number(hits))];
writeFileSync(file, gzipSync(JSON.stringify(cases), { level: 9 }));
