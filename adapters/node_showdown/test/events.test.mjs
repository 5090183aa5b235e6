/** The log becomes records: cosmetic lines gone, secrets in full, everybody named by side and place. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Showdown } from "../src/environment.mjs";
import { recordsOf } from "../src/events.mjs";
import { Chooser, anyTeam, playBattle } from "./battles.mjs";

/** Every kind of record of Generation 1. */
const KINDS = new Set([
  "move", "switch", "faint", "cant", "win", "tie", "-damage", "-heal", "-status", "-curestatus", "-start", "-end", "-activate", "-boost",
  "-unboost", "-clearallboost", "-fail", "-miss", "-immune", "-notarget", "-crit", "-supereffective", "-resisted", "-ohko", "-hitcount",
  "-prepare", "-mustrecharge", "-transform", "-nothing", "-fieldactivate",
]);

test("a log, line by line", () => {
  const log = ["|", "|t:|1", "|move|p1a: 3|Psychic|p2a: 1", "|split|p2", "|-damage|p2a: 1|123/300 par", "|-damage|p2a: 1|41/100 par"];
  assert.deepEqual(recordsOf(log), ["move|p1:3|Psychic|p2:1", "-damage|p2:1|123/300 par"]);
  assert.deepEqual(recordsOf(["|-hint|so", "|-damage|p1a: 2|0 fnt|[from] psn|[of] p2a: 6", "|win|p1"]), [
    "-damage|p1:2|0 fnt|[from] psn|[of] p2:6",
    "win|p1",
  ]);
});

test("Generation 1 has these kinds of records and no others", () => {
  const environment = new Showdown("gen1ubers");
  const seen = new Set();
  for (let number = 0; number < 12; number += 1) {
    const chooser = new Chooser(number);
    const options = { teams: { p1: anyTeam(chooser), p2: anyTeam(chooser) } };
    for (const { next } of playBattle(environment, BigInt(number), options, chooser)) {
      for (const record of next.events) {
        seen.add(record.split("|")[0]);
        assert.doesNotMatch(record, /p[12][a-z]: |undefined|\[object/, record);
      }
    }
  }
  assert.deepEqual([...seen].filter((kind) => !KINDS.has(kind)), []);
  assert.ok(seen.size > 18, [...seen].join(" "));
});
