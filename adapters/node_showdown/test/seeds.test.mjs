/** A seed gives the same battle in every process, whatever was played before it. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Showdown } from "../src/environment.mjs";
import { battleGenerator, wordsOf } from "../src/seeds.mjs";
import { Chooser, playBattle, plain } from "./battles.mjs";

const FORMATS = ["gen1randombattle", "gen1ubers", "gen4randombattle", "gen9randombattle"];

/** Returns a digest of one battle of each format. */
export function digestOfBattles(seed, formats = FORMATS) {
  const hash = createHash("sha256");
  for (const format of formats) {
    for (const { next } of playBattle(new Showdown(format), seed, {}, new Chooser(seed), 30)) hash.update(JSON.stringify(plain(next)));
  }
  return hash.digest("hex");
}

if (process.argv[2] === "--digest") console.log(digestOfBattles(77n, [...FORMATS].reverse()));
else {
  test("a seed gives the same battle in another process", () => {
    digestOfBattles(76n);
    const other = execFileSync(process.execPath, [fileURLToPath(import.meta.url), "--digest"], { encoding: "utf8" }).trim();
    digestOfBattles(78n);
    assert.equal(digestOfBattles(77n, [...FORMATS].reverse()), other);
  });

  test("a seed is four words, high first, and the generator is a linear one of 64 bits", () => {
    assert.equal(wordsOf(0x0001_0002_0003_ffffn), "1,2,3,65535");
    const prng = battleGenerator(0xfedc_ba98_7654_3210n);
    let seed = 0xfedc_ba98_7654_3210n;
    for (let count = 0; count < 1000; count += 1) {
      prng.random(2);
      seed = (seed * 0x5d588b656c078965n + 0x269ec3n) & ((1n << 64n) - 1n);
      assert.equal(prng.getSeed(), wordsOf(seed));
    }
  });
}
