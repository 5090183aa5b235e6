/** Says which rule a canonical state breaks, before a battle is made of it. */

import { require } from "../refusals.mjs";
import { GROUPS } from "./layout.mjs";
import { CANNOT_MOVE, MOVES, SPECIES_MAX, STRUGGLE } from "./tables.mjs";

/**
 * Returns the state with every array a flat list of numbers, or throws Refused.
 * @param {unknown} given
 */
export function checkState(given) {
  const state = { p1: { active_pokemon: {}, volatile: {} }, p2: { active_pokemon: {}, volatile: {} } };
  for (const [prefix, rows] of GROUPS) {
    const keys = prefix.split(".").slice(0, -1);
    const [from, into] = [given, state].map((tree) => keys.reduce((inner, key) => inner?.[key], tree));
    require(from !== null && typeof from === "object", `the state has no map ${prefix.slice(0, -1) || "at its top"}`);
    for (const row of rows) into[row[0]] = checkEntry(`${prefix}${row[0]}`, from[row[0]], row);
  }
  checkRequests(state);
  for (const side of ["p1", "p2"]) {
    checkTeam(side, state[side]);
    checkActive(side, state[side]);
  }
  return state;
}

function checkEntry(path, value, [key, low, high, , shape]) {
  require(value !== undefined, `the state has no ${path}`);
  const numbers = shape ? flatten(value) : [value];
  const count = shape ? shape.reduce((product, length) => product * length, 1) : 1;
  const isTooMany = key === "species" && shape && numbers.length > count;
  require(!isTooMany, `${path.slice(0, 2)} has ${numbers.length} Pokemon: a team has 1 to 6`);
  require(numbers.length === count, `${path} has ${numbers.length} numbers, not ${count}`);
  const bad = numbers.find((number) => !Number.isInteger(number) || number < low || number > high);
  require(bad === undefined, `${path}: ${WORDS[key] ?? ""}${bad} is not from ${low} to ${high}`);
  return shape ? numbers : value;
}

/** What a number of these entries is called. */
const WORDS = { species: "species ", moves: "move ", level: "level " };

function flatten(value) {
  return ArrayBuffer.isView(value) || Array.isArray(value) ? Array.from(value).flat(2).map(Number) : [];
}

function checkRequests({ winner, p1, p2 }) {
  const asked = `${p1.request}${p2.request}`;
  if (winner !== 0) require(asked === "00", "nobody is asked when the battle is over");
  else {
    const words = "both move (1), or whoever lost a Pokemon switches (2) while the other waits (0)";
    require(["11", "20", "02", "22"].includes(asked), `requests ${p1.request} and ${p2.request}: ${words}`);
  }
}

function checkTeam(side, team) {
  const count = team.species.filter((species) => species > 0).length;
  require(count >= 1, `${side} has 0 Pokemon: a team has 1 to 6`);
  require(team.species.lastIndexOf(0, count - 1) < 0, `${side}.species: empty places come last`);
  for (let place = 0; place < 6; place += 1) {
    if (place < count) checkPokemon(`${side}, Pokemon ${place + 1}`, team, place);
    else for (const key of ["level", "hp", "status", "seen"]) require(team[key][place] === 0, `${side}.${key}[${place}]: nobody is there`);
  }
  require(team.active < count, `${side}.active: nobody is there`);
}

function checkPokemon(where, team, place) {
  require(team.species[place] <= SPECIES_MAX, `${where}: species ${team.species[place]} is unknown`);
  require(team.level[place] >= 1, `${where}: level ${team.level[place]} is not from 1 to 100`);
  checkMoves(where, team.moves.slice(place * 4, place * 4 + 4), true);
  require(team.hp[place] <= team.stats[place * 5], `${where}: hp ${team.hp[place]} is more than it can have`);
  const asleep = team.hp[place] > 0 && team.status[place] === 1;
  require(asleep || (team.sleep[place] === 0 && team.rested[place] === 0), `${where} is not asleep: sleep and rested are 0`);
  require(team.hp[place] > 0 || team.status[place] === 0, `${where} has fainted: its status is 0`);
}

function checkMoves(where, moves, distinct) {
  const known = moves.filter((move) => move > 0);
  require(known.length > 0, `${where} has no moves`);
  require(moves.lastIndexOf(0, known.length - 1) < 0, `${where}: empty slots come last`);
  require(known.every((move) => MOVES[move]), `${where}: a move is unknown`);
  require(!distinct || !known.includes(STRUGGLE), `${where} has Struggle, which no Pokemon learns`);
  require(!distinct || new Set(known).size === known.length, `${where} has a move twice`);
}

function checkActive(side, team) {
  const { active_pokemon: active, volatile, request } = team;
  for (const key of ["selected", "shown_selected"]) {
    require(team[key] <= STRUGGLE || team[key] === CANNOT_MOVE, `${side}.${key}: move ${team[key]} is unknown`);
  }
  const standing = team.hp[team.active] > 0;
  require(request !== 1 || standing, `${side} is asked to move, and its Pokemon has fainted`);
  const mustSwitch = !standing && team.hp.some((hp) => hp > 0);
  require(request !== 2 || mustSwitch, `${side} is asked to switch: its Pokemon has fainted and another can fight`);
  require((request === 2) === (team.switch_speed > 0), `${side}.switch_speed is that of a fainted Pokemon, and above 0 only then`);
  const held = Object.entries(volatile).find(([, value]) => value !== 0);
  if (!standing) {
    require(active.species === 0 && held === undefined, `${side}.active_pokemon and ${side}.volatile are 0 when it has fainted`);
    return;
  }
  require(active.species >= 1 && active.types[0] >= 1, `${side}.active_pokemon has no species or type`);
  require([...active.stored, ...active.modified].every((stat) => stat >= 1), `${side}.active_pokemon: a stat is below 1`);
  checkMoves(`${side}.active_pokemon`, active.moves, false);
  for (const [key, needs] of NEEDED) require(!volatile[key] === !volatile[needs], `${side}.volatile: ${key} and ${needs} come together`);
}

/** Entries that are there together or not at all. */
const NEEDED = [
  ["disable", "disable_move"],
  ["fake_trapped", "fake_trapped_by"],
  ["trapped", "trapped_by"],
  ["trapped", "trapped_move"],
  ["trapping", "trapping_move"],
  ["trapping", "trapping_place"],
];
