/** Columns: one leaf of N Steps, row by row. */

import { bytesOf, dtypeOf, shapeOf } from "./array.js";
import { ARRAY, BOOL, FLOAT, INT, NIL, writeLeaf } from "./leaf.js";
import { DIMENSIONS_MAX } from "./limits.js";

const INT64_MAX = 2n ** 63n - 1n;

/** One leaf over some rows. Rows without it hold undefined. */
export class Column {
  #values = [];
  /** The kind of all leaves; null as long as there is none. */
  #kind = null;
  /** The kind of each row, where they differ. */
  #kinds = null;
  #isSparse = false;

  /**
   * Sets the leaf of a row behind all that were set; the rows between have none.
   * @param {number} row
   * @param {number} kind
   * @param {any} value
   */
  push(row, kind, value) {
    if (row > this.#values.length) this.#pad(row);
    if (this.#kinds !== null) this.#kinds.push(kind);
    else if (this.#kind === null) this.#kind = kind;
    else if (this.#kind !== kind) {
      this.#kinds = this.#values.map((held) => (held === undefined ? NIL : this.#kind));
      this.#kinds.push(kind);
    }
    this.#values.push(value);
  }

  /** Lets the column end at `rows`, the new ones without a leaf. */
  #pad(rows) {
    while (this.#values.length < rows) {
      this.#values.push(undefined);
      this.#kinds?.push(NIL);
    }
    this.#isSparse = true;
  }

  /**
   * Writes the column, lengthened to `rows` rows, and empties it.
   * @param {import("./frame.js").Frame} frame
   * @param {number} rows
   */
  write(frame, rows) {
    if (this.#values.length < rows) this.#pad(rows);
    const typed = this.#kinds === null ? this.#typed() : null;
    frame.listHead(3);
    if (typed === null) this.#writeRagged(frame);
    else {
      frame.text(typed.shape.length === 0 ? "scalar" : "array");
      frame.array(typed.dtype, [rows, ...typed.shape], typed.bytes);
    }
    if (this.#isSparse) frame.array("bool", [rows], Uint8Array.from(this.#values, (value) => (value === undefined ? 0 : 1)));
    else frame.nil();
    this.clear();
  }

  /** Returns the column as one array, null where it has to be ragged. */
  #typed() {
    const values = this.#values;
    switch (this.#kind) {
      case BOOL:
        return { dtype: "bool", shape: [], bytes: Uint8Array.from(values, (value) => (value === true ? 1 : 0)) };
      case INT:
        return typedInts(values);
      case FLOAT:
        return { dtype: "float64", shape: [], bytes: bytesOf(Float64Array.from(values, (value) => value ?? 0)) };
      case ARRAY:
        return typedArrays(values);
      default:
        return null;
    }
  }

  clear() {
    this.#values = [];
    this.#kind = null;
    this.#kinds = null;
    this.#isSparse = false;
  }

  #writeRagged(frame) {
    frame.text("ragged");
    frame.listHead(this.#values.length);
    this.#values.forEach((value, row) => {
      const kind = this.#kinds === null ? this.#kind : this.#kinds[row];
      value === undefined ? frame.nil() : writeLeaf(frame, kind, value);
    });
  }
}

/** Joins ints as int64 if all fit, else as uint64; null where neither holds them. */
function typedInts(values) {
  const isWide = values.some((value) => typeof value === "bigint");
  if (!isWide) return { dtype: "int64", shape: [], bytes: safeInts(values) };
  const whole = values.map((value) => BigInt(value ?? 0));
  if (whole.every((value) => value <= INT64_MAX)) return { dtype: "int64", shape: [], bytes: bytesOf(BigInt64Array.from(whole)) };
  if (whole.some((value) => value < 0n)) return null;
  return { dtype: "uint64", shape: [], bytes: bytesOf(BigUint64Array.from(whole)) };
}

/** Spells safe integers in 64 bits each. */
function safeInts(values) {
  const halves = new Uint32Array(2 * values.length);
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] ?? 0;
    halves[2 * row] = value;
    halves[2 * row + 1] = Math.floor(value / 2 ** 32);
  }
  return bytesOf(halves);
}

/** Joins arrays of one dtype and shape; null where they differ, or have all the dimensions that an array may have. */
function typedArrays(values) {
  const first = values.find((value) => value !== undefined);
  const [dtype, shape] = [dtypeOf(first), shapeOf(first)];
  const isSame = (value) => dtypeOf(value) === dtype && String(shapeOf(value)) === String(shape);
  if (shape.length === DIMENSIONS_MAX || !values.every((value) => value === undefined || isSame(value))) return null;
  const bytes = new Uint8Array(values.length * first.byteLength);
  values.forEach((value, row) => value !== undefined && bytes.set(bytesOf(value), row * first.byteLength));
  return { dtype, shape, bytes };
}
