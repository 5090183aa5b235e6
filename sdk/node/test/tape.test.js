import assert from "node:assert/strict";
import { test } from "node:test";

import { array } from "../src/array.js";
import { choice, distribution, integers, permutation } from "../src/domain.js";
import { Float } from "../src/number.js";
import { Tape } from "../src/tape.js";
import { Checker, checkerOf, endOf, episode, rowsOf, scripted } from "./checker.js";

const record = (site, key, value) => ({ site, key, value });

/** Returns a tape that was fed, and what its draws come to; `make` returns what no tape has. */
function drawn(records, draws) {
  const tape = new Tape();
  tape.feed(records);
  return { values: draws.map(([site, key, domain, own]) => tape.draw(site, key, domain, () => own)), made: tape.take() };
}

test("without anybody to feed it, a tape is what is made, and keeps nothing", () => {
  const tape = new Tape();
  assert.equal(tape.draw("roll", 0, integers(1, 7), () => "anything"), "anything");
  assert.deepEqual(tape.take(), []);
});

test("what is drawn is recorded with its domain", () => {
  const draws = [
    ["roll", 3, integers(1, 7), 6],
    ["big", "", integers(0n, 2n ** 64n), 2n ** 63n],
    ["pick", "", choice([0.25, 0.75]), 1],
    ["order", "", permutation(3), [2, 0, 1]],
    ["noise", "", distribution("normal", { loc: 0, scale: 2 }), 1],
    ["heads", "", distribution("binomial", { n: 5n, p: 0.5 }), 3n],
    ["grid", "", integers(0, 9, [2, 2]), [1, 2, 3, 4]],
    ["winds", "", distribution("uniform", { low: -1, high: 1 }, [2]), [0.5, 1]],
  ];
  const { values, made } = drawn(null, draws);
  assert.deepEqual(values, draws.map((draw) => draw[3]));
  assert.deepEqual(made[0], { site: "roll", key: "3", domain: { kind: "integers", low: 1n, high: 7n }, value: 6n });
  assert.deepEqual(made[1].value, 2n ** 63n);
  assert.deepEqual(made[2].domain, { kind: "choice", p: Float64Array.of(0.25, 0.75) });
  assert.deepEqual(made[3].value, array(BigInt64Array.of(2n, 0n, 1n), [3]));
  assert.deepEqual(made[3].domain, { kind: "permutation", n: 3n });
  assert.deepEqual([made[4].domain.scale, made[4].value], [new Float(2), new Float(1)]);
  assert.deepEqual([made[5].domain.n, made[5].domain.p, made[5].value], [5n, new Float(0.5), 3n]);
  assert.deepEqual(made[6].domain.size, [2n, 2n]);
  assert.deepEqual(made[6].value.shape, [2, 2]);
  assert.deepEqual(made[7].value, array(Float64Array.of(0.5, 1), [2]));
});

test("what the tape has for a site and key is drawn in its order, and the rest by oneself", () => {
  const records = [record("roll", "a", 5), record("roll", "b", 2), record("roll", "a", 6), record("rol", "la", 1)];
  const draws = ["b", "a", "a", "a"].map((key) => ["roll", key, integers(1, 7), 1]);
  const { values, made } = drawn(records, draws);
  assert.deepEqual(values, [2, 5, 6, 1]);
  assert.deepEqual(made.map(({ key, value }) => [key, Number(value)]), [["b", 2], ["a", 5], ["a", 6], ["a", 1]]);
});

test("what was recorded is drawn as the environment has it", () => {
  const ints = array(BigInt64Array.of(2n, 0n, 1n), [3]);
  const floats = array(Float64Array.of(0.5, 1), [2]);
  const kept = [
    [integers(0, 9), 4, 4],
    [integers(0n, 9n), 4, 4n],
    [choice([0.5, 0.5]), 1, 1],
    [permutation(3), ints, [2, 0, 1]],
    [integers(0, 3, [3]), ints, [2, 0, 1]],
    [integers(0n, 3n, [3]), ints, [2n, 0n, 1n]],
    [distribution("normal", {}), new Float(1), 1],
    [distribution("poisson", { lam: 2 }), 4, 4n],
    [distribution("uniform", {}, [2]), floats, [0.5, 1]],
  ];
  for (const [domain, given, wanted] of kept) {
    const { values, made } = drawn([record("s", "", given)], [["s", "", domain, "own"]]);
    assert.deepEqual(values, [wanted]);
    assert.equal(made[0].value, typeof given === "number" ? BigInt(given) : given);
  }
});

test("what the own domain does not hold is not drawn", () => {
  const pair = array(BigInt64Array.of(0n, 1n), [2]);
  const refused = [
    [integers(0, 9), 9],
    [integers(0, 9), -1],
    [integers(0, 9), new Float(1)],
    [integers(0, 9), "text"],
    [integers(0, 9), pair],
    [choice([0.5, 0, 0.5]), 1],
    [choice([0.5, 0.5]), 2],
    [integers(0, 9, [2]), 4, [1, 1]],
    [integers(0, 9, [3]), pair, [1, 1, 1]],
    [integers(0, 1, [2]), pair, [0, 0]],
    [permutation(2), array(BigInt64Array.of(1n, 1n), [2]), [0, 1]],
    [permutation(3), pair, [0, 1, 2]],
    [distribution("normal", {}), null, 0.5],
  ];
  for (const [domain, given, own = 0] of refused) {
    assert.deepEqual(drawn([record("s", "", given)], [["s", "", domain, own]]).values, [own]);
  }
});

test("what a draw itself draws is part of it", () => {
  const tape = new Tape();
  tape.feed(null);
  const inner = () => tape.draw("inner", "", integers(0, 2), () => 1);
  tape.draw("outer", "", integers(0, 4), () => 2 * inner() + inner());
  assert.throws(() => tape.draw("outer", "", integers(0, 4), () => { throw new Error("no"); }), /no/);
  tape.draw("next", "", integers(0, 4), () => 3);
  assert.deepEqual(tape.take().map(({ site, value }) => [site, value]), [["outer", 3n], ["next", 3n]]);
  assert.deepEqual(tape.take(), []);
});

test("what cannot be a draw says so", () => {
  const tape = new Tape();
  tape.feed(null);
  assert.throws(() => tape.draw("s", "", integers(0, 4), () => 1.5), /1.5 was drawn, and a whole number is wanted/);
  assert.throws(() => tape.draw("s", "", permutation(2), () => 1), /a number was drawn, and a list of 2 numbers is wanted/);
  assert.throws(() => tape.draw("s", "", permutation(2), () => [1]), /does not have 1 elements/);
});

/** Rolls a die of its own for every step, and once at its reset. */
class Dice {
  static description = { actions: { type: "discrete", n: 2, start: 0 }, fields: { obs: { kind: "int" } } };
  tape = new Tape();

  reset(seed) {
    this.sum = Number(seed) + this.roll("start");
    return { obs: this.sum };
  }

  step(action) {
    this.sum += this.roll(action);
    return { obs: this.sum };
  }

  load(state) {
    this.sum = state;
    return { obs: this.sum };
  }

  roll(key) {
    return this.tape.draw("Dice.roll", key, integers(1, 7), () => 1);
  }
}

const row = (...records) => records.map(([key, value]) => new Map(Object.entries({ site: "Dice.roll", key, domain: "theirs", value })));

test("an environment with a tape says so; one without is not given any", async () => {
  assert.deepEqual((await new Checker(() => new Dice()).greet()).get("capabilities"), ["load", "tape"]);
  class Loaded extends Dice {
    tape = undefined;
  }
  const checker = await checkerOf(() => new Loaded());
  const answer = await checker.ask("reset", { lanes: [0], episodes: [episode(0, { draws: [] })] });
  assert.deepEqual(endOf(answer), ["refused", "no tape: the environment cannot be told what to draw"]);
});

test("an episode draws what its tape has for each Step, and shows it", async () => {
  const checker = await checkerOf(() => new Dice());
  const draws = [row(["start", 3]), row(["1", 6], ["1", 5]), row(["1", 2]), row(["0", 7])];
  const taped = new Map([...scripted(10, [1, 1, 0, 0]), ["draws", draws]]);
  const answer = await checker.ask("play", { lanes: [0], scripts: [[taped, scripted(10, [1])]] });
  assert.deepEqual(rowsOf(answer, "obs"), [13, 19, 21, 22, 23, 11, 12]);
  assert.deepEqual(rowsOf(answer, "draws[0].value"), [3, 6, 2, 1, 1, 1, 1]);
  assert.deepEqual(rowsOf(answer, "draws[0].domain.high"), Array(7).fill(7));
});

test("a tape goes on from step to step, and a start is loaded after the reset", async () => {
  const checker = await checkerOf(() => new Dice());
  await checker.ask("reset", { lanes: [0], episodes: [episode(0, { draws: [row(), row(["1", 4]), row(["1", 5])], start: 100 })] });
  assert.deepEqual(rowsOf(await checker.step(0, 1), "obs"), [104]);
  assert.deepEqual(rowsOf(await checker.step(0, 1), "obs"), [109]);
  assert.deepEqual(rowsOf(await checker.step(0, 1), "obs"), [110]);
});

test("a tape that is none is refused", async () => {
  const checker = await checkerOf(() => new Dice());
  const wrong = [["`draws` is not a list", 3], ["hold a list of records", [3]], ["`site` is not a text", [[3]]]];
  const nameless = new Map([["site", "s"], ["value", 1]]);
  const valueless = new Map([["site", "s"], ["key", ""]]);
  for (const [words, draws] of [...wrong, ["`key` is not a text", [[nameless]]], ["no `value`", [[valueless]]]]) {
    const answer = await checker.ask("reset", { lanes: [0], episodes: [episode(0, { draws })] });
    assert.ok(answer.get("type") === "refused" && answer.get("words").includes(words), answer.get("words"));
  }
});
