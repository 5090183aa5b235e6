/** Gives the Pokemon that is out what a canonical state says it suffers or does for the moment. */

import { GEN1, MOVES, moveId } from "./tables.mjs";
import { placeOf } from "../places.mjs";
import { require } from "../refusals.mjs";

/** Those that have nothing but their presence. */
const PLAIN = [
  ["flinch", "flinch", { duration: 1 }],
  ["focus_energy", "focusenergy", {}],
  ["invulnerable", "invulnerability", {}],
  ["leech_seed", "leechseed", {}],
  ["light_screen", "lightscreen", {}],
  ["mist", "mist", {}],
  ["recharge", "mustrecharge", {}],
  ["reflect", "reflect", {}],
];

/**
 * @param {import("pokemon-showdown").Side} side
 * @param {Record<string, number>} held
 */
export function addVolatiles(side, held) {
  const pokemon = side.active[0];
  const foe = (entry) => findFoe(side, entry, held[entry]);
  const add = (id, fields) => addVolatile(pokemon, id, fields);
  for (const [entry, id, fields] of PLAIN) if (held[entry]) add(id, fields);
  if (held.bide) add("bide", { time: held.bide, damage: held.bide_damage });
  if (held.confusion) add("confusion", { time: held.confusion });
  if (held.disable) addDisable(pokemon, held);
  if (held.fake_trapped) add("fakepartiallytrapped", { duration: held.fake_trapped, counterpart: foe("fake_trapped_by") });
  if (held.locked_move) {
    add("lockedmove", { move: moveId(held.locked_move), time: held.locked_turns, accuracy: held.locked_accuracy });
  }
  if (held.rage) add("rage", { move: "rage", accuracy: held.rage });
  if (held.substitute) add("substitute", { hp: held.substitute });
  if (held.toxic) add("residualdmg", { counter: held.toxic_counter });
  if (held.trapped) {
    const fields = { duration: held.trapped, source: foe("trapped_by"), sourceEffect: MOVES[held.trapped_move] };
    add("partiallytrapped", held.trapped_maybe ? { ...fields, maybeLocked: true } : fields);
  }
  if (held.trapping) addTrapping(pokemon, held, foe("trapping_place"));
  if (held.two_turn_move) add("twoturnmove", { move: moveId(held.two_turn_move) });
}

function addDisable(pokemon, held) {
  addVolatile(pokemon, "disable", { move: moveId(held.disable_move), slotIndex: held.disable_slot, time: held.disable });
  const slot = pokemon.moveSlots[held.disable_slot];
  if (slot) Object.assign(slot, { disabled: true, disabledSource: GEN1.conditions.getByID("disable").name });
}

function addTrapping(pokemon, held, locked) {
  const { trapping: duration, trapping_total: totalDuration, trapping_damage: damage } = held;
  addVolatile(pokemon, "partialtrappinglock", { move: moveId(held.trapping_move), duration, totalDuration, damage, locked });
}

function addVolatile(pokemon, id, fields) {
  const { battle, side } = pokemon;
  const source = side.foe.active[0];
  const name = battle.dex.conditions.getByID(id).name;
  pokemon.volatiles[id] = battle.initEffectState({ id, name, target: pokemon, source, sourceSlot: `${side.foe.id}a`, ...fields });
}

function findFoe(side, entry, number) {
  const found = side.foe.pokemon.find((pokemon) => placeOf(pokemon) === number - 1);
  require(found, `${side.id}.volatile.${entry}: nobody is there`);
  return found;
}
