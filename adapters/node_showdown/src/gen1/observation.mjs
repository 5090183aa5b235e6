/** What a player may know of a battle, as numbers: README.md has the table. It follows from the canonical state alone. */

const PLACES = [0, 1, 2, 3, 4, 5];
const SLOTS = [0, 1, 2, 3];

/** What both players see of the Pokemon that is out. */
const OPEN = ["focus_energy", "invulnerable", "leech_seed", "light_screen", "mist", "recharge", "reflect", "two_turn_move"];

/** What is seen to last, but not for how long. */
const ONGOING = ["bide", "confusion", "disable_move", "locked_move", "rage", "substitute", "trapped", "trapping"];

export const LENGTH = 1 + 2 + 6 * 15 + 1 + 34 + 6 * 5 + 33;

/**
 * @param {object} state canonical
 * @param {"p1" | "p2"} player
 */
export function observe(state, player) {
  const own = state[player];
  const foe = state[player === "p1" ? "p2" : "p1"];
  const out = [state.turn, own.request, foe.request];
  for (const place of PLACES) pushOwn(out, own, place);
  out.push(own.active);
  pushActive(out, own, true);
  for (const place of PLACES) pushFoe(out, foe, place);
  pushActive(out, foe, false);
  return Float32Array.from(out);
}

function pushOwn(out, team, place) {
  out.push(team.species[place], team.level[place], team.hp[place], team.stats[place * 5], team.status[place]);
  for (const slot of SLOTS) out.push(team.moves[place * 4 + slot], team.pp[place * 4 + slot]);
  out.push(team.seen[place], place === team.active ? 1 : 0);
}

function pushFoe(out, team, place) {
  if (!team.seen[place]) {
    out.push(0, 0, 0, 0, 0);
    return;
  }
  const hp = percent(team.hp[place], team.stats[place * 5]);
  out.push(team.species[place], team.level[place], hp, team.status[place], place === team.active ? 1 : 0);
}

/** HP as the opponent is shown it: in hundredths, rounded up, and 100 only when nothing is missing. */
export function percent(hp, maxhp) {
  const shown = Math.ceil((100 * hp) / maxhp);
  return shown === 100 && hp < maxhp ? 99 : shown;
}

/** Its owner knows its stats and what is left of its substitute; the opponent sees which moves it has used since it came. */
function pushActive(out, side, owned) {
  const { active_pokemon: active, volatile } = side;
  out.push(active.species, ...active.types, ...active.boosts);
  for (const slot of SLOTS) out.push(owned || active.used[slot] ? active.moves[slot] : 0);
  if (owned) out.push(...active.modified, volatile.substitute);
  else out.push(...active.used);
  for (const entry of OPEN) out.push(volatile[entry]);
  for (const entry of ONGOING) out.push(volatile[entry] ? 1 : 0);
}
