import assert from "node:assert/strict";
import { test } from "node:test";

import { Float } from "../src/number.js";
import { Refused } from "../src/refused.js";
import { SplitMix64 } from "../src/splitmix.js";
import { Checker, checkerOf, endOf, episode, rowsOf, scripted } from "./checker.js";

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

const walking = () => checkerOf(() => new Walk());

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
