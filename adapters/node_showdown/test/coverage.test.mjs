/** Teams that seek coverage: what `teams` would accept, every species and move among them, the same for a seed in every process. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { ENVIRONMENTS } from "../src/environments.mjs";
import { findFormat } from "../src/formats.mjs";
import { drawCoverageTeams } from "../src/gen1/coverage.mjs";
import { GEN1 } from "../src/gen1/tables.mjs";
import { checkTeams } from "../src/teams.mjs";
import { Chooser, playBattle } from "./battles.mjs";

const FORMAT = findFormat("gen1ubers");
const SEEDS = Array.from({ length: 1200 }, (_, index) => 1_000_000n + BigInt(index));

function drawAll() {
  return SEEDS.map((seed) => drawCoverageTeams(FORMAT, seed));
}

if (process.argv[2] === "--teams") console.log(JSON.stringify(drawAll().slice(0, 50)));
else {
  const pairs = drawAll();

  test("every team is one that the option takes", () => {
    for (const [p1, p2] of pairs) checkTeams(FORMAT, { p1, p2 }, false);
  });

  test("every species, move, size and many a level and DV are drawn", () => {
    const sets = pairs.flat(2);
    const distinct = (valueOf) => new Set(sets.flatMap(valueOf)).size;
    assert.equal(distinct(({ species }) => [species]), 151);
    assert.equal(distinct(({ moves }) => moves), 164);
    assert.equal(distinct(({ moves }) => [moves.length]), 4);
    assert.equal(distinct(({ level }) => [level]), 100);
    assert.equal(distinct(({ ivs }) => [ivs.atk]), 16);
    assert.equal(new Set(pairs.flat().map((team) => team.length)).size, 5);
  });

  test("in some battles every Pokemon knows only what its species learns", () => {
    const learns = ({ species, moves }) => moves.every((move) => GEN1.species.getMovePool(GEN1.species.get(species).id).has(move));
    const learned = pairs.filter((pair) => pair.flat().every(learns)).length;
    assert.ok(learned > pairs.length / 6 && learned < pairs.length / 2, `${learned} of ${pairs.length}`);
  });

  test("some sides have the same Pokemon, so that speeds tie", () => {
    const speciesOf = (team) => team.map(({ species, level }) => species + level).join();
    assert.ok(pairs.filter(([p1, p2]) => speciesOf(p1) === speciesOf(p2)).length > pairs.length / 20);
  });

  test("a seed gives the same teams in another process", () => {
    const other = execFileSync(process.execPath, [fileURLToPath(import.meta.url), "--teams"], { encoding: "utf8" });
    assert.equal(JSON.stringify(pairs.slice(0, 50)), other.trim());
  });

  test("the battles are played, and can be loaded", () => {
    const environment = ENVIRONMENTS.gen1coverage();
    for (const seed of SEEDS.slice(0, 4)) assert.ok([...playBattle(environment, seed, {}, new Chooser(seed))].length > 0);
    assert.equal(typeof environment.load, "function");
  });
}
