/**
 * Records what Showdown's own functions answer, for the tests of the port.
 *
 *     node adapters/jax_target/gen1/golden/record.mjs FILE.json.gz [BATTLES [SEED]]
 *
 * cases.json.gz is what the defaults record; the reference adapter must be installed.
 */

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";

import { ENVIRONMENTS } from "../../../node_showdown/src/environments.mjs";
import { findFormat } from "../../../node_showdown/src/formats.mjs";
import { GROUPS } from "../../../node_showdown/src/gen1/layout.mjs";
import { loadBattle } from "../../../node_showdown/src/gen1/loading.mjs";
import { BOOSTS, GEN1, MOVES } from "../../../node_showdown/src/gen1/tables.mjs";
import { Chooser, anyTeam, chooseLegal, plain } from "../../../node_showdown/test/battles.mjs";

const require = createRequire(new URL("../../../node_showdown/package.json", import.meta.url));
const { PRNG } = require("pokemon-showdown");

const FORMAT = findFormat("gen1ubers");
const KEPT_OF_A_BATTLE = 3;
const HITS_OF_A_STATE = 10;
const BOOSTS_OF_A_STATE = 4;
const SWITCHES_OF_A_BATTLE = 4;
const METRONOME = 118;
const FLAGS = ["focus_energy", "leech_seed", "light_screen", "reflect", "mist", "recharge"];

/** Draws of every kind that a battle asks for, with what the generator is left at. */
function recordDraws(chooser, count) {
  return Array.from({ length: count }, () => {
    const seed = Array.from({ length: 4 }, () => chooser.below(65536));
    const prng = new PRNG(seed.join(","));
    const [low, width, numerator] = [chooser.below(300), 1 + chooser.below(300), chooser.below(257)];
    const open = [0, 1, 2, 3].map((slot) => (slot === chooser.below(4) ? 1 : chooser.below(2)));
    if (!open.includes(1)) open[0] = 1;
    const slots = [0, 1, 2, 3].filter((slot) => open[slot]);
    const order = [0, 1, 2, 3, 4];
    const values = [prng.random(low, low + width), prng.random(width), prng.randomChance(numerator, 256) ? 1 : 0, prng.sample(slots)];
    const pair = [0, 1];
    prng.shuffle(pair);
    prng.shuffle(order);
    return { seed, low, width, numerator, open, values, pair: pair[0], order, after: wordsOf(prng) };
  });
}

function wordsOf(prng) {
  const [a, b, c, d] = prng.rng.seed;
  return [a * 65536 + b, c * 65536 + d];
}

function drawTeam(chooser) {
  const team = anyTeam(chooser, 1 + chooser.below(6));
  return team.some(({ moves }) => moves.some((move) => GEN1.moves.get(move).category !== "Status")) ? team : drawTeam(chooser);
}

/** Plays battles of any moves and of Showdown's own teams, and keeps some Steps of each, the last one always. */
function* recordSteps(chooser, battles) {
  for (let index = 0; index < battles; index += 1) {
    const environment = ENVIRONMENTS.gen1();
    const teams = { p1: drawTeam(chooser), p2: drawTeam(chooser) };
    const steps = [environment.reset(BigInt(chooser.below(2 ** 32)), index % 4 === 0 ? {} : { teams })];
    for (let step = steps[0]; steps.length < 300 && !step.terminated && !step.truncated; ) {
      step = environment.step(chooseLegal(chooser, step.legal));
      steps.push(step);
    }
    yield steps.at(-1);
    for (let kept = 1; kept < KEPT_OF_A_BATTLE; kept += 1) yield pickEventful(chooser, steps);
  }
}

/** Of some Steps the one where most is going on. */
function pickEventful(chooser, steps) {
  const busy = ({ state }) => [state.p1, state.p2].flatMap(({ volatile }) => Object.values(volatile)).filter((value) => value !== 0).length;
  const some = Array.from({ length: 4 }, () => chooser.pick(steps));
  return some.reduce((best, step) => (busy(step) > busy(best) ? step : best));
}

/** Changes a state so that what is rare in play is common, and loads it. */
function stirStep(chooser, step) {
  const state = plain(step.state);
  if (state.p1.request !== 1 || state.p2.request !== 1) return null;
  for (const { active_pokemon: active, volatile } of [state.p1, state.p2]) {
    for (const flag of FLAGS) if (chooser.below(2) === 0) volatile[flag] = 1;
    active.modified = active.modified.map((stat) => (chooser.below(2) === 0 ? chooser.pick([1, 999, 1 + chooser.below(999)]) : stat));
    active.boosts = active.boosts.map((boost) => (chooser.below(2) === 0 ? chooser.below(13) - 6 : boost));
    if (chooser.below(4) === 0) volatile.rage = 1 + chooser.below(255);
    if (chooser.below(8) === 0) volatile.invulnerable = 1;
  }
  state.last_damage = chooser.below(2) === 0 ? chooser.below(700) : state.last_damage;
  const environment = ENVIRONMENTS.gen1();
  return environment.load(state);
}

function numbersOf(state) {
  return GROUPS.flatMap(([prefix, rows]) => {
    const inner = prefix.split(".").slice(0, -1).reduce((tree, key) => tree[key], state);
    return rows.flatMap(([key]) => plain(inner[key]));
  });
}

function showStep({ state, obs, legal }) {
  return [numbersOf(state), ...["p1", "p2"].map((side) => [...obs[side]]), ...["p1", "p2"].map((side) => (legal[side] ?? new Array(10).fill(false)).map(Number))];
}

function activeMove(number) {
  if (number > 0) return GEN1.getActiveMove(MOVES[number].id);
  const changes = { basePower: 102, ohko: false, flags: {}, type: "???", category: "Special", accuracy: (100 * 81) / 256, pp: 10 };
  return Object.assign(GEN1.getActiveMove("fissure"), changes);
}

function codeOf(damage) {
  if (damage === undefined) return -1;
  if (damage === false) return -2;
  if (!Number.isInteger(damage)) throw new Error(`getDamage answers ${damage}`);
  return damage;
}

/** What getDamage answers: [state, side, move, rng, damage, crit, type matchup, rng after]. */
function recordDamage(state, row, side, number, rng) {
  const battle = loadBattle(FORMAT, { ...state, rng }, () => {});
  const [source, target] = [battle.sides[side].active[0], battle.sides[1 - side].active[0]];
  const move = activeMove(number);
  battle.log.length = 0;
  const damage = battle.actions.getDamage(source, target, move);
  const crit = target.getMoveHitData(move).crit ? 1 : 0;
  const matchup = battle.log.some((line) => line.startsWith("|-super")) ? 1 : battle.log.some((line) => line.startsWith("|-resisted")) ? 2 : 0;
  return [row, side, number, ...rng, codeOf(damage), crit, matchup, ...wordsOf(battle.prng)];
}

function knockOut(side) {
  const erase = (tree) => Object.entries(tree).forEach(([key, value]) => (tree[key] = Array.isArray(value) ? value.map(() => 0) : 0));
  [side.active_pokemon, side.volatile].forEach(erase);
  for (const key of ["hp", "status", "sleep", "rested", "sub_broken"]) side[key][side.active] = 0;
  Object.assign(side, { request: 2, switch_speed: side.switch_speed || side.stats[side.active * 5 + 3] });
}

/** Changes a state before a switch so that speeds tie, those who come are hurt or weakened, and what lasts ends or shows. */
function stirSwitch(chooser, state) {
  const sides = [state.p1, state.p2];
  for (const side of sides) {
    for (let place = 0; place < 6; place += 1) {
      if (side.hp[place] === 0 || side.status[place] === 1 || place === side.active) continue;
      side.status[place] = chooser.pick([0, 2, 3, 5, 6]);
      if (chooser.below(2) === 0) side.hp[place] = Math.min(side.hp[place], 1 + chooser.below(12));
    }
  }
  if (chooser.below(4) === 0 && sides.every(({ request }) => request > 0)) sides.forEach(knockOut);
  sides.forEach((side, index) => {
    const { active_pokemon: active, volatile } = side;
    if (active.species === 0) {
      if (chooser.below(2) === 0) side.switch_speed = 100;
      return;
    }
    if (chooser.below(2) === 0) active.modified[2] = 100;
    const foe = sides[1 - index].active + 1;
    const locks = [
      () => Object.assign(volatile, { trapped: 2, trapped_by: foe, trapped_move: 35, trapped_maybe: chooser.below(2) }),
      () => Object.assign(volatile, { fake_trapped: 1 + chooser.below(2), fake_trapped_by: foe }),
      () => Object.assign(volatile, { bide: 2, bide_damage: 7 }),
      () => Object.assign(volatile, { disable: 3, disable_slot: 0, disable_move: active.moves[0] }),
      () => Object.assign(volatile, { trapping: 2, trapping_total: 3 + chooser.below(3), trapping_move: 35, trapping_damage: 9, trapping_place: foe }),
    ];
    for (const lock of locks) if (chooser.below(3) === 0) lock();
    if (chooser.below(3) === 0) [active.moves[0], active.virtual[0], side.selected_slot] = [METRONOME, 1, 0];
  });
  if (chooser.below(4) === 0) exhaust(chooser, sides);
  return state;
}

/** Leaves nobody a way to change anything, or all but one: frozen, Transform alone, or without PP. */
function exhaust(chooser, sides) {
  const way = chooser.below(3);
  const spared = chooser.below(3) === 0 ? chooser.pick(sides) : null;
  for (const side of sides) {
    for (let place = 0; place < 6; place += 1) {
      if (side.hp[place] === 0 || (side === spared && place !== side.active)) continue;
      const slots = [0, 1, 2, 3].map((slot) => place * 4 + slot);
      if (way === 0) [side.status[place], side.sleep[place], side.rested[place]] = [4, 0, 0];
      else slots.forEach((slot, index) => ([side.moves[slot], side.pp[slot]] = way === 1 ? [index === 0 ? 144 : 0, index === 0 ? 9 : 0] : [side.moves[slot], 0]));
    }
    const { active_pokemon: active, volatile } = side;
    if (active.species === 0) continue;
    for (const key of ["disable", "disable_slot", "disable_move"]) volatile[key] = 0;
    const own = [0, 1, 2, 3].map((slot) => side.active * 4 + slot);
    if (way > 0) Object.assign(active, { moves: own.map((slot) => side.moves[slot]), pp: own.map((slot) => side.pp[slot]), virtual: [0, 0, 0, 0], transformed: 0 });
    if (way > 0) side.selected_slot = 0;
  }
}

/** Steps in which whoever is asked switches: [state before, the two places or -1, [index, value] of each number that changed]. */
function* recordSwitches(chooser, battles) {
  for (let index = 0; index < battles; index += 1) {
    const environment = ENVIRONMENTS.gen1();
    const p1 = drawTeam(chooser);
    if (chooser.below(4) === 0) for (const set of p1) set.species = chooser.pick(["Gastly", "Haunter", "Gengar"]);
    const teams = { p1, p2: chooser.below(3) === 0 ? p1 : drawTeam(chooser) }; // equal teams tie
    let step = environment.reset(BigInt(chooser.below(2 ** 32)), { teams });
    let kept = 0;
    for (let count = 0; count < 200 && kept < SWITCHES_OF_A_BATTLE && !step.terminated && !step.truncated; count += 1) {
      const open = Object.entries(step.legal).map(([side, mask]) => [side, [4, 5, 6, 7, 8, 9].filter((action) => mask[action])]);
      const switches = open.every(([, actions]) => actions.length > 0) && (step.state.p1.request !== 1 || chooser.below(3) === 0);
      const action = switches ? Object.fromEntries(open.map(([side, actions]) => [side, chooser.below(2) === 0 ? actions[0] : chooser.pick(actions)])) : chooseLegal(chooser, step.legal);
      if (switches && chooser.below(3) > 0) step = environment.load(stirSwitch(chooser, plain(step.state)));
      const next = environment.step(action);
      const before = numbersOf(step.state);
      const changes = numbersOf(next.state).flatMap((value, at) => (value === before[at] ? [] : [[at, value]]));
      step = next;
      if (!switches) continue;
      kept += 1;
      yield [before, ["p1", "p2"].map((side) => (action[side] ?? 3) - 4), changes];
    }
  }
}

class Reached extends Error {}

/** What tryMoveHit finds before it draws: [state, side, move, outcome, accuracy (0: sure), accuracy kept by rage, by a lock]. */
function recordCheck(state, row, side, number) {
  const battle = loadBattle(FORMAT, state, () => {});
  const [source, target] = [battle.sides[side].active[0], battle.sides[1 - side].active[0]];
  const move = activeMove(number);
  const aim = move.target === "self" ? source : target;
  const { runEvent } = battle;
  let accuracy = null;
  battle.runEvent = (name, ...rest) => {
    const answer = runEvent.call(battle, name, ...rest);
    if (name !== "Accuracy") return answer;
    accuracy = answer;
    throw new Reached();
  };
  battle.log.length = 0;
  let outcome = 0;
  try {
    battle.actions.tryMoveHit(aim, source, move);
    outcome = battle.log.some((line) => line.startsWith("|-miss")) ? 1 : battle.log.some((line) => line.includes("[ohko]")) ? 3 : 2;
  } catch (error) {
    if (!(error instanceof Reached)) throw error;
  }
  const { rage, lockedmove } = source.volatiles;
  return [row, side, number, outcome, accuracy === true || accuracy === null ? 0 : accuracy, rage?.accuracy ?? 0, lockedmove?.accuracy ?? 0];
}

/** What boostBy does: [state, side, stat, stages, changed (2: at the limit), boost, modified stat or 0]. */
function recordBoost(state, row, side, stat, stages) {
  const pokemon = loadBattle(FORMAT, state, () => {}).sides[side].active[0];
  const changed = pokemon.boostBy({ [BOOSTS[stat]]: stages });
  return [row, side, stat, stages, changed === 0 ? 2 : Number(changed), pokemon.boosts[BOOSTS[stat]], stat < 4 ? pokemon.modifiedStats[BOOSTS[stat]] : 0];
}

/** What a confused Pokemon does to itself: [state, side, damage]. */
function recordConfusion(state, row, side) {
  const battle = loadBattle(FORMAT, state, () => {});
  const pokemon = battle.sides[side].active[0];
  let hurt = -1;
  Object.assign(battle, { randomChance: () => false, directDamage: (damage) => (hurt = damage) });
  pokemon.volatiles.confusion = { id: "confusion", time: 2 };
  GEN1.conditions.getByID("confusion").onBeforeMove.call(battle, pokemon, pokemon);
  return [row, side, hurt];
}

function recordCases(chooser, steps, cases) {
  steps.forEach(({ state: given }, row) => {
    const state = plain(given);
    if (state.p1.request !== 1 || state.p2.request !== 1) return;
    for (let count = 0; count < HITS_OF_A_STATE; count += 1) {
      const [side, number] = [chooser.below(2), chooser.below(166)];
      cases.damage.push(recordDamage(state, row, side, number, [chooser.below(2 ** 32), chooser.below(2 ** 32)]));
      const starts = MOVES[number]?.self?.volatileStatus === "lockedmove" && !state[`p${side + 1}`].volatile.locked_move;
      if (!starts) cases.checks.push(recordCheck(state, row, side, number));
    }
    for (let count = 0; count < BOOSTS_OF_A_STATE; count += 1) {
      cases.boosts.push(recordBoost(state, row, chooser.below(2), chooser.below(6), chooser.pick([-2, -1, 1, 2])));
    }
    cases.confusion.push(recordConfusion(state, row, 0), recordConfusion(state, row, 1));
  });
}

const [file, battles = "60", seed = "6"] = process.argv.slice(2);
const chooser = new Chooser(BigInt(seed));
const played = [...recordSteps(chooser, Number(battles))];
const steps = [...played, ...played.map((step) => stirStep(chooser, step)).filter(Boolean)];
const cases = { draws: recordDraws(chooser, 16 * Number(battles)), states: steps.map(showStep), damage: [], checks: [], boosts: [], confusion: [] };
recordCases(chooser, steps, cases);
cases.switches = [...recordSwitches(chooser, Number(battles))];
writeFileSync(file, gzipSync(JSON.stringify(cases), { level: 9 }));
