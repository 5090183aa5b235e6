/** The digest of a Step (docs/protocol.md, section 4). */

import { createXXHash3 } from "hash-wasm";

import { bytesOf, dtypeOf, headerOf, holdsNan, shapeOf } from "./array.js";
import { writeAscii } from "./frame.js";
import { ARRAY, BOOL, BYTES, FLOAT, INT, TEXT } from "./leaf.js";

const hasher = await createXXHash3(0, 0);

/** What a digest takes in, leaf by leaf. */
export class Digest {
  #input = Buffer.allocUnsafe(65_536);
  #length = 0;
  #isNan = false;

  #room(length) {
    const start = this.#length;
    this.#length += length;
    if (this.#length > this.#input.length) {
      const longer = Buffer.allocUnsafe(2 * this.#length);
      this.#input.copy(longer, 0, 0, start);
      this.#input = longer;
    }
    return start;
  }

  #raw(bytes) {
    const at = this.#room(bytes.length);
    this.#input.set(bytes, at);
  }

  #byte(value) {
    const at = this.#room(1);
    this.#input[at] = value;
  }

  #sized(length) {
    const at = this.#room(4);
    this.#input.writeUInt32LE(length, at);
  }

  /**
   * Takes in a leaf.
   * @param {Uint8Array} head its path, as `headOf` spells it
   * @param {number} kind
   * @param {any} value
   */
  take(head, kind, value) {
    this.#raw(head);
    this.#byte(kind);
    if (kind === BOOL) this.#byte(value ? 1 : 0);
    else if (kind === INT) this.#int(value);
    else if (kind === FLOAT) this.#float(value);
    else if (kind === TEXT) this.#text(value);
    else if (kind === BYTES) {
      this.#sized(value.length);
      this.#raw(value);
    } else if (kind === ARRAY) {
      this.#raw(headerOf(dtypeOf(value), shapeOf(value)));
      this.#raw(bytesOf(value));
      this.#isNan ||= holdsNan(value);
    }
  }

  #int(value) {
    const at = this.#room(8);
    if (typeof value === "bigint") {
      this.#input.writeBigUInt64LE(BigInt.asUintN(64, value), at);
      return;
    }
    this.#input.writeInt32LE(value | 0, at);
    this.#input.writeInt32LE(Math.floor(value / 2 ** 32) | 0, at + 4);
  }

  #float(value) {
    const at = this.#room(8);
    this.#input.writeDoubleLE(value, at);
    this.#isNan ||= Number.isNaN(value);
  }

  #text(value) {
    if (value.length < 32) {
      const start = this.#room(4 + value.length);
      this.#input.writeUInt32LE(value.length, start);
      if (writeAscii(this.#input, value, start + 4) >= 0) return;
      this.#length = start;
    }
    const length = Buffer.byteLength(value);
    this.#sized(length);
    const at = this.#room(length);
    this.#input.write(value, at);
  }

  /** Returns the digest of what was taken in, and forgets it. */
  finish() {
    const input = this.#input.subarray(0, this.#length);
    const isNan = this.#isNan;
    this.#length = 0;
    this.#isNan = false;
    if (isNan) return 0n;
    hasher.init();
    hasher.update(input);
    const digest = Buffer.from(hasher.digest("binary")).readBigUInt64BE(0);
    return digest === 0n ? 1n : digest;
  }
}

/**
 * Returns how a digest spells a path.
 * @param {string} path
 */
export function headOf(path) {
  const text = Buffer.from(path);
  const head = Buffer.alloc(4 + text.length);
  head.writeUInt32LE(text.length, 0);
  text.copy(head, 4);
  return head;
}
