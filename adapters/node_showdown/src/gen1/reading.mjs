/** Reads the canonical state of Generation 1 from a live Battle that waits for choices, or has ended. */

import { BOOSTS, STATS, moveNumber, statusNumber, typeNumber } from "./tables.mjs";
import { placeOf } from "../places.mjs";

/**
 * @param {import("pokemon-showdown").Battle} battle
 * @returns {object} as layout.mjs has it
 */
export function readState(battle) {
  const words = battle.prng.rng.seed;
  return {
    turn: battle.turn,
    winner: winnerOf(battle),
    last_damage: battle.lastDamage,
    rng: Uint32Array.of(words[0] * 65536 + words[1], words[2] * 65536 + words[3]),
    p1: readSide(battle.sides[0]),
    p2: readSide(battle.sides[1]),
  };
}

/** Returns 0 while the battle goes on, 1 or 2 for the player who won, 3 for a tie. */
export function winnerOf(battle) {
  if (!battle.ended) return 0;
  return battle.winner === "" ? 3 : battle.winner === battle.sides[0].name ? 1 : 2;
}

function readSide(side) {
  const active = side.active[0];
  const out = active.fainted ? null : active;
  const request = requestOf(side);
  return Object.assign(readTeam(side), {
    request,
    active: placeOf(active),
    switch_speed: request === 2 ? active.modifiedStats.spe : 0,
    selected: moveNumber(side.lastSelectedMove),
    selected_slot: side.lastSelectedMoveSlot,
    shown_selected: moveNumber(side.lastEnemySelectedMove),
    shown_used: side.lastEnemyMove === null ? 0 : moveNumber(side.lastEnemyMove.id),
    active_pokemon: readActive(out, request === 1),
    volatile: readVolatiles(out === null ? {} : out.volatiles),
  });
}

function requestOf(side) {
  if (!side.activeRequest || side.activeRequest.wait) return 0;
  return side.activeRequest.forceSwitch ? 2 : 1;
}

function readTeam(side) {
  const team = {
    species: new Uint8Array(6),
    level: new Uint8Array(6),
    stats: shaped(new Int16Array(30), [6, 5]),
    hp: new Int16Array(6),
    moves: shaped(new Uint8Array(24), [6, 4]),
    pp: shaped(new Uint8Array(24), [6, 4]),
    status: new Uint8Array(6),
    sleep: new Uint8Array(6),
    rested: new Uint8Array(6),
    seen: new Uint8Array(6),
    sub_broken: new Uint8Array(6),
  };
  for (const pokemon of side.pokemon) readPokemon(team, placeOf(pokemon), pokemon);
  return team;
}

function readPokemon(team, place, pokemon) {
  team.species[place] = pokemon.baseSpecies.num;
  team.level[place] = pokemon.level;
  team.stats[place * 5] = pokemon.maxhp;
  STATS.forEach((stat, index) => {
    team.stats[place * 5 + 1 + index] = pokemon.baseStoredStats[stat];
  });
  team.seen[place] = pokemon.previouslySwitchedIn > 0 ? 1 : 0;
  pokemon.baseMoveSlots.forEach((slot, index) => {
    team.moves[place * 4 + index] = moveNumber(slot.id);
    team.pp[place * 4 + index] = slot.pp;
  });
  if (pokemon.fainted) return;
  team.hp[place] = pokemon.hp;
  team.status[place] = statusNumber(pokemon.status);
  if (pokemon.status === "slp") {
    team.sleep[place] = pokemon.statusState.time;
    team.rested[place] = pokemon.statusState.source?.side === pokemon.side ? 1 : 0;
  }
  team.sub_broken[place] = pokemon.subFainted ? 1 : 0;
}

/** Whether a lock is hidden is only kept for a player who is asked to move: else Showdown still holds what an earlier turn left. */
function readActive(pokemon, isMoving) {
  const active = {
    species: 0,
    types: new Uint8Array(2),
    stored: new Int16Array(4),
    modified: new Int16Array(4),
    boosts: new Int8Array(6),
    moves: new Uint8Array(4),
    pp: new Uint8Array(4),
    virtual: new Uint8Array(4),
    used: new Uint8Array(4),
    transformed: 0,
    last_move: 0,
    maybe_locked: 0,
  };
  if (pokemon === null) return active;
  active.species = pokemon.species.num;
  pokemon.types.forEach((type, index) => (active.types[index] = typeNumber(type)));
  STATS.forEach((stat, index) => {
    active.stored[index] = pokemon.storedStats[stat];
    active.modified[index] = pokemon.modifiedStats[stat];
  });
  BOOSTS.forEach((boost, index) => (active.boosts[index] = pokemon.boosts[boost]));
  pokemon.moveSlots.forEach((slot, index) => {
    active.moves[index] = moveNumber(slot.id);
    active.pp[index] = slot.pp;
    active.virtual[index] = slot.virtual ? 1 : 0;
    active.used[index] = slot.used ? 1 : 0;
  });
  active.transformed = pokemon.transformed ? 1 : 0;
  active.last_move = pokemon.lastMove === null ? 0 : moveNumber(pokemon.lastMove.id);
  active.maybe_locked = isMoving && pokemon.maybeLocked ? 1 : 0;
  return active;
}

function readVolatiles(held) {
  const { bide, disable, fakepartiallytrapped: fake, lockedmove: locked, partiallytrapped: trapped, partialtrappinglock: trapping } = held;
  return {
    bide: bide ? bide.time : 0,
    bide_damage: bide ? bide.damage : 0,
    confusion: held.confusion ? held.confusion.time : 0,
    disable: disable ? disable.time : 0,
    disable_slot: disable ? disable.slotIndex : 0,
    disable_move: disable ? moveNumber(disable.move) : 0,
    fake_trapped: fake ? fake.duration : 0,
    fake_trapped_by: fake ? placeOf(fake.counterpart) + 1 : 0,
    flinch: has(held.flinch),
    focus_energy: has(held.focusenergy),
    invulnerable: has(held.invulnerability),
    leech_seed: has(held.leechseed),
    light_screen: has(held.lightscreen),
    locked_move: locked ? moveNumber(locked.move) : 0,
    locked_turns: locked ? locked.time : 0,
    locked_accuracy: locked ? locked.accuracy : 0,
    mist: has(held.mist),
    rage: held.rage ? held.rage.accuracy : 0,
    recharge: has(held.mustrecharge),
    reflect: has(held.reflect),
    substitute: held.substitute ? held.substitute.hp : 0,
    toxic: has(held.residualdmg),
    toxic_counter: held.residualdmg ? held.residualdmg.counter : 0,
    trapped: trapped ? trapped.duration : 0,
    trapped_by: trapped ? placeOf(trapped.source) + 1 : 0,
    trapped_maybe: trapped?.maybeLocked ? 1 : 0,
    trapped_move: trapped ? moveNumber(trapped.sourceEffect.id) : 0,
    trapping: trapping ? trapping.duration : 0,
    trapping_total: trapping ? trapping.totalDuration : 0,
    trapping_move: trapping ? moveNumber(trapping.move) : 0,
    trapping_damage: trapping ? trapping.damage : 0,
    trapping_place: trapping ? placeOf(trapping.locked) + 1 : 0,
    two_turn_move: held.twoturnmove ? moveNumber(held.twoturnmove.move) : 0,
  };
}

function has(volatile) {
  return volatile ? 1 : 0;
}

/** Gives a typed array its shape, as the SDK reads it. */
function shaped(data, shape) {
  return Object.assign(data, { shape });
}
