/** Which of Showdown's formats an environment plays. */

import showdown from "pokemon-showdown";

import { require } from "./refusals.mjs";

const { Dex, Teams } = showdown;

/** Words of a choice that do more than choose a move, by the generation that has them. */
const EXTRAS = { 6: ["mega"], 7: ["mega", "ultra", "zmove"], 8: ["dynamax"], 9: ["terastallize"] };
const ALL_EXTRAS = ["mega", "ultra", "zmove", "dynamax", "terastallize", "megax", "megay"];

/** The moves of four slots, then the six places of the team. */
export const PLAIN_ACTIONS = 10;

/**
 * Returns a format that can be played. Throws Refused.
 * @param {string} name as in `gen4randombattle` or `[Gen 4] OU`, custom rules included
 */
export function findFormat(name) {
  require(typeof name === "string" && name.length < 500, "the format is a name, such as gen4randombattle");
  let format;
  try {
    format = Dex.formats.get(name, true);
  } catch (error) {
    require(false, `the format ${name}: ${error.message}`);
  }
  require(format.exists && format.effectType === "Format", `no format is called ${name}`);
  const dex = Dex.forFormat(format);
  require(dex.gen >= 1 && dex.gen <= 9, `${format.name} belongs to no generation`);
  require(format.gameType === "singles", `${format.name} is played as ${format.gameType}: only singles are offered`);
  return format;
}

/** Returns whether battles of the format have the canonical state of Generation 1. */
export function isCanonical(format) {
  const rules = Dex.formats.getRuleTable(format);
  return format.mod === "gen1" && !format.debug && !rules.has("teampreview") && !format.onModifySpecies && !rules.pickedTeamSize;
}

/** Returns the extra words of the action table, in its order; null stands for any format. */
export function extrasOf(format) {
  return format === null ? ALL_EXTRAS : (EXTRAS[Dex.forFormat(format).gen] ?? []);
}

/**
 * Returns what makes teams for a format: its own generator, else Challenge Cup's, else that of its generation's random battles.
 * @param {object} format
 * @param {object} prng drawn from for both teams, one after the other
 */
export function makeTeamGenerator(format, prng) {
  const gen = Dex.forFormat(format).gen;
  const challenge = Dex.formats.get(`gen${gen}challengecup`);
  const source = format.team ? format : challenge.exists ? challenge : Dex.formats.get(`gen${gen}randombattle`);
  return Teams.getGenerator(source, prng);
}
