/** Reads the state of any generation from a live Battle: what Showdown holds, reduced to plain values under names of its own. */

import { placeOf } from "../places.mjs";

const STATS = ["atk", "def", "spa", "spd", "spe"];
const BOOSTS = [...STATS, "accuracy", "evasion"];
const INTS = ["hp", "maxhp", "level", "activeTurns", "timesAttacked"];
const TEXTS = [
  "status", "item", "ability", "types", "addedType", "trapped", "transformed", "isActive", "moveThisTurn", "hurtThisTurn", "terastallized",
  "lastItem", "usedItemThisTurn", "subFainted", "statusState", "abilityState", "itemState", "lastMove", "species", "moveSlots", "volatiles",
];
/** What every effect has, and what says nothing that a later step depends on. */
const DULL = new Set(["id", "name", "target", "effectOrder", "sourceSlot", "maxpp", "disabledSource"]);

const text = { kind: "text", optional: true };
const int = { kind: "int" };

/** Returns the declaration of every leaf. */
export function declareState() {
  const side = { active: int, order: text, left: int, conditions: text, slot_conditions: text, used: text };
  const pokemon = {
    ...Object.fromEntries(INTS.map((key) => [key, { ...int, optional: true }])),
    ...Object.fromEntries(TEXTS.map((key) => [key, text])),
    stats: { kind: "array", dtype: "int16", shape: [STATS.length] },
    boosts: { kind: "array", dtype: "int8", shape: [BOOSTS.length] },
  };
  return {
    "state.turn": int,
    "state.rng": { kind: "array", dtype: "uint32", shape: [2] },
    ...prefixed("state.", { winner: text, request: text, last_move: text, weather: text, terrain: text, pseudo_weather: text }),
    ...prefixed("state.p1.", side),
    ...prefixed("state.p2.", side),
    ...prefixed("state.*.team.*.", pokemon),
  };
}

function prefixed(prefix, fields) {
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [prefix + key, field]));
}

/** @param {import("pokemon-showdown").Battle} battle */
export function readState(battle) {
  const words = battle.prng.rng.seed;
  const { field } = battle;
  return {
    turn: battle.turn,
    winner: battle.ended ? battle.winner || "tie" : "",
    request: battle.requestState,
    rng: Uint32Array.of(words[0] * 65536 + words[1], words[2] * 65536 + words[3]),
    last_move: battle.lastMove?.id ?? "",
    weather: `${field.weather} ${wordsOf(field.weatherState)}`,
    terrain: `${field.terrain} ${wordsOf(field.terrainState)}`,
    pseudo_weather: wordsOf(field.pseudoWeather),
    p1: readSide(battle.sides[0]),
    p2: readSide(battle.sides[1]),
  };
}

function readSide(side) {
  return {
    active: side.active[0] ? placeOf(side.active[0]) + 1 : 0,
    order: side.pokemon.map((pokemon) => placeOf(pokemon) + 1).join(""),
    left: side.pokemonLeft,
    conditions: wordsOf(side.sideConditions),
    slot_conditions: wordsOf(side.slotConditions[0]),
    used: wordsOf({ zMove: side.zMoveUsed, dynamax: side.dynamaxUsed, fainted: side.totalFainted }),
    team: Object.fromEntries(side.pokemon.map((pokemon) => [placeOf(pokemon) + 1, readPokemon(pokemon)])),
  };
}

function readPokemon(pokemon) {
  const read = {
    stats: Int16Array.from(STATS, (stat) => pokemon.storedStats[stat]),
    boosts: Int8Array.from(BOOSTS, (boost) => pokemon.boosts[boost]),
  };
  for (const key of INTS) read[key] = pokemon[key];
  for (const key of TEXTS) read[key] = wordsOf(pokemon[key]);
  return read;
}

/** Returns a value in words: who and what are named, keys sorted, functions left out. */
function wordsOf(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return typeof value === "function" ? "" : String(value);
  if (Array.isArray(value)) return `[${value.map(wordsOf).join(" ")}]`;
  if (value.side?.id) return `${value.side.id}:${value.name}`;
  if (value.effectType || (value.pokemon && value.team)) return value.id;
  if (value.constructor !== Object) return "";
  const isSlot = "pp" in value;
  const kept = Object.keys(value).filter((key) => !DULL.has(key) || (isSlot && key === "id")).sort();
  const said = kept.filter((key) => value[key] !== undefined && typeof value[key] !== "function");
  return `{${said.map((key) => `${key}=${wordsOf(value[key])}`).join(" ")}}`;
}
