/**
 * Msgpack to values: null, booleans, ints (number or bigint), Floats, texts, bytes (a Uint8Array without a shape),
 * arrays (typed arrays with one), lists and Maps.
 */

import { arrayFromPayload } from "./array.js";
import { DEPTH_MAX, ENTRIES_MAX, MAP_ENTRIES_MAX, Tally, complainOfText } from "./limits.js";
import { Float, intOf } from "./number.js";
import { Refused } from "./refused.js";

export const ARRAY_TYPE = 1;

/** Entries of a message that may hold any character: whoever shows them cleans them. */
const FREE_TEXT = new Set(["words", "ends", "columns", "episodes", "scripts", "rolls", "actions", "states", "arguments", "results"]);
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the map that fills a frame, without its length. Throws Refused.
 * @param {Buffer} frame
 * @returns {Map<string, unknown>}
 */
export function decodeFrame(frame) {
  const reader = new Reader(frame);
  const value = reader.value(0, true);
  if (reader.rest > 0) throw new Refused(`${reader.rest} bytes follow the map`);
  if (!(value instanceof Map)) throw new Refused("a frame holds one map");
  return value;
}

/** What is left of a frame, and what it held so far. With `strict`, texts hold no control character. */
class Reader {
  #frame;
  #at = 0;
  #tally = new Tally();

  constructor(frame) {
    this.#frame = frame;
  }

  get rest() {
    return this.#frame.length - this.#at;
  }

  /** Goes over the next bytes, and returns where they begin. */
  skip(length) {
    if (length > this.rest) throw new Refused("the frame is cut short");
    this.#at += length;
    return this.#at - length;
  }

  /** Returns the next bytes, which stay the frame's. */
  take(length) {
    const at = this.skip(length);
    return this.#frame.subarray(at, at + length);
  }

  byte() {
    return this.#frame[this.skip(1)];
  }

  uint(size) {
    return this.#frame.readUIntBE(this.skip(size), size);
  }

  value(depth, strict) {
    const first = this.byte();
    if (first <= 0x7f) return first;
    if (first <= 0x8f) return this.map(first & 0x0f, depth + 1, strict);
    if (first <= 0x9f) return this.list(first & 0x0f, depth + 1, strict);
    if (first <= 0xbf) return this.text(first & 0x1f, strict);
    if (first >= 0xe0) return first - 0x100;
    return READ[first - 0xc0](this, depth + 1, strict);
  }

  text(length, strict) {
    const bytes = this.take(length);
    let text;
    try {
      text = UTF8.decode(bytes);
    } catch {
      throw new Refused("a text is not UTF-8");
    }
    const complaint = complainOfText(text, strict);
    if (complaint !== null) throw new Refused(complaint);
    return text;
  }

  key() {
    const first = this.byte();
    if (first >= 0xa0 && first <= 0xbf) return this.text(first & 0x1f, true);
    if (first >= 0xd9 && first <= 0xdb) return READ[first - 0xc0](this, 0, true);
    throw new Refused("a key of a map is not text");
  }

  list(count, depth, strict) {
    this.check(count, ENTRIES_MAX, this.rest, depth);
    const items = [];
    for (let index = 0; index < count; index += 1) items.push(this.value(depth, strict));
    return items;
  }

  map(count, depth, strict) {
    this.check(count, MAP_ENTRIES_MAX, this.rest / 2, depth);
    const entries = new Map();
    for (let index = 0; index < count; index += 1) {
      const key = this.key();
      entries.set(key, this.value(depth, strict && !(depth === 1 && FREE_TEXT.has(key))));
    }
    return entries;
  }

  extension(length) {
    const type = this.take(1).readInt8(0);
    const payload = this.take(length);
    if (type !== ARRAY_TYPE) throw new Refused(`extension type ${type}; only ${ARRAY_TYPE} is known`);
    this.count(0);
    return arrayFromPayload(payload);
  }

  check(count, most, room, depth) {
    if (depth > DEPTH_MAX) throw new Refused(`lists and maps nested deeper than ${DEPTH_MAX}`);
    if (count > most) throw new Refused(`a list or map of ${count} entries; at most ${most}`);
    if (count > room) throw new Refused("the frame is cut short");
    this.count(count);
  }

  count(entries) {
    const complaint = this.#tally.add(entries);
    if (complaint !== null) throw new Refused(complaint);
  }
}

/** @type {((reader: Reader, depth: number, strict: boolean) => unknown)[]} what follows the bytes 0xc0 to 0xdf */
const READ = [
  () => null,
  () => {
    throw new Refused("the byte 0xc1 begins no value");
  },
  () => false,
  () => true,
  ...[1, 2, 4].map((size) => (reader) => new Uint8Array(reader.take(reader.uint(size)))),
  ...[1, 2, 4].map((size) => (reader) => reader.extension(reader.uint(size))),
  (reader) => new Float(reader.take(4).readFloatBE(0)),
  (reader) => new Float(reader.take(8).readDoubleBE(0)),
  ...[1, 2, 4].map((size) => (reader) => reader.uint(size)),
  (reader) => intOf(reader.take(8).readBigUInt64BE(0)),
  ...[1, 2, 4].map((size) => (reader) => reader.take(size).readIntBE(0, size)),
  (reader) => intOf(reader.take(8).readBigInt64BE(0)),
  ...[1, 2, 4, 8, 16].map((size) => (reader) => reader.extension(size)),
  ...[1, 2, 4].map((size) => (reader, _, strict) => reader.text(reader.uint(size), strict)),
  ...[2, 4].map((size) => (reader, depth, strict) => reader.list(reader.uint(size), depth, strict)),
  ...[2, 4].map((size) => (reader, depth, strict) => reader.map(reader.uint(size), depth, strict)),
];
