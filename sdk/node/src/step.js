/** Steps: what an environment shows of one moment, taken apart into leaves. */

import { bytesOf, copyOf, isTyped } from "./array.js";
import { ARRAY, BOOL, BYTES, EMPTY_LIST, EMPTY_MAP, FLOAT, INT, NIL, TEXT } from "./leaf.js";
import { MAP_ENTRIES_MAX, complainOfText } from "./limits.js";
import { Float } from "./number.js";
import { entriesOf, isPlain, nameOf, toInt } from "./value.js";

const BARE_FIELDS = new Set(["obs", "reward", "terminated", "truncated", "legal"]);
const RESERVED_FIELDS = new Set(["action", "digest"]);
const STEP_BYTES_MAX = 16 * 2 ** 20;

/** @typedef {ReturnType<import("./layout.js").Layout["steps"]["named"]>} Node */

/** The leaves of one Step, in the order in which they were met. */
export class Step {
  /** @type {Node[]} */
  nodes = [];
  /** @type {number[]} */
  kinds = [];
  /** @type {any[]} */
  values = [];
  /** How many leaves there are; what lies beyond is of Steps before. */
  length = 0;
  /** How many bytes they take, about. */
  size = 0;
  /** How many of them may travel as containers of their own. */
  containers = 0;

  /**
   * Takes a Step apart.
   * @param {Node} root of the layout
   * @param {import("./lane.js").Shown} shown
   * @param {boolean} bare only the fields that are always wanted
   * @param {unknown} [action] what led there, where that is wanted
   */
  fill(root, shown, bare, action) {
    this.length = 0;
    this.size = 0;
    this.containers = 0;
    const keys = Object.keys(shown.fields);
    for (let place = 0; place < keys.length; place += 1) {
      const key = keys[place];
      if (RESERVED_FIELDS.has(key)) throw new TypeError(`the field \`${key}\` is reserved`);
      const value = key === "legal" ? shown.legal : shown.fields[key];
      const isWanted = !(shown.isFirst && key === "reward") && (!bare || BARE_FIELDS.has(key));
      if (isWanted && value !== undefined) this.#take(root.named(key, place), value);
    }
    if (action !== undefined) this.#take(root.named("action", keys.length), action);
  }

  #put(node, kind, value) {
    if (this.length >= MAP_ENTRIES_MAX) throw new RangeError(`one Step holds more than ${MAP_ENTRIES_MAX} leaves`);
    if (this.size > STEP_BYTES_MAX) throw new RangeError("one Step holds more than 16 MiB");
    this.nodes[this.length] = node;
    this.kinds[this.length] = kind;
    this.values[this.length] = value;
    this.length += 1;
    this.size += 8;
  }

  #take(node, value) {
    switch (typeof value) {
      case "number":
        return this.#takeNumber(node, value);
      case "boolean":
        return this.#put(node, BOOL, value);
      case "bigint":
        return this.#put(node, INT, toInt(value, `\`${node.text}\``));
      case "string":
        return this.#takeText(node, value);
      case "object":
        return this.#takeObject(node, value);
      default:
        throw new TypeError(`\`${node.text}\` is ${nameOf(value)}, which does not travel`);
    }
  }

  #takeNumber(node, value) {
    if (node.kind === "float") return this.#put(node, FLOAT, value);
    if (node.kind === "int") {
      if (Number.isSafeInteger(value)) return this.#put(node, INT, value);
      throw new TypeError(`\`${node.text}\` is ${value}, and declared an int: beyond 2^53 say it as a bigint`);
    }
    const said = node.kind === undefined ? "not declared" : `declared ${node.kind}`;
    throw new TypeError(`\`${node.text}\` is the number ${value}, and ${said}: say under \`fields\` whether it is an int or a float`);
  }

  #takeText(node, value) {
    const complaint = complainOfText(value, false);
    if (complaint !== null) throw new RangeError(`\`${node.text}\`: ${complaint}`);
    this.size += value.length;
    this.#put(node, TEXT, value);
  }

  #takeObject(node, value) {
    if (value === null) this.#put(node, NIL, null);
    else if (Array.isArray(value)) this.#takeList(node, value);
    else if (isTyped(value)) this.#takeArray(node, value);
    else if (value instanceof Float) this.#put(node, FLOAT, value.value);
    else if (isPlain(value)) this.#takeMap(node, value);
    else throw new TypeError(`\`${node.text}\` is ${nameOf(value)}, which does not travel`);
  }

  #takeList(node, items) {
    if (items.length === 0) {
      this.containers += 1;
      return this.#put(node, EMPTY_LIST, null);
    }
    for (let index = 0; index < items.length; index += 1) this.#take(node.item(index), items[index]);
  }

  #takeMap(node, value) {
    const before = this.length;
    if (value instanceof Map) entriesOf(value).forEach(([key, item], place) => this.#take(node.named(key, place), item));
    else {
      const keys = Object.keys(value);
      for (let place = 0; place < keys.length; place += 1) {
        const item = value[keys[place]];
        if (item !== undefined) this.#take(node.named(keys[place], place), item);
      }
    }
    if (this.length === before) {
      this.containers += 1;
      this.#put(node, EMPTY_MAP, null);
    }
  }

  /** Takes a copy: the environment may go on writing to its own. */
  #takeArray(node, value) {
    this.containers += 1;
    this.size += value.byteLength;
    const isBytes = node.kind === "bytes" || (node.root === "action" && value.shape === undefined);
    isBytes ? this.#put(node, BYTES, bytesOf(value).slice()) : this.#put(node, ARRAY, copyOf(value));
  }
}
