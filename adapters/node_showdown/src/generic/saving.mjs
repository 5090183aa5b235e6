/** Saves a live Battle as plain data, and makes one of it again, by Showdown's own toJSON and fromJSON. */

import showdown from "pokemon-showdown";

/** @param {import("pokemon-showdown").Battle} battle */
export function saveBattle(battle) {
  return battle.toJSON();
}

/** @param {object} saved as JSON gave it back; it is used up */
export function restoreBattle(saved) {
  const shorter = takeLongerSets(saved);
  const battle = showdown.Battle.fromJSON(saved);
  battle.restart(() => {});
  for (const [side, index, slots] of shorter) battle.sides[side].pokemon[index].baseMoveSlots = slots;
  return battle;
}

/**
 * Takes out what fromJSON fails on: a Pokemon that turned into one with fewer moves than its own. None of its slots is shared, so
 * they can be put back as they are.
 */
function takeLongerSets(saved) {
  const taken = [];
  saved.sides.forEach((side, number) => {
    side.pokemon.forEach((pokemon, index) => {
      if (!(pokemon.baseMoveSlots?.length > pokemon.moveSlots.length)) return;
      taken.push([number, index, pokemon.baseMoveSlots]);
      delete pokemon.baseMoveSlots;
    });
  });
  return taken;
}
