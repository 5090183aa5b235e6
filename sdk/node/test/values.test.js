import assert from "node:assert/strict";
import { test } from "node:test";

import { array } from "../src/array.js";
import { float } from "../src/number.js";
import { checkerOf, endOf, episode, scripted } from "./checker.js";

/** Returns the columns, or the words, of a Step 0 that shows these fields. */
async function shown(fields, declared, detail = "full") {
  const description = { actions: null, fields: declared };
  const checker = await checkerOf(() => ({ description, reset: () => fields, step: () => fields }));
  const answer = await checker.ask("reset", { lanes: [0], episodes: [episode(0)], detail });
  return answer.get("ends").length > 0 ? endOf(answer)[1] : Object.fromEntries(answer.get("columns"));
}

test("numbers travel by their declared kind", async () => {
  const declared = { a: { kind: "float" }, "a.exact": { kind: "int" }, b: { kind: "bytes" }, "list[*].*": { kind: "int" } };
  const fields = { a: { x: -0, exact: 3 }, wide: 2n ** 64n - 1n, said: float(1), b: Uint8Array.of(7), list: [{ x: 1 }] };
  const columns = await shown(fields, declared);
  assert.ok(Object.is(columns["a.x"][1][0], -0));
  assert.deepEqual(columns["a.x"][1].dtype, "float64");
  assert.deepEqual(columns["a.exact"][1], array(BigInt64Array.of(3n)));
  assert.deepEqual(columns["list[0].x"][1].dtype, "int64");
  assert.deepEqual(columns.wide[1], array(BigUint64Array.of(2n ** 64n - 1n)));
  assert.deepEqual(columns.said[1], array(Float64Array.of(1)));
  assert.deepEqual(columns.b, ["ragged", [Uint8Array.of(7)], null]);
});

test("values take the forms of the protocol", async () => {
  const grid = array(new Float32Array(6), [2, 3]);
  const columns = await shown({ grid, "Mr. Mime": null, list: ["a", []], gone: undefined, map: new Map([["__proto__", true]]) }, {});
  assert.deepEqual(Object.keys(columns), ["grid", '["Mr. Mime"]', "list[0]", "list[1]", "map.__proto__"]);
  assert.deepEqual(columns.grid, ["array", array(new Float32Array(6), [1, 2, 3]), null]);
  assert.deepEqual(columns["list[1]"], ["ragged", [[]], null]);
  assert.deepEqual(Object.keys(await shown({ obs: "a", events: "b" }, {}, "bare")), ["obs"]);
});

test("what cannot travel is told with its path", async () => {
  const deep = { inner: null };
  deep.inner = deep;
  const cases = [
    [{ state: { hp: 1 } }, /`state.hp` is the number 1, and not declared/],
    [{ obs: 1.5 }, /`obs` is 1.5, and declared an int/],
    [{ obs: 2 ** 53 }, /say it as a bigint/],
    [{ events: [undefined] }, /`events\[0\]` is a undefined/],
    [{ state: new Date() }, /`state` is an object of Date/],
    [{ state: 2n ** 64n }, /an int is between/],
    [{ action: true }, /the field `action` is reserved/],
    [{ legal: [true, 1] }, /`legal` holds/],
    [Promise.resolve({}), /a promise/],
    [deep, /a path of 64 keys/],
    [{ state: "x".repeat(2 ** 20 + 1) }, /longer than 1 MiB/],
    [{ state: { "\ud800": true } }, /is no Unicode text/],
  ];
  for (const [fields, words] of cases) assert.match(await shown(fields, { obs: { kind: "int" } }), words);
});

test("a leaf that comes and goes, and one of several kinds", async () => {
  const steps = [{ obs: 1n, a: 1n }, { a: -1n, obs: null }, { a: 2n ** 63n, obs: "x" }];
  const checker = await checkerOf(() => {
    let place = 0;
    return { description: { actions: { type: "discrete", n: 1 } }, reset: () => steps[(place = 0)], step: () => steps[++place] };
  });
  const columns = (await checker.ask("play", { lanes: [0], scripts: [[scripted(0, [0, 0])]] })).get("columns");
  assert.deepEqual(columns.get("obs"), ["ragged", [1, null, "x"], null]);
  assert.deepEqual(columns.get("a"), ["ragged", [1, -1, 2n ** 63n], null]);
  delete steps[1].a;
  const again = (await checker.ask("play", { lanes: [0], scripts: [[scripted(0, [0, 0])]] })).get("columns");
  assert.deepEqual(again.get("a"), ["scalar", array(BigUint64Array.of(1n, 0n, 2n ** 63n)), array(Uint8Array.of(1, 0, 1), [3], "bool")]);
});

test("an answer beyond a limit is failed and nothing follows", async () => {
  const heaps = Object.fromEntries(Array.from({ length: 300 }, (_, heap) => [`heap ${heap}`, Array(300).fill(true)]));
  assert.match(await shown(heaps, {}), /more than 65536 leaves/);
  let turn = 0;
  const checker = await checkerOf(() => {
    const fields = () => Object.fromEntries(Array.from({ length: 40_000 }, (_, place) => [`${turn}/${place}`, true]));
    return { description: {}, reset: fields, step: fields };
  });
  const seen = [];
  for (turn = 0; turn < 2; turn += 1) seen.push((await checker.reset([0])).get("columns").size);
  assert.deepEqual(seen, [40_000, 40_000]);
  const both = await checker.ask("reset", { lanes: [0, 1], episodes: [episode(0), episode(0)], detail: "full" });
  assert.equal(both.get("columns").size, 40_000);
});
