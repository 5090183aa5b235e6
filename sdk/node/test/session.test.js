import assert from "node:assert/strict";
import { test } from "node:test";

import { array } from "../src/array.js";
import { Float, float } from "../src/number.js";
import { Refused } from "../src/refused.js";
import { SplitMix64 } from "../src/splitmix.js";
import { Checker, endOf, episode, rowsOf } from "./checker.js";

const END = 1_000_000;

/** Walks a line from a seeded place; ends at END, throws at 13, refuses action 3 without saying so beforehand. */
class Walk {
  static description = {
    actions: { type: "discrete", n: 4, start: 0 },
    fields: { obs: { kind: "int" }, reward: { kind: "float" }, "state.at": { kind: "int" }, "state.marks[*].*": { kind: "int" } },
    components: ["double"],
  };

  reset(seed) {
    this.at = Number(seed % 1_000n);
    return this.seen();
  }

  step(action) {
    if (action === 3) throw new Refused("three is too much");
    this.at += action;
    if (this.at === 13) throw new Error("unlucky");
    return this.seen();
  }

  load(state) {
    this.at = state.at;
    return this.seen();
  }

  snapshot() {
    return new Uint8Array(Float64Array.of(this.at).buffer);
  }

  restore(bytes) {
    this.at = new Float64Array(bytes.buffer)[0];
  }

  call(component, [number]) {
    return component === "double" ? BigInt(2 * number) : null;
  }

  seen() {
    return {
      obs: this.at,
      reward: 0.5,
      terminated: this.at === END,
      legal: [true, true, this.at % 2 === 0, true],
      state: { at: this.at, empty: {}, marks: Array.from({ length: this.at % 3 }, (_, index) => ({ index })) },
    };
  }
}

async function checkerOf(factory) {
  const checker = new Checker(factory);
  const greeting = await checker.greet();
  assert.equal(greeting.get("type"), "hello", greeting.get("words"));
  return checker;
}

const walking = () => checkerOf(() => new Walk());
const scripted = (seed, actions) => {
  const column = ["scalar", array(BigInt64Array.from(actions, BigInt)), null];
  return episode(seed, { count: actions.length, actions: new Map([["", column]]) });
};

test("the greeting says what the environment describes and can do", async () => {
  const greeting = await new Checker(async () => new Walk()).greet();
  assert.deepEqual(greeting.get("capabilities"), ["call", "load", "snapshot"]);
  assert.deepEqual(Object.fromEntries(greeting.get("fields").get("reward")), { kind: "float", dtype: "", shape: [], optional: false });
  assert.deepEqual(Object.fromEntries(greeting.get("actions")), { type: "discrete", n: 4, start: 0 });
  const unknown = await new Checker(() => new Walk()).ask("hello", { protocol: 1, environment: "run" });
  assert.equal(unknown.get("words"), 'no environment "run"; there are: tested');
});

test("a description that is wrong fails in words", async () => {
  class Wrong extends Walk {
    static description = { fields: { obs: { kind: "number" } } };
  }
  const greeting = await new Checker(() => new Wrong()).greet();
  assert.match(greeting.get("words"), /the field `obs` is of no kind "number"/);
  assert.match((await new Checker(() => ({})).greet()).get("words"), /has a `description`/);
});

test("lanes are instances of their own", async () => {
  const checker = await walking();
  const answer = await checker.reset([4, 6]);
  assert.deepEqual(rowsOf(answer, "obs"), [4, 6]);
  assert.deepEqual(answer.get("runs"), [[0, 0, 0, 1], [1, 0, 0, 1]]);
  assert.ok(!answer.get("columns").has("reward"));
  assert.deepEqual(rowsOf(await checker.step(1, 2), "obs"), [8]);
  assert.deepEqual(rowsOf(await checker.step(0, 1), "obs"), [5]);
});

test("what is not possible is refused and changes nothing", async () => {
  const checker = await walking();
  assert.deepEqual(endOf(await checker.step(0, 1)), ["refused", "no step: the lane was not reset"]);
  await checker.reset([5]);
  for (const [action, words] of [[4, "not in the action space"], [2, "not legal now"], [new Float(1), "not in"], [3, "three is too much"]]) {
    const [kind, told] = endOf(await checker.step(0, action));
    assert.ok(kind === "refused" && told.includes(words), told);
  }
  assert.deepEqual(rowsOf(await checker.step(0, 1), "obs"), [6]);
  const answer = await checker.ask("load", { lanes: [0], states: [new Map([["at", END]])] });
  assert.deepEqual(rowsOf(answer, "obs"), [END]);
  assert.deepEqual(endOf(await checker.step(0, 1)), ["refused", "no step: the episode has ended"]);
});

test("an error fails its lane alone", async () => {
  const checker = await walking();
  await checker.reset([12, 1]);
  const answer = await checker.ask("step", { lanes: [0, 1], actions: [1, 1] });
  const [kind, words] = endOf(answer);
  assert.ok(kind === "failed" && /^Error: unlucky \(at Walk\.step .*session\.test\.js:/.test(words), words);
  assert.deepEqual(answer.get("runs"), [[1, 0, 0, 1]]);
  assert.equal(endOf(await checker.step(0, 1))[1], "no step: the lane was not reset");
  assert.deepEqual(rowsOf(await checker.step(1, 1), "obs"), [3]);
});

test("a script is played until it ends, and a lane that gives up plays no more", async () => {
  const checker = await walking();
  const start = new Map([["at", END - 1]]);
  const ending = new Map([...scripted(0, [1, 1, 1]), ["start", start]]);
  const scripts = [[scripted(1, [0, 1]), ending], [scripted(11, [1, 1, 1]), scripted(0, [])]];
  const answer = await checker.ask("play", { lanes: [0, 7], scripts });
  assert.deepEqual(answer.get("runs"), [[0, 0, 0, 3], [0, 1, 0, 2], [1, 0, 0, 2]]);
  assert.deepEqual(rowsOf(answer, "obs"), [1, 1, 2, END - 1, END, 11, 12]);
  assert.deepEqual(answer.get("ends").map((end) => end.slice(0, 4)), [[1, 0, 2, "failed"]]);
});

test("a roll is the play of its own actions, in blocks", async () => {
  const checker = await walking();
  const spaces = [new Map(Object.entries({ type: "choice", values: [0, 1, 2] }))];
  const roll = new Map(Object.entries({ episodes: [episode(20)], choosers: [7], spaces, steps_max: 9_000 }));
  const rolled = await checker.askMany("roll", { lanes: [0], rolls: [roll] });
  assert.deepEqual(rolled.map((block) => block.get("more")), [...rolled.slice(1).map(() => true), false]);
  assert.ok(rolled.length > 2);
  const actions = rolled.flatMap((block) => rowsOf(block, "action")).slice(1);
  assert.equal(actions.length, 9_000);
  const played = await checker.askMany("play", { lanes: [0], scripts: [[scripted(20, actions)]] });
  for (const path of ["obs", "state.at"]) {
    assert.deepEqual(played.flatMap((block) => rowsOf(block, path)), rolled.flatMap((block) => rowsOf(block, path)));
  }
});

test("what is slow goes out before it is late", async () => {
  class Slow extends Walk {
    step(action) {
      for (const until = performance.now() + 200; performance.now() < until; );
      return super.step(action);
    }
  }
  const checker = await checkerOf(() => new Slow());
  const answers = await checker.askMany("play", { lanes: [0], scripts: [[scripted(0, [0, 0, 0, 0, 0])]] });
  assert.deepEqual(answers.map((block) => block.get("runs")), [[[0, 0, 0, 4]], [[0, 0, 4, 2]]]);
});

test("a start that is refused leaves no episode", async () => {
  class Picky extends Walk {
    load(state) {
      if (state.at < 0) throw new Refused("nowhere");
      return super.load(state);
    }
  }
  const checker = await checkerOf(() => new Picky());
  await checker.reset([5]);
  const start = new Map([["at", -1]]);
  const answer = await checker.ask("reset", { lanes: [0], episodes: [episode(1, { start })] });
  assert.deepEqual(endOf(answer), ["refused", "nowhere"]);
  assert.equal(endOf(await checker.step(0, 1))[1], "no step: the lane was not reset");
});

test("each request digests the paths that it asks for", async () => {
  const checker = await walking();
  const long = Array.from({ length: 40 }, (_, place) => `a.path.that.no.step.has.${place}`);
  const ask = async (digested) => {
    const answer = await checker.ask("reset", { lanes: [0], episodes: [episode(5)], detail: "digest", digested });
    return [...answer.get("columns").keys()].filter((path) => path === "obs" || path === "state.at");
  };
  assert.deepEqual(await ask([...long, "obs"]), ["state.at"]);
  assert.deepEqual(await ask([...long, "state.at"]), ["obs"]);
  assert.deepEqual(await ask([]), ["obs", "state.at"]);
});

test("a snapshot goes on as its lane did", async () => {
  const checker = await walking();
  assert.equal((await checker.ask("snapshot", { lanes: [0] })).get("type"), "refused");
  await checker.reset([5]);
  const { tokens } = Object.fromEntries(await checker.ask("snapshot", { lanes: [0] }));
  await checker.step(0, 1);
  assert.equal((await checker.ask("restore", { lanes: [3], tokens })).get("type"), "done");
  assert.match(endOf(await checker.step(3, 2))[1], /not legal now/);
  assert.deepEqual(rowsOf(await checker.step(3, 1), "obs"), [6]);
  assert.equal((await checker.ask("restore", { lanes: [3], tokens: [new Uint8Array(3)] })).get("type"), "refused");
});

test("components are called, and lanes discarded", async () => {
  const checker = await walking();
  assert.deepEqual((await checker.ask("call", { component: "double", arguments: [[2], [4]] })).get("results"), [4, 8]);
  assert.equal((await checker.ask("call", { component: "halve", arguments: [] })).get("words"), 'no component "halve"');
  await checker.reset([5]);
  assert.equal((await checker.ask("discard", { lanes: [0] })).get("type"), "done");
  assert.equal(endOf(await checker.step(0, 1))[1], "no step: the lane was not reset");
});

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
  for (turn = 0; turn < 3; turn += 1) seen.push((await checker.reset([0])).get("columns").size);
  assert.deepEqual(seen, [40_000, 40_000, 40_000]);
  const both = await checker.ask("reset", { lanes: [0, 1], episodes: [episode(0), episode(0)], detail: "full" });
  assert.equal(both.get("columns").size, 40_000);
});

test("agents are asked by their masks", async () => {
  const legal = { p2: Uint8Array.of(0, 1) };
  const space = { type: "discrete", n: 2, start: 0 };
  const description = { actions: { type: "dict", items: { p1: space, p2: space } }, agents: ["p1", "p2"] };
  const taken = [];
  const step = (actions) => taken.push(actions) && { legal };
  const checker = await checkerOf(() => ({ description, reset: () => ({ legal }), step }));
  await checker.reset([0]);
  const refused = await checker.step(0, new Map([["p1", 0], ["p2", 1]]));
  assert.equal(endOf(refused)[0], "refused");
  const roll = new Map(Object.entries({ episodes: [episode(0)], choosers: [1], spaces: [null], steps_max: 2 }));
  const rolled = await checker.ask("roll", { lanes: [0], rolls: [roll] });
  assert.deepEqual(rowsOf(rolled, "action.p2"), [0, 1, 1]);
  assert.deepEqual(taken.map(({ p2 }) => p2), [1, 1]);
});

test("below is exact up to 2^32", () => {
  for (const count of [1, 3, 1_000_003, 2 ** 31 + 11, 2 ** 32 - 5, 2 ** 32]) {
    const [halves, whole] = [new SplitMix64(5n), new SplitMix64(5n)];
    for (let draw = 0; draw < 1_000; draw += 1) assert.equal(halves.below(count), Number(whole.next() % BigInt(count)));
  }
});
