/** The environments by name. */

import { Showdown } from "./environment.mjs";
import { drawCoverageTeams } from "./gen1/coverage.mjs";

const GENERATIONS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** `gen1` is the ruleset of Ubers: Custom Game would replace the arithmetic of the cartridge. */
export const ENVIRONMENTS = {
  gen1: () => new Showdown("gen1ubers"),
  gen1coverage: () => new Showdown("gen1ubers", false, drawCoverageTeams),
  ...Object.fromEntries(GENERATIONS.map((gen) => [`gen${gen}randombattle`, () => new Showdown(`gen${gen}randombattle`)])),
  ...Object.fromEntries(GENERATIONS.map((gen) => [`gen${gen}customgame`, () => new Showdown(`gen${gen}customgame`)])),
  singles: () => new Showdown("gen9randombattle", true),
};
