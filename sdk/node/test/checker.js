/** What a test does in the checker's place. */

import { array } from "../src/array.js";
import { Session } from "../src/session.js";
import { readFrame } from "../src/streams.js";
import { decodeFrame } from "../src/wire.js";

/**
 * Reads the first frame of some bytes.
 * @param {Buffer} bytes
 */
export function receive(bytes) {
  let taken = 0;
  const read = (buffer, at) => {
    const length = bytes.copy(buffer, at, taken);
    taken += length;
    return length;
  };
  return decodeFrame(readFrame(read));
}

/** Asks a session of one environment. */
export class Checker {
  #session;

  /** @param {() => object} factory */
  constructor(factory) {
    this.#session = new Session({ name: "tested", version: "1", environments: { tested: factory } });
  }

  /** Begins the session, and returns the greeting. */
  greet() {
    return this.ask("hello", { protocol: 1, environment: "" });
  }

  /** Returns all frames of an answer. */
  async askMany(type, entries) {
    const answers = [];
    const request = new Map(Object.entries({ type, detail: "full", digested: [], ...entries }));
    await this.#session.answer(request, (frame) => answers.push(receive(frame.finish())));
    return answers;
  }

  /** Returns the only frame of an answer. */
  async ask(type, entries) {
    const answers = await this.askMany(type, entries);
    if (answers.length !== 1) throw new Error(`${answers.length} answers`);
    return answers[0];
  }

  reset(seeds) {
    return this.ask("reset", { lanes: [...seeds.keys()], episodes: seeds.map(episode) });
  }

  step(lane, action) {
    return this.ask("step", { lanes: [lane], actions: [action] });
  }
}

/** Returns a checker that has said hello. */
export async function checkerOf(factory) {
  const checker = new Checker(factory);
  const greeting = await checker.greet();
  if (greeting.get("type") !== "hello") throw new Error(greeting.get("words"));
  return checker;
}

/** Returns an episode as it travels. */
export function episode(seed, more = {}) {
  return new Map(Object.entries({ seed, options: new Map(), ...more }));
}

/** Returns the rows of a column that is one array. */
export function rowsOf(answer, path) {
  return Array.from(answer.get("columns").get(path)[1], (value) => (typeof value === "bigint" ? Number(value) : value));
}

/** Returns the kind and words of the only end. */
export function endOf(answer) {
  const ends = answer.get("ends");
  if (ends.length !== 1) throw new Error(`${ends.length} ends`);
  return ends[0].slice(3);
}

/** Returns an episode of int actions to be played. */
export function scripted(seed, actions) {
  const column = ["scalar", array(BigInt64Array.from(actions, BigInt)), null];
  return episode(seed, { count: actions.length, actions: new Map([["", column]]) });
}
