/** Other generations: their snapshots go on as they did, and nothing of one battle stays in the next. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Showdown } from "../src/environment.mjs";
import { Chooser, SCALE, chooseLegal, plain } from "./battles.mjs";

const FORMATS = ["gen2randombattle", "gen4randombattle", "gen5customgame", "gen7randombattle", "gen8randombattle", "gen9randombattle"];

for (const format of FORMATS) {
  test(`${format}: a restored snapshot goes on as the battle did`, () => {
    const [live, twin] = [new Showdown(format), new Showdown(format)];
    twin.reset(0n, {});
    for (let number = 0; number < SCALE; number += 1) {
      const chooser = new Chooser(number);
      let step = live.reset(BigInt(number) + 40n, {});
      for (let count = 0; count < 60 && !step.terminated; count += 1) {
        if (count % 5 === 0) twin.restore(live.snapshot());
        const action = chooseLegal(chooser, step.legal);
        step = live.step(action);
        assert.deepEqual(plain(twin.step(action)), plain(step), `battle ${number}, step ${count + 1}`);
      }
    }
  });
}

test("every environment says what it is", () => {
  assert.equal(new Showdown("gen4randombattle").description.actions.items.p1.n, 10);
  assert.equal(new Showdown("gen9randombattle").description.actions.items.p2.n, 14);
  assert.equal(new Showdown("gen1randombattle").description.fields["state.p1.stats"].shape.join(), "6,5");
  assert.equal(typeof new Showdown("gen4randombattle").load, "undefined");
});
