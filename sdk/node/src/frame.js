/** Frames in the making: values to msgpack. */

import { bytesOf, dtypeOf, headerOf, isTyped, shapeOf } from "./array.js";
import { FRAME_BYTES_MAX, MAP_ENTRIES_MAX, Tally, cutWords } from "./limits.js";
import { Float } from "./number.js";
import { ARRAY_TYPE } from "./wire.js";

/**
 * Writes a text that is ASCII, and returns where it ends; -1 where it is not.
 * @param {Uint8Array} bytes
 * @param {string} text
 * @param {number} at
 */
export function writeAscii(bytes, text, at) {
  for (let index = 0; index < text.length; index += 1) {
    const letter = text.charCodeAt(index);
    if (letter > 0x7f) return -1;
    bytes[at + index] = letter;
  }
  return at + text.length;
}

/** A frame: four bytes for its length, then a map. */
export class Frame {
  #bytes = Buffer.allocUnsafe(4_096);
  #at = 4;
  #tally = new Tally();
  /** What is wrong with it. */
  #broken = null;

  /**
   * Begins a frame whose map has a `type` and `others` more entries, to be written next.
   * @param {string} kind
   * @param {number} others
   */
  constructor(kind, others) {
    this.mapHead(others + 1);
    this.text("type");
    this.text(kind);
  }

  /**
   * Makes a whole frame of entries.
   * @param {string} kind
   * @param {Record<string, unknown>} entries
   */
  static of(kind, entries = {}) {
    const frame = new Frame(kind, Object.keys(entries).length);
    for (const [key, value] of Object.entries(entries)) {
      frame.text(key);
      frame.value(value);
    }
    return frame;
  }

  /**
   * Makes a whole frame of why something was not done.
   * @param {import("./refused.js").End} end
   */
  static ofEnd({ kind, words }) {
    return Frame.of(kind, { words: cutWords(words) });
  }

  /** What is wrong with it, null where nothing is. */
  get complaint() {
    const length = this.#at - 4;
    return this.#broken ?? (length > FRAME_BYTES_MAX ? `${length} bytes; at most ${FRAME_BYTES_MAX}` : null);
  }

  /** Returns the bytes to send: the length and what follows. */
  finish() {
    this.#bytes.writeUInt32LE(this.#at - 4, 0);
    return this.#bytes.subarray(0, this.#at);
  }

  /** Makes room and returns where it begins. */
  #room(length) {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) {
      const longer = Buffer.allocUnsafe(Math.max(this.#at, 2 * this.#bytes.length));
      this.#bytes.copy(longer, 0, 0, start);
      this.#bytes = longer;
    }
    return start;
  }

  #count(entries) {
    this.#broken ??= this.#tally.add(entries);
  }

  #byte(value) {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  /** Writes a first byte and a number behind it. */
  #head(first, size, value) {
    const at = this.#room(1 + size);
    this.#bytes[at] = first;
    this.#bytes.writeUIntBE(value, at + 1, size);
  }

  /** Writes a length by the first of the heads that holds it. */
  #length(length, heads) {
    const [first, size] = heads.find(([, size]) => length < 2 ** (8 * size)) ?? heads[heads.length - 1];
    this.#head(first, size, length);
  }

  raw(bytes) {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  nil() {
    this.#byte(0xc0);
  }

  bool(value) {
    this.#byte(value ? 0xc3 : 0xc2);
  }

  int(value) {
    if (typeof value === "bigint") {
      const at = this.#room(9);
      this.#bytes[at] = value < 0n ? 0xd3 : 0xcf;
      value < 0n ? this.#bytes.writeBigInt64BE(value, at + 1) : this.#bytes.writeBigUInt64BE(value, at + 1);
    } else if (value >= -32 && value <= 127) this.#byte(value & 0xff);
    else if (value > 0xffffffff || value < -0x80000000) this.#wide(value);
    else if (value >= 0) this.#length(value, [[0xcc, 1], [0xcd, 2], [0xce, 4]]);
    else if (value >= -0x80) this.#head(0xd0, 1, value & 0xff);
    else if (value >= -0x8000) this.#head(0xd1, 2, value & 0xffff);
    else this.#head(0xd2, 4, value >>> 0);
  }

  #wide(value) {
    const at = this.#room(9);
    this.#bytes[at] = value < 0 ? 0xd3 : 0xcf;
    this.#bytes.writeBigInt64BE(BigInt(value), at + 1);
  }

  float(value) {
    const at = this.#room(9);
    this.#bytes[at] = 0xcb;
    this.#bytes.writeDoubleBE(value, at + 1);
  }

  text(value) {
    if (value.length < 32 && this.#shortText(value)) return;
    const length = Buffer.byteLength(value);
    if (length < 32) this.#byte(0xa0 | length);
    else this.#length(length, [[0xd9, 1], [0xda, 2], [0xdb, 4]]);
    const at = this.#room(length);
    this.#bytes.write(value, at);
  }

  /** Writes a short text letter by letter, which is the faster way; returns false where it is not ASCII. */
  #shortText(value) {
    const start = this.#room(1 + value.length);
    const end = writeAscii(this.#bytes, value, start + 1);
    this.#bytes[start] = 0xa0 | value.length;
    if (end < 0) this.#at = start;
    return end >= 0;
  }

  bytes(value) {
    this.#length(value.length, [[0xc4, 1], [0xc5, 2], [0xc6, 4]]);
    this.raw(value);
  }

  listHead(count) {
    this.#count(count);
    if (count < 16) this.#byte(0x90 | count);
    else this.#length(count, [[0xdc, 2], [0xdd, 4]]);
  }

  mapHead(count) {
    if (count > MAP_ENTRIES_MAX) this.#broken ??= `a map of ${count} entries; at most ${MAP_ENTRIES_MAX}`;
    this.#count(count);
    if (count < 16) this.#byte(0x80 | count);
    else this.#length(count, [[0xde, 2], [0xdf, 4]]);
  }

  /**
   * Writes an array.
   * @param {string} dtype
   * @param {number[]} shape
   * @param {Uint8Array} data
   */
  array(dtype, shape, data) {
    this.#count(0);
    const header = headerOf(dtype, shape);
    const length = header.length + data.length;
    const fixed = [1, 2, 4, 8, 16].indexOf(length);
    if (fixed >= 0) this.#byte(0xd4 + fixed);
    else this.#length(length, [[0xc7, 1], [0xc8, 2], [0xc9, 4]]);
    this.#byte(ARRAY_TYPE);
    this.raw(header);
    this.raw(data);
  }

  /**
   * Writes a value in the forms of wire.js; a bare number is an int.
   * @param {unknown} value
   */
  value(value) {
    if (value === null) this.nil();
    else if (typeof value === "boolean") this.bool(value);
    else if (typeof value === "number" || typeof value === "bigint") this.int(value);
    else if (value instanceof Float) this.float(value.value);
    else if (typeof value === "string") this.text(value);
    else if (Array.isArray(value)) {
      this.listHead(value.length);
      for (const item of value) this.value(item);
    } else if (value instanceof Map) {
      this.mapHead(value.size);
      for (const [key, item] of value) {
        this.text(key);
        this.value(item);
      }
    } else if (isTyped(value) && value.shape === undefined) this.bytes(value);
    else this.array(dtypeOf(value), shapeOf(value), bytesOf(value));
  }
}
