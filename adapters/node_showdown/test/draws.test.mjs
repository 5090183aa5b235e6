/** Every draw is recorded: as many as the generator moved on, each with the value that its domain gives; recording changes nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Showdown } from "../src/environment.mjs";
import { Chooser, anyTeam, playBattle, plain } from "./battles.mjs";

const MASK = (1n << 64n) - 1n;
const advance = (seed) => (seed * 0x5d588b656c078965n + 0x269ec3n) & MASK;
const seedOf = ({ rng }) => (BigInt(rng[0]) << 32n) | BigInt(rng[1]);

/** Returns what a domain makes of the generator's upper 32 bits. */
function valueOf(domain, seed) {
  const [kind, low, high] = domain.split(" ");
  const scaled = (count) => Number(((seed >> 32n) * BigInt(count)) >> 32n);
  if (kind === "random") return Number(low) + scaled(Number(high) - Number(low));
  if (kind === "chance") return scaled(high) < Number(low) ? 1 : 0;
  return scaled(low);
}

test("draws are complete, and are what the generator gives", () => {
  const environment = new Showdown("gen1ubers");
  const sites = new Set();
  for (let number = 0; number < 8; number += 1) {
    const chooser = new Chooser(number);
    const options = { draws: true, teams: { p1: anyTeam(chooser), p2: anyTeam(chooser) } };
    for (const { step, next } of playBattle(environment, BigInt(number), options, chooser)) {
      let seed = seedOf(step.state);
      for (const { site, domain, value } of next.draws) {
        seed = advance(seed);
        assert.equal(value, String(valueOf(domain, seed)), `${site}: ${domain}`);
        assert.match(site, /^[\w ]+$/);
        sites.add(site);
      }
      assert.equal(seed, seedOf(next.state), "a draw is missing");
    }
  }
  for (const site of ["getDamage", "tryMoveHit", "moveHit", "runEvent SetStatus", "par onBeforeMove", "slp onStart"]) {
    assert.ok(sites.has(site), `${site} is not among ${[...sites].sort().join(", ")}`);
  }
});

test("recording changes nothing", () => {
  const play = (draws) => [...playBattle(new Showdown("gen1randombattle"), 5n, { draws }, new Chooser(5))].map(({ next }) => plain(next));
  const bare = play(false);
  const recorded = play(true).map(({ draws, ...rest }) => (assert.ok(draws), rest));
  assert.deepEqual(recorded, bare);
});
