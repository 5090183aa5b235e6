/** A Pokemon's place in its original team, which it keeps wherever it stands: its nickname is that place, counted from one. */

/** @param {import("pokemon-showdown").Pokemon} pokemon */
export function placeOf(pokemon) {
  return pokemon.name.charCodeAt(0) - 49;
}

/**
 * Returns the team with every Pokemon named by its place.
 * @param {object[]} team
 */
export function nameByPlace(team) {
  return team.map((set, place) => ({ ...set, name: String(place + 1) }));
}
