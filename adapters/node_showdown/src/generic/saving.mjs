/** Saves a live Battle as bytes, and makes one of them again, by Showdown's own toJSON and fromJSON. */

import showdown from "pokemon-showdown";

/** @param {import("pokemon-showdown").Battle} battle */
export function saveBattle(battle) {
  return Buffer.from(JSON.stringify(battle.toJSON()));
}

/** @param {Uint8Array} bytes */
export function restoreBattle(bytes) {
  const saved = JSON.parse(Buffer.from(bytes).toString());
  const shorter = takeLongerSets(saved);
  const battle = showdown.Battle.fromJSON(saved);
  battle.restart(() => {});
  for (const [side, index, slots] of shorter) battle.sides[side].pokemon[index].baseMoveSlots = slots;
  return battle;
}

/** fromJSON fails on a Pokemon that turned into one with fewer moves than its own: none of its slots is shared, so they are put back as they are. */
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
