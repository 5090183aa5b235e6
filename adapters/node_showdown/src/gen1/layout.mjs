/**
 * What a canonical state of Generation 1 holds: each entry is [key, lowest, highest], and with a dtype and a shape an array.
 * README.md explains them.
 */

const PLACES = 6;
const SLOTS = 4;
// Showdown holds a modified stat to 999 only when it is raised: one that is lowered from six stages to five can be 3.5 times the stored one.
const MODIFIED_MAX = 3_496;

/** One row a place in the original team. */
export const TEAM = [
  ["species", 0, 151, "uint8", [PLACES]],
  ["level", 0, 100, "uint8", [PLACES]],
  ["stats", 0, 999, "int16", [PLACES, 5]],
  ["hp", 0, 999, "int16", [PLACES]],
  ["moves", 0, 164, "uint8", [PLACES, SLOTS]],
  ["pp", 0, 63, "uint8", [PLACES, SLOTS]],
  ["status", 0, 6, "uint8", [PLACES]],
  ["sleep", 0, 7, "uint8", [PLACES]],
  ["rested", 0, 1, "uint8", [PLACES]],
  ["seen", 0, 1, "uint8", [PLACES]],
  ["sub_broken", 0, 1, "uint8", [PLACES]],
];

/** What belongs to the player. */
export const SIDE = [
  ["request", 0, 2],
  ["active", 0, PLACES - 1],
  ["switch_speed", 0, MODIFIED_MAX],
  ["selected", 0, 255],
  ["selected_slot", 0, SLOTS - 1],
  ["shown_selected", 0, 255],
  ["shown_used", 0, 165],
];

/** What the Pokemon that is out has beside its place in the team. */
export const ACTIVE = [
  ["species", 0, 151],
  ["types", 0, 15, "uint8", [2]],
  ["stored", 0, 999, "int16", [4]],
  ["modified", 0, MODIFIED_MAX, "int16", [4]],
  ["boosts", -6, 6, "int8", [6]],
  ["moves", 0, 165, "uint8", [SLOTS]],
  ["pp", 0, 63, "uint8", [SLOTS]],
  ["virtual", 0, 1, "uint8", [SLOTS]],
  ["used", 0, 1, "uint8", [SLOTS]],
  ["transformed", 0, 1],
  ["last_move", 0, 165],
  ["maybe_locked", 0, 1],
];

const DAMAGE_MAX = 2 ** 31 - 1;

/** What it suffers or does for the moment; 0 where it does not. */
export const VOLATILE = [
  ["bide", 0, 3],
  ["bide_damage", 0, DAMAGE_MAX],
  ["confusion", 0, 5],
  ["disable", 0, 8],
  ["disable_slot", 0, SLOTS - 1],
  ["disable_move", 0, 165],
  ["fake_trapped", 0, 2],
  ["fake_trapped_by", 0, PLACES],
  ["flinch", 0, 1],
  ["focus_energy", 0, 1],
  ["invulnerable", 0, 1],
  ["leech_seed", 0, 1],
  ["light_screen", 0, 1],
  ["locked_move", 0, 165],
  ["locked_turns", -1000, 3],
  ["locked_accuracy", 0, 255],
  ["mist", 0, 1],
  ["rage", 0, 255],
  ["recharge", 0, 1],
  ["reflect", 0, 1],
  ["substitute", 0, 255],
  ["toxic", 0, 1],
  ["toxic_counter", 0, 10_000],
  ["trapped", 0, 2],
  ["trapped_by", 0, PLACES],
  ["trapped_maybe", 0, 1],
  ["trapped_move", 0, 165],
  ["trapping", 0, 5],
  ["trapping_total", 0, 5],
  ["trapping_move", 0, 165],
  ["trapping_damage", 0, DAMAGE_MAX],
  ["trapping_place", 0, PLACES],
  ["two_turn_move", 0, 165],
];

/** What belongs to the battle. */
export const BATTLE = [
  ["turn", 1, 1001],
  ["winner", 0, 3],
  ["last_damage", 0, DAMAGE_MAX],
  ["rng", 0, 2 ** 32 - 1, "uint32", [2]],
];

/** The groups of entries, by the path they lie under. */
export const GROUPS = [
  ["", BATTLE],
  ...["p1", "p2"].flatMap((side) => [
    [`${side}.`, [...TEAM, ...SIDE]],
    [`${side}.active_pokemon.`, ACTIVE],
    [`${side}.volatile.`, VOLATILE],
  ]),
];

/** Returns the declaration of every leaf: path -> {kind, dtype, shape}. */
export function declareState() {
  const entries = GROUPS.flatMap(([prefix, rows]) => rows.map((row) => [`state.${prefix}${row[0]}`, row]));
  const declare = ([, , , dtype, shape]) => (dtype ? { kind: "array", dtype, shape } : { kind: "int" });
  return Object.fromEntries(entries.map(([path, row]) => [path, declare(row)]));
}
