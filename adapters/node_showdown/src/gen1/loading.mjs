/** Makes a live Battle of a canonical state of Generation 1. */

import showdown from "pokemon-showdown";

import { require } from "../refusals.mjs";
import { checkState } from "./checks.mjs";
import { GEN1, MOVES, SPECIES, STATS, STATUSES, TYPES, BOOSTS, moveId } from "./tables.mjs";
import { addVolatiles } from "./volatiles.mjs";

const HP = { base: "hp", row: 0 };
const SPREAD = [HP, ...STATS.map((base, index) => ({ base, row: index + 1 }))];

/**
 * Returns a battle that goes on from the state. Throws Refused.
 * @param {object} format
 * @param {unknown} given
 * @param {(prng: object) => void} watch called with the generator before anything can be drawn
 */
export function loadBattle(format, given, watch) {
  const state = checkState(given);
  const [high, low] = state.rng;
  const prng = new showdown.PRNG([high >>> 16, high & 0xffff, low >>> 16, low & 0xffff].join(","));
  watch(prng);
  const teams = ["p1", "p2"].map((side) => teamOf(side, state[side]));
  const battle = beginBattle(format, prng, teams);
  battle.sides.forEach((side, index) => fillSide(side, state[`p${index + 1}`]));
  battle.sides.forEach((side, index) => addVolatiles(side, state[`p${index + 1}`].volatile));
  battle.turn = state.turn;
  battle.lastDamage = state.last_damage;
  if (state.winner > 0) endBattle(battle, state.winner);
  else askAgain(battle, state);
  return battle;
}

/** Makes the battle as Showdown makes those it has saved, and runs what its rules do at the beginning. */
function beginBattle(format, prng, teams) {
  const [p1, p2] = teams.map((team, index) => ({ name: `p${index + 1}`, team }));
  const battle = new showdown.Battle({ formatid: format.id, format, prng, deserialized: true, p1, p2 });
  battle.started = true;
  battle.sides[0].foe = battle.sides[1];
  battle.sides[1].foe = battle.sides[0];
  for (const rule of battle.ruleTable.keys()) {
    if (!"+*-!".includes(rule[0])) battle.dex.formats.get(rule).onBegin?.call(battle);
  }
  return battle;
}

function askAgain(battle, state) {
  const switching = state.p1.request === 2 || state.p2.request === 2;
  battle.midTurn = switching;
  battle.makeRequest(switching ? "switch" : "move");
}

function endBattle(battle, winner) {
  battle.ended = true;
  battle.winner = winner === 3 ? "" : `p${winner}`;
}

function teamOf(side, team) {
  const places = [0, 1, 2, 3, 4, 5].filter((place) => team.species[place] > 0);
  return places.map((place) => {
    const species = SPECIES[team.species[place]];
    const moves = team.moves.slice(place * 4, place * 4 + 4).filter((move) => move > 0).map(moveId);
    const usual = { ability: "No Ability", item: "", gender: false, ivs: {}, evs: {} };
    const set = { ...usual, name: String(place + 1), species: species.name, level: team.level[place], moves };
    for (const { base, row } of SPREAD) findSpread(side, set, species, base, team.stats[place * 5 + row]);
    [set.ivs.spd, set.evs.spd] = [set.ivs.spa, set.evs.spa];
    return set;
  });
}

/**
 * Gives every Pokemon, of the DVs and stat experience that come to its speed, the highest, as one that is loaded has: no state tells which it has,
 * but a Pokemon that transforms is noted with the speed that it would have as the other species, which ties go by until the turn ends.
 * @param {object[]} team
 */
export function settleSpeeds(team) {
  return team.map((given) => {
    const set = { ...given, ivs: { ...given.ivs }, evs: { ...given.evs } };
    const species = GEN1.species.get(set.species);
    const trained = (set.ivs.spe & 30) + Math.floor(set.evs.spe / 4);
    const wanted = Math.floor(((2 * species.baseStats.spe + trained) * set.level) / 100) + 5;
    findSpread("", set, species, "spe", wanted);
    return set;
  });
}

/** Finds the highest DV and stat experience that give the stat: more than one pair may, and all play alike. */
function findSpread(side, set, species, base, wanted) {
  for (let iv = 30; iv >= 0; iv -= 2) {
    for (let ev = 252; ev >= 0; ev -= 4) {
      const inner = Math.floor(((2 * species.baseStats[base] + iv + Math.floor(ev / 4)) * set.level) / 100);
      if (inner + (base === "hp" ? set.level + 10 : 5) === wanted) {
        set.ivs[base] = iv;
        set.evs[base] = ev;
        return;
      }
    }
  }
  require(false, `${side}, Pokemon ${set.name}: no ${species.name} of level ${set.level} has ${base} ${wanted}`);
}

function fillSide(side, team) {
  side.pokemon.forEach((pokemon, place) => fillPokemon(pokemon, team, place));
  const out = side.pokemon[team.active];
  [side.pokemon[0], side.pokemon[team.active]] = [out, side.pokemon[0]];
  side.pokemon.forEach((pokemon, position) => (pokemon.position = position));
  side.active[0] = out;
  if (out.fainted) {
    if (team.request === 2) {
      Object.assign(out, { status: "fnt", switchFlag: true });
      out.modifiedStats.spe = team.switch_speed;
      side.faintedThisTurn = out; // spares its successor the poison or burn of switching in
    }
  } else fillActive(out, team.active_pokemon);
  side.pokemonLeft = side.pokemon.filter((pokemon) => !pokemon.fainted).length;
  side.totalFainted = side.pokemon.length - side.pokemonLeft;
  side.lastSelectedMove = moveId(team.selected);
  side.lastSelectedMoveSlot = team.selected_slot;
  side.lastEnemySelectedMove = moveId(team.shown_selected);
  side.lastEnemyMove = MOVES[team.shown_used] ?? null;
}

function fillPokemon(pokemon, team, place) {
  pokemon.baseMoveSlots.forEach((slot, index) => (slot.pp = team.pp[place * 4 + index]));
  pokemon.previouslySwitchedIn = team.seen[place];
  pokemon.hp = team.hp[place];
  if (pokemon.hp === 0) {
    Object.assign(pokemon, { fainted: true, faintQueued: true });
    return;
  }
  pokemon.status = STATUSES[team.status[place]];
  pokemon.statusState = pokemon.battle.initEffectState({ id: pokemon.status, target: pokemon });
  if (pokemon.status === "slp") {
    pokemon.statusState.time = team.sleep[place];
    pokemon.statusState.source = team.rested[place] ? pokemon : pokemon.side.foe.pokemon[0];
  }
  pokemon.subFainted = team.sub_broken[place] ? true : null;
  pokemon.setSpecies(pokemon.baseSpecies); // its status weakens a stat while it waits
}

function fillActive(pokemon, active) {
  Object.assign(pokemon, { isActive: true, isStarted: true });
  pokemon.transformed = active.transformed === 1;
  pokemon.maybeLocked = active.maybe_locked === 1;
  pokemon.species = SPECIES[active.species];
  pokemon.setType(active.types.filter((type) => type > 0).map((type) => TYPES[type]), true);
  STATS.forEach((stat, index) => {
    pokemon.storedStats[stat] = active.stored[index];
    pokemon.modifiedStats[stat] = active.modified[index];
  });
  [pokemon.storedStats.spd, pokemon.modifiedStats.spd] = [pokemon.storedStats.spa, pokemon.modifiedStats.spa];
  BOOSTS.forEach((boost, index) => (pokemon.boosts[boost] = active.boosts[index]));
  pokemon.boosts.spd = pokemon.boosts.spa;
  pokemon.moveSlots = active.moves.filter((move) => move > 0).map((move, index) => slotOf(pokemon, active, move, index));
  pokemon.lastMove = active.last_move ? GEN1.getActiveMove(moveId(active.last_move)) : null;
}

/** Returns the slot of its own set, which is one object in both lists, or a borrowed one. */
function slotOf(pokemon, active, move, index) {
  const own = pokemon.baseMoveSlots[index];
  const { id, name, target } = MOVES[move];
  const borrowed = active.virtual[index] === 1;
  const where = `${pokemon.side.id}.active_pokemon`;
  require(borrowed || own?.id === id, `${where}.moves[${index}]: only a virtual slot holds another move than its set`);
  const maxpp = pokemon.battle.calculatePP(MOVES[move], pokemon.ppUps[index] ?? 0);
  const slot = borrowed ? { move: name, id, maxpp, target, disabled: false, virtual: true } : own;
  require(borrowed || own.pp === active.pp[index], `${where}.pp[${index}] differs from the pp of its set`);
  return Object.assign(slot, { pp: active.pp[index], used: active.used[index] === 1 });
}
