/**
 * Writes tables.json: what the port takes from Showdown's data of Generation 1, as the mod resolves it.
 *
 *     node adapters/jax_target/gen1/tables.mjs          writes it
 *     node adapters/jax_target/gen1/tables.mjs --print  prints it
 *
 * The reference adapter beside it must be installed. README.md says what each column means.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

import { GROUPS } from "../../node_showdown/src/gen1/layout.mjs";
import { GEN1, MOVES, SPECIES, STATUSES, TYPES } from "../../node_showdown/src/gen1/tables.mjs";

const require = createRequire(new URL("../../node_showdown/package.json", import.meta.url));
const showdown = require("pokemon-showdown");

const STATS = ["hp", "atk", "def", "spe", "spa"];
const BOOSTS = ["atk", "def", "spe", "spa", "accuracy", "evasion"];
const CATEGORIES = ["Physical", "Special", "Status"];
/** Index is the number in a column; what no move of Generation 1 sets is not here, and stops the script. */
const VOLATILES = [
  "", "flinch", "confusion", "partiallytrapped", "disable", "mist", "leechseed", "minimize", "defensecurl",
  "lightscreen", "reflect", "focusenergy", "bide", "substitute", "partialtrappinglock", "lockedmove", "mustrecharge", "rage",
];

/** What a move may have and a battle of Generation 1 reads; all the rest of its data is about other generations, or words. */
const READ = new Set([
  "type", "target", "basePower", "accuracy", "critRatio", "priority", "category", "ignoreImmunity", "pp", "noPPBoosts", "flags", "multihit",
  "secondary", "secondaries", "ohko", "boosts", "condition", "volatileStatus", "self", "recoil", "status", "damage", "willCrit", "drain", "selfdestruct",
]);
/** Functions that the port writes out by hand, move by move. */
const CODED = new Set(["onHit", "onTryMove", "onMoveFail", "onTryHit", "damageCallback", "onTryImmunity", "onTry", "beforeMoveCallback"]);
const UNREAD = new Set([
  "effectType", "exists", "gen", "noCopy", "affectsFainted", "sourceEffect", "name", "fullname", "id", "num", "desc", "shortDesc", "contestType", "realMove",
  "isNonstandard", "baseMoveType", "hasSheerForceBoost", "ignoreNegativeOffensive", "ignorePositiveDefensive", "ignoreOffensive", "ignoreDefensive",
  "isZ", "isMax", "nonGhostTarget", "ignoreAbility", "spreadHit", "forceSTAB", "maxMove", "zMove", "onPrepareHit", "forceSwitch", "hasCrashDamage",
  "onModifyMove", "onHitField", "callsMove", "struggleRecoil",
]);

function numberIn(names, name, what) {
  const number = names.indexOf(name ?? "");
  if (number < 0) throw new Error(`${what} ${name} is new to the port`);
  return number;
}

function typeOf(name) {
  return name === "???" ? 0 : numberIn(TYPES, name, "the type");
}

function boostsOf(given) {
  const boosts = { ...given };
  if (boosts.spa !== boosts.spd) throw new Error("spa and spd are one stat in Generation 1");
  delete boosts.spd;
  for (const key of Object.keys(boosts)) numberIn(BOOSTS, key, "the boost");
  return BOOSTS.map((key) => boosts[key] ?? 0);
}

function fractionOf(given) {
  return given ?? [0, 1];
}

/** The numerator over 256 that is drawn with, as moveHit has it; 0 where nothing is drawn. */
function chanceOf(secondary) {
  if (!secondary) return 0;
  return Math.ceil((secondary.chance * 256) / 100) - (secondary.volatileStatus === "confusion" ? 1 : 0);
}

function multihitOf({ id, multihit }) {
  if (multihit === undefined || multihit === 2) return multihit ?? 0;
  if (String(multihit) !== "2,5") throw new Error(`${id} hits ${multihit} times`);
  return 5;
}

function checkMove(move) {
  for (const [key, value] of Object.entries(move)) {
    if (value !== undefined && !READ.has(key) && !CODED.has(key) && !UNREAD.has(key)) throw new Error(`${move.id} has ${key}, which is new to the port`);
  }
  if (move.secondaries && move.secondaries.length !== 1) throw new Error(`${move.id} has several secondary effects`);
}

function setOf(name) {
  const source = readFileSync(require.resolve("pokemon-showdown/dist/data/mods/gen1/scripts.js"), "utf8");
  const list = new RegExp(`${name} = (?:/\\*.*?\\*/ )?(?:new Set\\()?\\[([^\\]]*)\\]`).exec(source);
  return new Set(list[1].match(/\w+/g));
}

const SKIPPING = setOf("SKIP_LASTDAMAGE");
const TWO_TURN = setOf("TWO_TURN_MOVES");

const COLUMNS = {
  power: (move) => move.basePower,
  accuracy: (move) => (move.accuracy === true ? 0 : Math.floor((move.accuracy * 255) / 100)),
  pp: (move) => showdown.Battle.prototype.calculatePP.call({ gen: 1 }, move),
  type: (move) => typeOf(move.type),
  category: (move) => numberIn(CATEGORIES, move.category, "the category"),
  priority: (move) => move.priority,
  crit_ratio: (move) => move.critRatio,
  ignores_immunity: (move) => (move.ignoreImmunity ? 1 : 0),
  on_self: (move) => (move.target === "self" ? 1 : 0),
  hits: multihitOf,
  one_hit_ko: (move) => (move.ohko ? 1 : 0),
  self_destructs: (move) => (move.selfdestruct ? 1 : 0),
  level_damage: (move) => (move.damage === "level" ? 1 : 0),
  fixed_damage: (move) => (typeof move.damage === "number" ? move.damage : 0),
  recoil: (move) => fractionOf(move.recoil),
  drain: (move) => fractionOf(move.drain),
  boosts: (move) => boostsOf(move.boosts),
  status: (move) => numberIn(STATUSES, move.status, "the status"),
  volatile: (move) => numberIn(VOLATILES, move.volatileStatus, "the volatile"),
  self_volatile: (move) => numberIn(VOLATILES, move.self?.volatileStatus, "the volatile"),
  secondary_chance: (move) => chanceOf(move.secondary),
  secondary_boosts: (move) => boostsOf(move.secondary?.boosts),
  secondary_status: (move) => numberIn(STATUSES, move.secondary?.status, "the status"),
  secondary_volatile: (move) => numberIn(VOLATILES, move.secondary?.volatileStatus, "the volatile"),
  two_turn: (move) => (TWO_TURN.has(move.id) ? 1 : 0),
  callable: (move) => (move.flags.metronome && (!move.isNonstandard || move.isNonstandard === "Unobtainable") ? 1 : 0),
  keeps_last_damage: (move) => (SKIPPING.has(move.id) ? 1 : 0),
};

/** What a thawed Pokemon uses that has never selected a move: runMove in the mod's scripts makes it of Fissure. */
const NO_MOVE = { ...GEN1.moves.get("fissure"), basePower: 102, ohko: undefined, flags: {}, type: "???", category: "Special", accuracy: (100 * 81) / 256, pp: 10 };

function takeTables() {
  const moves = [NO_MOVE, ...MOVES.slice(1)];
  const species = SPECIES.slice(1);
  moves.forEach(checkMove);
  return {
    types: TYPES,
    statuses: STATUSES,
    volatiles: VOLATILES,
    chart: TYPES.map((attacking) => TYPES.map((defending) => (attacking && defending ? GEN1.types.get(defending).damageTaken[attacking] : 0))),
    species: {
      name: species.map(({ name }) => name),
      stats: species.map(({ baseStats }) => STATS.map((stat) => baseStats[stat])),
      types: species.map(({ types }) => [typeOf(types[0]), types[1] ? typeOf(types[1]) : 0]),
    },
    moves: {
      name: moves.map(({ name }) => name),
      coded: moves.map((move) => Object.keys(move).filter((key) => CODED.has(key) && move[key] !== undefined).join(" ")),
      ...Object.fromEntries(Object.entries(COLUMNS).map(([name, column]) => [name, moves.map(column)])),
    },
    layout: Object.fromEntries(GROUPS.flatMap(([prefix, rows]) => rows.map(([key, low, high, dtype, shape]) => [`${prefix}${key}`, [low, high, dtype ?? "", shape ?? []]]))),
  };
}

function writeRows(value, depth) {
  if (depth === 0 || value === null || typeof value !== "object" || Array.isArray(value)) return JSON.stringify(value);
  const rows = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${writeRows(inner, depth - 1)}`);
  return `{\n${rows.join(",\n")}\n}`;
}

const text = `${writeRows(takeTables(), 2)}\n`;
if (process.argv.includes("--print")) process.stdout.write(text);
else writeFileSync(new URL("tables.json", import.meta.url), text);
