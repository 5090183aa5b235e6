/** The numbers that stand for Generation 1's species, moves, types and statuses in a canonical state. */

import showdown from "pokemon-showdown";

export const GEN1 = showdown.Dex.mod("gen1");

export const SPECIES_MAX = 151;
/** Struggle is 165; it is in no Pokemon's set. */
export const STRUGGLE = 165;
/** What a side has selected before its first move is 0; where Haze or a trap took the choice away, this. */
export const CANNOT_MOVE = 255;

/** Index is the number in a state. */
export const STATUSES = ["", "slp", "psn", "brn", "frz", "par", "tox"];
export const TYPES = [
  "", "Normal", "Fighting", "Flying", "Poison", "Ground", "Rock", "Bug", "Ghost",
  "Fire", "Water", "Grass", "Electric", "Psychic", "Ice", "Dragon",
];
export const STATS = ["atk", "def", "spe", "spa"];
export const BOOSTS = ["atk", "def", "spe", "spa", "accuracy", "evasion"];

/** @type {import("pokemon-showdown").Species[]} by number */
export const SPECIES = [];
for (const species of GEN1.species.all()) {
  if (species.gen === 1 && species.num >= 1 && !species.forme) SPECIES[species.num] = species;
}

/** @type {import("pokemon-showdown").Move[]} by number */
export const MOVES = [];
for (const move of GEN1.moves.all()) {
  if (move.gen === 1 && move.num >= 1 && move.num <= STRUGGLE) MOVES[move.num] = move;
}

const MOVE_NUMBERS = new Map(MOVES.filter(Boolean).map((move) => [move.id, move.num]));
MOVE_NUMBERS.set("nomove", 0).set("cannotmove", CANNOT_MOVE);
const TYPE_NUMBERS = new Map(TYPES.map((type, number) => [type, number]));
const STATUS_NUMBERS = new Map(STATUSES.map((status, number) => [status, number]));

/** @param {string} id */
export function moveNumber(id) {
  return known(MOVE_NUMBERS, id, "move");
}

/** Returns the number of what was selected last, or of a move: the reverse of `moveNumber`. */
export function moveId(number) {
  if (number === 0) return "nomove";
  return number === CANNOT_MOVE ? "cannotmove" : MOVES[number].id;
}

/** @param {string} type */
export function typeNumber(type) {
  return known(TYPE_NUMBERS, type, "type");
}

/** @param {string} status of a Pokemon that has not fainted */
export function statusNumber(status) {
  return known(STATUS_NUMBERS, status, "status");
}

function known(numbers, name, what) {
  const number = numbers.get(name);
  if (number === undefined) throw new Error(`the ${what} ${name} has no number in Generation 1`);
  return number;
}
