/** What a player may know of a battle of any generation, in short: README.md has the table. */

import { placeOf } from "../places.mjs";
import { percent } from "../gen1/observation.mjs";

export const LENGTH = 2 + 2 * 6 * 3 + 2 * 7;

/**
 * @param {import("pokemon-showdown").Battle} battle
 * @param {number} player 0 or 1
 */
export function observe(battle, player) {
  const out = new Float32Array(LENGTH);
  const [own, foe] = [battle.sides[player], battle.sides[1 - player]];
  out[0] = battle.turn;
  out[1] = own.requestState === "move" ? 1 : own.requestState === "switch" ? 2 : 0;
  [own, foe].forEach((side, index) => {
    for (const pokemon of side.pokemon) {
      const at = 2 + 18 * index + 3 * placeOf(pokemon);
      if (side === foe && !pokemon.previouslySwitchedIn) continue;
      out[at] = (side === foe && pokemon.illusion ? pokemon.illusion : pokemon).species.num;
      out[at + 1] = percent(pokemon.hp, pokemon.maxhp);
      out[at + 2] = pokemon.isActive ? 1 : 0;
    }
    if (side.active[0]) out.set(Object.values(side.active[0].boosts), 38 + 7 * index);
  });
  return out;
}
