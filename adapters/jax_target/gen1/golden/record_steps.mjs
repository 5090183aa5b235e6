/**
 * Records battles step by step as Showdown plays them, with events and draws, for the tests of the port.
 *
 *     node adapters/jax_target/gen1/golden/record_steps.mjs FILE.json.gz [BATTLES [SEED [STEPS_MAX]]]
 *
 * steps.json.gz is what the defaults record; the reference adapter must be installed.
 */

import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

import { ENVIRONMENTS } from "../../../node_showdown/src/environments.mjs";
import { GROUPS } from "../../../node_showdown/src/gen1/layout.mjs";
import { MOVES, SPECIES } from "../../../node_showdown/src/gen1/tables.mjs";
import { Chooser, anyTeam, chooseLegal, plain } from "../../../node_showdown/test/battles.mjs";

const SIDES = ["p1", "p2"];
const FLAGS = ["focus_energy", "leech_seed", "light_screen", "reflect", "mist"];
/** Moves that last, lock, call others or change what others do: most of what is rare is two of them meeting. */
const KNOTS = [
  "metronome", "mirrormove", "bide", "wrap", "clamp", "thrash", "petaldance", "rage", "dig", "fly", "solarbeam", "hyperbeam", "substitute", "haze", "disable", "toxic",
  "leechseed", "rest", "sleeppowder", "thunderwave", "confuseray", "counter", "mimic", "transform", "explosion", "doubleslap", "recover", "stomp", "psywave", "teleport", "splash",
];

export function numbersOf(state) {
  return GROUPS.flatMap(([prefix, rows]) => {
    const inner = prefix.split(".").slice(0, -1).reduce((tree, key) => tree[key], state);
    return rows.flatMap(([key]) => plain(inner[key]));
  });
}

function isDamaging(set) {
  return set.moves.some((id) => MOVES.find((move) => move?.id === id)?.category !== "Status");
}

function drawTeam(chooser) {
  const team = anyTeam(chooser, 1 + chooser.below(6));
  return team.some(isDamaging) ? team : drawTeam(chooser);
}

/** Two teams that share some knots and a few species, so that the same things meet often, and speeds tie. */
function drawKnots(chooser) {
  const pool = Array.from({ length: 6 }, () => chooser.pick(KNOTS));
  const species = [chooser.pick(SPECIES.slice(1)).name, chooser.pick(SPECIES.slice(1)).name];
  const level = 1 + chooser.below(100);
  const one = () => {
    const moves = new Set([chooser.pick(pool)]);
    for (let count = chooser.below(4); count > 0; count -= 1) moves.add(chooser.below(3) === 0 ? chooser.pick(KNOTS) : chooser.pick(pool));
    const [ivs, evs] = [{ spe: chooser.below(31) }, { spe: chooser.below(256) }];
    return { species: chooser.pick(species), level, moves: [...moves], ivs, evs };
  };
  const [p1, p2] = SIDES.map(() => Array.from({ length: 1 + chooser.below(4) }, one));
  return [p1, p2].every((team) => team.some(isDamaging)) ? { p1, p2 } : drawKnots(chooser);
}

function begin(chooser, index) {
  const seed = BigInt(chooser.below(2 ** 32));
  const way = index % 4;
  if (way === 0) return [ENVIRONMENTS.gen1randombattle(), seed, { draws: true }];
  const teams = way === 1 ? { p1: drawTeam(chooser), p2: drawTeam(chooser) } : drawKnots(chooser);
  return [ENVIRONMENTS.gen1(), seed, { teams, draws: true }];
}

/** Changes a state so that what is rare in play is common. */
function stir(chooser, state) {
  for (const { active_pokemon: active, volatile, pp, hp, stats, status, active: place } of SIDES.map((side) => state[side])) {
    for (const flag of FLAGS) if (chooser.below(6) === 0) volatile[flag] = 1;
    if (chooser.below(4) === 0) active.modified[2] = 100;
    if (chooser.below(6) === 0) active.boosts[chooser.below(6)] = chooser.below(13) - 6;
    if (chooser.below(8) === 0) volatile.confusion = 1 + chooser.below(5);
    if (chooser.below(8) === 0) volatile.substitute = 1 + chooser.below(60);
    if (chooser.below(8) === 0) Object.assign(volatile, { toxic: 1, toxic_counter: chooser.below(15) });
    if (chooser.below(8) === 0 && ![1, 4].includes(status[place])) status[place] = chooser.pick(volatile.toxic ? [2, 3, 5, 6] : [2, 3, 5]);
    if (chooser.below(8) === 0 && active.moves[0] > 0) Object.assign(volatile, { disable: 1 + chooser.below(3), disable_slot: 0, disable_move: active.moves[0] });
    if (chooser.below(8) === 0) hp[place] = Math.max(1, Math.min(hp[place], chooser.below(40), stats[place * 5]));
    if (chooser.below(8) === 0) {
      for (let slot = 0; slot < 4; slot += 1) {
        if (active.moves[slot] === 0) continue;
        active.pp[slot] = chooser.below(2);
        if (active.virtual[slot] === 0) pp[place * 4 + slot] = active.pp[slot];
      }
    }
  }
  if (chooser.below(6) === 0) state.last_damage = chooser.below(700);
  return state;
}

function maybeStir(chooser, environment, step) {
  if (step.state.p1.request !== 1 || step.state.p2.request !== 1 || chooser.below(4) > 0) return step;
  try {
    return environment.load(stir(chooser, plain(step.state)));
  } catch (error) {
    if (error.name !== "Refused") throw error;
    return step;
  }
}

function changesOf(before, after) {
  return after.flatMap((value, at) => (value === before[at] ? [] : [[at, value]]));
}

function maskOf(legal) {
  return SIDES.map((side) => (legal[side] ?? new Array(10).fill(false)).map(Number));
}

/** One battle: [numbers of the first state, legal, [changes stirred in, actions, changes, events, draws, legal] of each step]. */
function recordBattle(chooser, index, stepsMax) {
  const [environment, seed, options] = begin(chooser, index);
  let step = environment.reset(seed, options);
  const first = numbersOf(step.state);
  let numbers = first;
  const rows = [];
  while (rows.length < stepsMax && Object.keys(step.legal).length > 0) {
    const start = index % 4 > 0 ? maybeStir(chooser, environment, step) : step;
    const before = numbersOf(start.state);
    const action = chooseLegal(chooser, start.legal);
    try {
      step = environment.step(action);
    } catch (error) {
      if (!error.message.startsWith("Stack overflow")) throw error;
      break;
    }
    const after = numbersOf(step.state);
    const draws = (step.draws ?? []).map(({ site, key, domain, value }) => [site, key, domain, value]);
    rows.push([changesOf(numbers, before), SIDES.map((side) => action[side] ?? -1), changesOf(before, after), step.events, draws, maskOf(step.legal)]);
    numbers = after;
  }
  return [first, rows];
}

const [file, battles = "80", seed = "12", stepsMax = "40"] = process.argv.slice(2);
const chooser = new Chooser(BigInt(seed));
const recorded = Array.from({ length: Number(battles) }, (_, index) => recordBattle(chooser, index, Number(stepsMax)));
const bytes = gzipSync(JSON.stringify(recorded), { level: 9 });
writeFileSync(file, bytes);
process.stderr.write(`${recorded.reduce((sum, [, rows]) => sum + rows.length, 0)} steps, ${bytes.length} bytes\n`);
