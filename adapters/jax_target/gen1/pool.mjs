/**
 * Draws the teams that the port's own resets choose from, with Showdown's generator of [Gen 1] Random Battle:
 *
 *     node adapters/jax_target/gen1/pool.mjs > adapters/jax_target/gen1/pool.json
 */

import { Showdown } from "../../node_showdown/src/environment.mjs";

const BATTLES = 64;

const environment = new Showdown("gen1randombattle");
const teams = Array.from({ length: BATTLES }, (_, seed) => environment.reset(BigInt(seed), {}).state).flatMap(({ p1, p2 }) => [p1, p2]);
const columns = ["species", "level", "stats", "moves"].map((name) => {
  const rows = teams.map((team) => JSON.stringify([...team[name]]));
  return `  "${name}": [\n    ${rows.join(",\n    ")}\n  ]`;
});
console.log(`{\n${columns.join(",\n")}\n}`);
