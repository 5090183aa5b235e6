import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Frame } from "../src/frame.js";
import { episode, receive } from "./checker.js";

const EXAMPLE = fileURLToPath(new URL("../examples/counter.js", import.meta.url));
const HELLO = Frame.of("hello", { protocol: 1, environment: "" }).finish();
const RESET = Frame.of("reset", { lanes: [0], episodes: [episode(7)], detail: "full", digested: [] }).finish();
const CLOSE = Frame.of("close").finish();

/** Runs a command on bytes, over sockets; returns the frames it wrote, its standard error, and its exit code. */
function run(input, command = process.execPath, ...words) {
  const { stdout, stderr, status } = spawnSync(command, words.length > 0 ? words : [EXAMPLE], { input: Buffer.concat(input) });
  const answers = [];
  for (let rest = stdout; rest.length > 0; rest = rest.subarray(4 + rest.readUInt32LE(0))) answers.push(receive(rest));
  return { answers, error: String(stderr), status };
}

test("prints go to standard error", () => {
  const { answers, error, status } = run([HELLO, RESET]);
  assert.deepEqual(answers.map((answer) => answer.get("type")), ["hello", "steps"]);
  assert.match(error, /breaks no frame/);
  assert.equal(status, 0);
});

test("whatever is written to descriptor 1 goes to standard error, and standard input is empty", () => {
  const program = `
    import { execFileSync } from "node:child_process";
    import { readFileSync, writeSync } from "node:fs";
    import { serve } from "equivcheck-sdk";
    const show = () => {
      writeSync(1, "raw ");
      execFileSync("echo", ["child"], { stdio: "inherit" });
      return { read: readFileSync(0, "utf8") };
    };
    serve({ name: "loud", environments: { loud: () => ({ description: {}, reset: show, step: show }) } });`;
  // between pipes, as the checker runs it: a socket cannot be opened a second time
  const piped = 'log=$(mktemp); cat | "$0" --input-type=module --eval "$1" 2>"$log" | cat; cat "$log" >&2; rm "$log"';
  const { answers, error } = run([HELLO, RESET, CLOSE], "sh", "-c", piped, process.execPath, program);
  assert.deepEqual(answers.map((answer) => answer.get("type")), ["hello", "steps", "done"]);
  assert.deepEqual(answers[1].get("columns").get("read")[1], [""], error);
  assert.match(error, /raw child/);
});

test("close ends the program before its input does", () => {
  const { answers, status } = run([CLOSE, HELLO]);
  assert.deepEqual([answers.length, answers[0].get("type"), status], [1, "done", 0]);
});

test("a broken request is refused and the next is answered", () => {
  const { answers } = run([Buffer.from([1, 0, 0, 0, 0xc1]), HELLO]);
  assert.deepEqual(answers.map((answer) => answer.get("type")), ["refused", "hello"]);
});

test("a length that cannot be ends the program", () => {
  const { answers, status } = run([Buffer.alloc(4), HELLO]);
  assert.deepEqual([answers.length, answers[0].get("type"), status], [1, "refused", 0]);
});

test("an input cut inside a frame is an error", () => {
  const { error, status } = run([HELLO.subarray(0, 9)]);
  assert.equal(status, 1);
  assert.match(error, /^counter: standard input ends inside a frame/);
});
