/** The action table: what each number chooses for a player now, as Showdown takes it. README.md has the table. */

import { PLAIN_ACTIONS } from "./formats.mjs";
import { placeOf } from "./places.mjs";

const SLOTS = 4;

/**
 * Returns the choice that each action stands for, null where it is not legal; or null where the player is not asked.
 *
 * What only Showdown knows counts: a hidden trap or a hidden disabling makes an action illegal before it is tried.
 * @param {import("pokemon-showdown").Side} side
 * @param {string[]} extras
 * @returns {(string | null)[] | null}
 */
export function choicesOf(side, extras) {
  const request = side.activeRequest;
  if (!request || request.wait) return null;
  const choices = new Array(PLAIN_ACTIONS + SLOTS * extras.length).fill(null);
  if (request.teamPreview) offerLeads(choices, side);
  else if (request.forceSwitch) offerSwitches(choices, side, isReviving(side));
  else {
    if (!isLost(side)) offerMoves(choices, side.active[0], request.active[0], extras);
    if (!side.active[0].trapped) offerSwitches(choices, side, false);
  }
  return choices;
}

function offerLeads(choices, side) {
  side.pokemon.forEach((pokemon, index) => (choices[SLOTS + placeOf(pokemon)] = `team ${index + 1}`));
}

function isReviving(side) {
  return Boolean(side.slotConditions[0].revivalblessing);
}

function offerSwitches(choices, side, fainted) {
  side.pokemon.forEach((pokemon, index) => {
    if (index > 0 && pokemon.fainted === fainted) choices[SLOTS + placeOf(pokemon)] = `switch ${index + 1}`;
  });
}

/**
 * Returns whether Showdown would throw at any move ("moveSlot is null which shouldn't happen"), as `Side.commitChoices` does in Generation 1
 * where no slot is chosen and the one selected last is gone: Transform has taken it away.
 */
function isLost(side) {
  const [pokemon] = side.active;
  if (side.battle.gen !== 1 || pokemon.getMoveSlot(side.lastSelectedMoveSlot) !== null) return false;
  return ["frz", "slp"].includes(pokemon.status) || Boolean(pokemon.getLockedMove() || pokemon.getSemiLockedMove());
}

function offerMoves(choices, pokemon, active, extras) {
  const known = active.moves.length > 1 || active.moves[0].pp !== undefined ? pokemon.getMoves() : [];
  const open = active.moves.map((move, index) => !move.disabled && !known[index]?.disabled);
  active.moves.forEach((_, index) => {
    if (open[index]) choices[index] = `move ${index + 1}`;
  });
  extras.forEach((extra, row) => {
    active.moves.forEach((_, index) => {
      if (isOffered(active, extra, index, open[index])) choices[PLAIN_ACTIONS + SLOTS * row + index] = `move ${index + 1} ${extra}`;
    });
  });
}

function isOffered(active, extra, index, open) {
  switch (extra) {
    case "mega":
      return open && Boolean(active.canMegaEvo);
    case "megax":
      return open && Boolean(active.canMegaEvoX);
    case "megay":
      return open && Boolean(active.canMegaEvoY);
    case "ultra":
      return open && Boolean(active.canUltraBurst);
    case "terastallize":
      return open && Boolean(active.canTerastallize);
    case "zmove":
      return Boolean(active.canZMove?.[index]);
    default:
      return Boolean(active.canDynamax) && !(active.maxMoves.maxMoves[index]?.disabled ?? true);
  }
}
