/** Blocks: the Steps of an answer, gathered. */

import { Column } from "./column.js";
import { Digest } from "./digest.js";
import { Frame } from "./frame.js";
import { CONTAINERS_MAX, cutWords } from "./limits.js";
import { Step } from "./step.js";

const ROWS_MIN = 256;
const ROWS_MAX = 4_096;
const BLOCK_BYTES = 768 * 2 ** 10;
const BLOCK_BYTES_MAX = 24 * 2 ** 20;
const PATHS_MAX = 32_768;
/** What has been played goes out well before the checker's deadline. */
const HELD_MS_MAX = 500;

/** @typedef {import("./layout.js").Layout} Layout */

/** What is answered so far; where it may come in several blocks, one that is full or old goes out as soon as there is more to say. */
export class Blocks {
  #layout;
  #several;
  #send;
  #sentAt = performance.now();
  #step = new Step();
  #digest = new Digest();
  /** Of each digested path, the place of its leaf in the Step, or -1. */
  #places;

  /**
   * @param {Layout} layout
   * @param {boolean} several
   * @param {(frame: Frame) => void} send
   */
  constructor(layout, several, send) {
    this.#layout = layout;
    this.#several = several;
    this.#send = send;
    this.#places = new Int32Array(layout.ranks.size);
    for (const node of layout.used) {
      node.isUsed = false;
      node.column.clear();
    }
    this.#begin();
  }

  #begin() {
    if (this.#layout.size >= PATHS_MAX) this.#layout.forget();
    this.#layout.used = [];
    this.rows = 0;
    this.bytes = 0;
    this.containers = 0;
    /** @type {number[][]} */
    this.runs = [];
    this.ends = [];
    this.digests = [];
  }

  #isFull() {
    const paths = this.#layout.used.length;
    const bytes = Math.max(this.bytes, 8 * this.rows * paths); // a row that lacks a leaf holds its place
    const isHandy = this.rows >= ROWS_MIN && (this.bytes >= BLOCK_BYTES || this.rows >= ROWS_MAX);
    const containers = this.containers + this.runs.length + 3 * paths;
    return isHandy || bytes >= BLOCK_BYTES_MAX || paths >= PATHS_MAX || containers >= CONTAINERS_MAX / 2;
  }

  /** Sends what is full or old; called before a Step is made, which may take its time. */
  makeRoom() {
    if (!this.#several || this.rows === 0) return;
    if (this.#isFull() || performance.now() - this.#sentAt > HELD_MS_MAX) {
      this.#sentAt = performance.now();
      this.#send(this.#write(true));
      this.#begin();
    }
  }

  /**
   * Takes a Step as number `number` of an episode, with the action that led there where that is wanted.
   * @param {number} script
   * @param {number} episode
   * @param {number} number
   * @param {import("./lane.js").Shown} shown
   * @param {unknown} [action]
   */
  take(script, episode, number, shown, action) {
    const step = this.#step;
    step.fill(this.#layout.steps, shown, this.#layout.ask.detail === "bare", action);
    this.#places.fill(-1);
    for (let index = 0; index < step.length; index += 1) {
      const node = step.nodes[index];
      if (node.rank !== undefined) this.#places[node.rank] = index;
      else {
        if (!node.isUsed) this.#use(node);
        node.column.push(this.rows, step.kinds[index], step.values[index]);
      }
    }
    if (this.#layout.ask.detail === "digest") this.digests.push(this.#takeDigest());
    this.bytes += step.size;
    this.containers += step.containers;
    this.rows += 1;
    const last = this.runs.at(-1);
    if (last !== undefined && last[0] === script && last[1] === episode && last[2] + last[3] === number) last[3] += 1;
    else this.runs.push([script, episode, number, 1]);
  }

  #use(node) {
    node.isUsed = true;
    node.column ??= new Column();
    this.#layout.used.push(node);
  }

  #takeDigest() {
    const step = this.#step;
    for (const place of this.#places) {
      if (place >= 0) this.#digest.take(step.nodes[place].head, step.kinds[place], step.values[place]);
    }
    return this.#digest.finish();
  }

  /**
   * Notes that Step number `number` was not given, and why.
   * @param {number} script
   * @param {number} episode
   * @param {number} number
   * @param {import("./refused.js").End} end
   */
  end(script, episode, number, end) {
    this.ends.push([script, episode, number, end.kind, cutWords(end.words)]);
  }

  /** Sends what is left as the last block. */
  finish() {
    this.#send(this.#write(false));
    this.#begin();
  }

  #write(more) {
    const frame = new Frame("steps", 4);
    frame.text("more");
    frame.bool(more);
    frame.text("runs");
    frame.value(this.runs);
    frame.text("columns");
    frame.mapHead(this.#layout.used.length + Math.sign(this.digests.length));
    for (const node of this.#layout.used) {
      frame.text(node.text);
      node.column.write(frame, this.rows);
      node.isUsed = false;
    }
    if (this.digests.length > 0) this.#writeDigests(frame);
    frame.text("ends");
    frame.value(this.ends);
    return frame;
  }

  #writeDigests(frame) {
    frame.text("digest");
    frame.listHead(3);
    frame.text("scalar");
    frame.array("uint64", [this.digests.length], new Uint8Array(BigUint64Array.from(this.digests).buffer));
    frame.nil();
  }
}
