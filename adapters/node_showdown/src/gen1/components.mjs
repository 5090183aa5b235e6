/**
 * Showdown's own functions of Generation 1 by themselves, each called with all that it depends on: what the port's tests compare call by call.
 * README.md lists them.
 */

import { array, float } from "equivcheck-sdk";
import showdown from "pokemon-showdown";

import { DrawRecorder } from "../draws.mjs";
import { recordsOf } from "../events.mjs";
import { loadBattle } from "./loading.mjs";
import { readState } from "./reading.mjs";
import { BOOSTS, GEN1, MOVES, SPECIES, STATS, TYPES, moveId } from "./tables.mjs";
import { addVolatiles } from "./volatiles.mjs";

const [STRONG, WEAK, IMMUNE] = [1, 2, 3];
const [REACHES, AWAY, UNAFFECTED, TOO_FAST] = [0, 1, 2, 3];
const SET = { name: "1", species: "Mew", level: 100, moves: ["tackle"], ability: "No Ability", item: "", gender: false };
/** Nothing is without effect on a Dragon. */
const PLAIN_SIDE = { own: [100, 100, 100, 100], types: [15, 0] };

/** Ends a function of Showdown where what it was called for is known. */
class Reached extends Error {}

/** Battles for functions that change nothing, by format. */
const STILL = new Map();

/** Returns two Pokemon that face each other, as they are given, and nothing else. */
function faceOff(format, given, rng = [0, 0]) {
  return standBoth(beginBattle(format, rng), given);
}

/** As `faceOff`, for a function that changes nothing: much faster. */
function faceStill(format, given) {
  if (!STILL.has(format.id)) STILL.set(format.id, beginBattle(format, [0, 0]));
  return standBoth(STILL.get(format.id), given);
}

function beginBattle(format, rng) {
  const prng = new showdown.PRNG([rng[0] >>> 16, rng[0] & 0xffff, rng[1] >>> 16, rng[1] & 0xffff].join(","));
  const [p1, p2] = ["p1", "p2"].map((name) => ({ name, team: [{ ...SET }] }));
  const battle = new showdown.Battle({ formatid: format.id, format, prng, deserialized: true, p1, p2 });
  battle.started = true;
  battle.sides.forEach((side, index) => {
    side.foe = battle.sides[1 - index];
    side.active[0] = side.pokemon[0];
    side.pokemon[0].isActive = true;
  });
  return battle;
}

function standBoth(battle, given) {
  battle.sides.forEach((side, index) => stand(side, { ...PLAIN_SIDE, ...given[index] }));
  return { battle, source: battle.sides[0].active[0], target: battle.sides[1].active[0] };
}

function stand(side, given) {
  const pokemon = side.active[0];
  if (given.species) pokemon.set.species = SPECIES[given.species].name;
  if (given.level) pokemon.level = given.level;
  if (given.hp) pokemon.hp = given.hp;
  pokemon.setType(namesOf(given.types), true);
  STATS.forEach((stat, index) => {
    pokemon.baseStoredStats[stat] = given.own[index];
    pokemon.storedStats[stat] = given.own[index];
    pokemon.modifiedStats[stat] = (given.modified ?? given.own)[index];
  });
  for (const stats of [pokemon.baseStoredStats, pokemon.storedStats, pokemon.modifiedStats]) stats.spd = stats.spa;
  Object.assign(pokemon.boosts, { accuracy: given.accuracy ?? 0, evasion: given.evasion ?? 0 });
  pokemon.status = given.asleep ? "slp" : "";
  side.lastEnemySelectedMove = moveId(given.shown_selected ?? 0);
  side.lastEnemyMove = MOVES[given.shown_used ?? 0] ?? null;
  pokemon.volatiles = {};
  addVolatiles(side, given);
}

function namesOf(types) {
  return [...types].filter((type) => type > 0).map((type) => TYPES[type]);
}

/** Returns a move to be used, 0 being the one without a name that a thawed Pokemon uses before it has selected one. */
function takeMove(number) {
  if (number > 0) return GEN1.getActiveMove(MOVES[number].id);
  const changes = { id: "nomove", basePower: 102, ohko: false, flags: {}, type: "???", category: "Special", accuracy: (100 * 81) / 256, pp: 10 };
  return Object.assign(GEN1.getActiveMove("fissure"), changes);
}

function matchupOf(move, type) {
  if (!GEN1.getImmunity(move.type, type)) return IMMUNE;
  const found = GEN1.getEffectiveness(move.type, type);
  return found > 0 ? STRONG : found < 0 ? WEAK : 0;
}

/** `runImmunity`, and `getEffectiveness` against each type that the species has. */
function matchTypes(format, number, species) {
  const move = takeMove(number);
  const { types } = SPECIES[species];
  const { target } = faceStill(format, [{}, { types: types.map((type) => TYPES.indexOf(type)) }]);
  return { immune: !target.runImmunity(move, true), against: Uint8Array.from([0, 1], (index) => (types[index] ? matchupOf(move, types[index]) : 0)) };
}

/** The chance that `getDamage` asks for, in 256ths; 0 where it asks for none. */
function findOdds(format, species, number, focus_energy) {
  const { battle, source, target } = faceStill(format, [{ species, focus_energy }, {}]);
  let odds = 0;
  battle.randomChance = (numerator) => {
    odds = numerator;
    throw new Reached();
  };
  reach(() => battle.actions.getDamage(source, target, takeMove(number)));
  return odds;
}

function reach(act) {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Reached)) throw error;
    return null;
  }
}

/** `getDamage`: hp, -1 where the move does none, -2 where it fails. */
function hit(format, attacker, defender, number, last_damage, rng) {
  const trap = attacker.trapping ? { trapping: 1, trapping_total: 2, trapping_move: 35, trapping_place: 1 } : {};
  const { battle, source, target } = faceOff(format, [{ ...attacker, ...trap }, defender], rng);
  battle.lastDamage = last_damage;
  const move = takeMove(number);
  const damage = battle.actions.getDamage(source, target, move);
  const told = (word) => battle.log.some((line) => line.startsWith(word));
  return {
    damage: damage === undefined ? -1 : damage === false ? -2 : damage,
    crit: target.getMoveHitData(move).crit === true,
    matchup: told("|-super") ? STRONG : told("|-resisted") ? WEAK : 0,
    rng: wordsOf(battle),
  };
}

function wordsOf(battle) {
  const [a, b, c, d] = battle.prng.rng.seed;
  return Uint32Array.of(a * 65536 + b, c * 65536 + d);
}

/** What a confused Pokemon does to itself. */
function confuse(format, level, attack, defense) {
  const own = [attack, defense, 100, 100];
  const { battle, source } = faceOff(format, [{ level, own, confusion: 2 }, {}]);
  let hurt = -1;
  Object.assign(battle, { randomChance: () => false, directDamage: (damage) => (hurt = damage) });
  GEN1.conditions.getByID("confusion").onBeforeMove.call(battle, source, source);
  return hurt;
}

/** `tryMoveHit` up to its draw: the outcome, the odds in 256ths (0: sure, or it does not come to that), and what the user keeps of them. */
function aim(format, user, foe, number) {
  const lock = user.locked_accuracy ? { locked_move: 37, locked_turns: 2 } : {};
  const trap = foe.held ? { trapped: 2, trapped_by: 1, trapped_move: 35 } : {};
  const { battle, source, target } = faceOff(format, [{ ...user, ...lock }, { ...foe, ...trap }]);
  const { runEvent } = battle;
  let odds = null;
  battle.runEvent = (name, ...rest) => {
    const answer = runEvent.call(battle, name, ...rest);
    if (name !== "Accuracy") return answer;
    odds = answer;
    throw new Reached();
  };
  const move = takeMove(number);
  reach(() => battle.actions.tryMoveHit(move.target === "self" ? source : target, source, move));
  const told = (word) => battle.log.some((line) => line.includes(word));
  const outcome = odds !== null ? REACHES : told("|-miss") ? AWAY : told("[ohko]") ? TOO_FAST : UNAFFECTED;
  const { rage, lockedmove } = source.volatiles;
  return { outcome, odds: odds === null || odds === true ? 0 : odds, rage: rage?.accuracy ?? 0, locked: lockedmove?.accuracy ?? 0 };
}

/** `boostBy`: 0 where nothing changes, 1 where it does, 2 at the limit of the stat; and what comes of stage and stat. */
function changeStage(format, stat, stage, amount, stored, modified) {
  const every = (value) => [value, value, value, value];
  const { source } = faceOff(format, [{ own: every(stored), modified: every(modified) }, {}]);
  const name = BOOSTS[stat];
  source.boosts[name] = stage;
  const changed = source.boostBy({ [name]: amount });
  return { outcome: changed === 0 ? 2 : Number(changed), stage: source.boosts[name], modified: stat < 4 ? source.modifiedStats[name] : 0 };
}

/**
 * `useMoveInner`, from a canonical state: the state after what the move does, what was drawn, and what was told after the move had been
 * announced. A first turn of two is not the move's effect, and passed over.
 */
function useMove(format, state, mover, number) {
  const recorder = new DrawRecorder();
  const battle = loadBattle(format, state, (prng) => recorder.watchGenerator(prng));
  recorder.watchBattle(battle);
  recorder.take();
  battle.log.length = 0;
  const [source, target] = [battle.sides[mover].active[0], battle.sides[1 - mover].active[0]];
  const { singleEvent } = battle;
  battle.singleEvent = (name, ...rest) => (name === "TryMove" ? true : singleEvent.call(battle, name, ...rest));
  battle.actions.useMoveInner(number > 0 ? MOVES[number].id : takeMove(0), source, { target });
  const [, ...events] = recordsOf(battle.log);
  return { state: readState(battle), draws: recorder.take(), events };
}

/** Draws as a battle makes them: `random(low, high)`, `randomChance(numerator, 256)`, and what the generator is left at. */
function draw(format, rng, low, width, numerator) {
  const { battle } = faceOff(format, [{}, {}], rng);
  return { value: battle.random(low, low + width), happens: battle.randomChance(numerator, 256), rng: wordsOf(battle) };
}

const RULES = {
  type_effectiveness: matchTypes,
  critical_odds: findOdds,
  damage: hit,
  confusion_damage: confuse,
  accuracy: aim,
  stages: changeStage,
  draws: draw,
  move: useMove,
};

/** What follows from a canonical state alone: of the Step that loading it shows. */
const READINGS = {
  observation: (step) => step.obs,
  legal: ({ legal }) => Object.fromEntries(["p1", "p2"].map((agent) => [agent, maskOf(legal[agent] ?? new Array(10).fill(false))])),
  reward: (_, environment) => Object.fromEntries(Object.entries(environment.rewards()).map(([agent, reward]) => [agent, float(reward)])),
};

export const COMPONENTS = [...Object.keys(RULES), ...Object.keys(READINGS)];

function maskOf(flags) {
  return array(Uint8Array.from(flags, Number), [flags.length], "bool");
}

/**
 * Returns what a component answers.
 * @param {import("../environment.mjs").Showdown} environment
 * @param {string} name
 * @param {unknown[]} given
 */
export function callComponent(environment, name, given) {
  if (name in READINGS) return toInts(READINGS[name](environment.load(given[0]), environment));
  return toInts(RULES[name](environment.format, ...given));
}

/** Numbers that are not floats travel as ints. */
function toInts(value) {
  if (typeof value === "number") return BigInt(value);
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toInts(item)]));
}
