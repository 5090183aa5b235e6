/** The two teams of a battle: drawn from the seed, or given as the option `teams`. */

import showdown from "pokemon-showdown";

import { makeTeamGenerator } from "./formats.mjs";
import { nameByPlace } from "./places.mjs";
import { require } from "./refusals.mjs";
import { teamGenerator } from "./seeds.mjs";

const { Dex, Teams, TeamValidator } = showdown;

const STATS = ["hp", "atk", "def", "spa", "spd", "spe"];
const TEXTS = ["species", "item", "ability", "nature", "gender", "teraType", "hpType"];
const KEYS = new Set([...TEXTS, "level", "moves", "ivs", "evs", "happiness", "gigantamax", "dynamaxLevel"]);

/** What belongs to the games, if not to each of them. */
const OFFICIAL = new Set(["", "Past", "Unobtainable", "Unreleased"]);

/**
 * Draws both teams, the first player's first, with one generator.
 * @param {object} format
 * @param {bigint} seed
 */
export function drawTeams(format, seed) {
  const generator = makeTeamGenerator(format, teamGenerator(seed));
  return [generator.getTeam(), generator.getTeam()].map(nameByPlace);
}

/**
 * Returns both teams as given, checked. Throws Refused.
 * @param {object} format
 * @param {unknown} given {p1: team, p2: team}, a team being a list of Pokemon or Showdown's packed text
 * @param {boolean} strict whether the format's own validator must agree
 */
export function checkTeams(format, given, strict) {
  require(given !== null && typeof given === "object", "the option teams is a map of p1 and p2");
  return ["p1", "p2"].map((side) => {
    const team = checkTeam(Dex.forFormat(format), side, given[side]);
    if (strict) validate(format, side, team);
    return nameByPlace(team);
  });
}

function checkTeam(dex, side, given) {
  const team = typeof given === "string" ? Teams.unpack(given) : given;
  require(Array.isArray(team), `${side} has no team: a list of Pokemon, or Showdown's packed text`);
  require(team.length >= 1 && team.length <= 6, `${side} has ${team.length} Pokemon: a team has 1 to 6`);
  const sets = team.map((set, place) => checkSet(dex, `${side}, Pokemon ${place + 1}`, set));
  const damages = sets.some((set) => set.moves.some((move) => dex.moves.get(move).category !== "Status"));
  require(damages, `${side} has no move that does damage`);
  return sets;
}

function checkSet(dex, where, given) {
  require(given !== null && typeof given === "object", `${where}: a Pokemon is a map`);
  for (const key of TEXTS) require(given[key] == null || given[key] === false || isName(given[key]), `${where}: its ${key} is no text`);
  const species = find(dex.species, given.species ?? given.name, dex.gen, `${where}: species`);
  const { level = 100 } = given;
  require(Number.isInteger(level) && level >= 1 && level <= 100, `${where}: level ${level} is not from 1 to 100`);
  require(Array.isArray(given.moves) && given.moves.length >= 1, `${where} has no moves`);
  require(given.moves.length <= 4, `${where} has ${given.moves.length} moves: at most 4`);
  const moves = given.moves.map((move) => find(dex.moves, move, dex.gen, `${where}: move`).id);
  require(new Set(moves).size === moves.length, `${where} has a move twice`);
  require(!moves.includes("struggle"), `${where} has Struggle, which no Pokemon learns`);
  if (given.item) find(dex.items, given.item, dex.gen, `${where}: item`);
  const kept = Object.fromEntries(Object.entries(given).filter(([key, value]) => KEYS.has(key) && value != null));
  const usual = { gender: false, item: "", ability: dex.gen < 3 ? "No Ability" : species.abilities[0] };
  return { ...usual, ...kept, species: species.name, level, moves, ...checkSpread(dex, where, given) };
}

function isName(value) {
  return typeof value === "string" && value.length <= 100;
}

function find(table, name, gen, where) {
  require(isName(name), `${where} is no name`);
  const found = table.get(name);
  const ours = found.exists && found.gen >= 1 && found.gen <= gen && found.num > 0;
  require(ours && OFFICIAL.has(found.isNonstandard ?? ""), `${where} ${name} is unknown`);
  return found;
}

function checkSpread(dex, where, given) {
  const ivs = readSpread(given.ivs, dex.gen <= 2 ? 30 : 31, 31, `${where}: iv`);
  const evs = readSpread(given.evs, dex.gen <= 2 ? 255 : 84, 255, `${where}: ev`);
  if (dex.gen === 1) {
    require(ivs.spa === ivs.spd && evs.spa === evs.spd, `${where}: spa and spd are one stat in Generation 1`);
  }
  return { ivs, evs };
}

function readSpread(given, usual, most, where) {
  require(given == null || typeof given === "object", `${where}s are a map`);
  return Object.fromEntries(
    STATS.map((stat) => {
      const value = given?.[stat] ?? usual;
      require(Number.isInteger(value) && value >= 0 && value <= most, `${where} ${stat} ${value} is not from 0 to ${most}`);
      return [stat, value];
    }),
  );
}

function validate(format, side, team) {
  const problems = TeamValidator.get(format).validateTeam(structuredClone(team));
  require(problems === null, `${side} has an illegal team: ${problems?.slice(0, 3).join(" ")}`);
}
