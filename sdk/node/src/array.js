/** Arrays: typed arrays that know their shape and dtype, and how they travel (docs/protocol.md, section 2). */

import { DIMENSIONS_MAX } from "./limits.js";
import { Float, floatFromHalf, intOf } from "./number.js";
import { Refused } from "./refused.js";

/** What holds the elements of each dtype; a bool is a byte, and a float16 its bits. */
export const STORES = new Map([
  ["bool", Uint8Array],
  ["int8", Int8Array],
  ["int16", Int16Array],
  ["int32", Int32Array],
  ["int64", BigInt64Array],
  ["uint8", Uint8Array],
  ["uint16", Uint16Array],
  ["uint32", Uint32Array],
  ["uint64", BigUint64Array],
  ["float16", Uint16Array],
  ["float32", Float32Array],
  ["float64", Float64Array],
]);

/** What travels as an array of which dtype where nothing else is said. */
const OWN = [...STORES].filter(([dtype]) => dtype !== "bool" && dtype !== "float16");
const NATURAL = new Map(OWN.map(([dtype, store]) => [store.name, dtype]));

/**
 * Gives a typed array a shape, and a dtype that is not its own: `bool` to a Uint8Array, `float16` to a Uint16Array of bits.
 * @template {ArrayBufferView} T
 * @param {T} data
 * @param {number[]} [shape] one dimension where it is left out
 * @param {string} [dtype]
 * @returns {T & {shape: number[], dtype: string}}
 */
export function array(data, shape = [data.length], dtype = dtypeOf(data)) {
  if (STORES.get(dtype)?.name !== data[Symbol.toStringTag]) {
    throw new TypeError(`a ${data[Symbol.toStringTag]} holds no array of dtype ${dtype}`);
  }
  if (shape.length < 1 || shape.length > DIMENSIONS_MAX) throw new RangeError(`an array of ${shape.length} dimensions`);
  if (countOf(shape) !== data.length) throw new RangeError(`an array of shape [${shape}] does not have ${data.length} elements`);
  return Object.assign(data, { shape, dtype });
}

/** @param {number[]} shape */
export function countOf(shape) {
  return shape.reduce((count, length) => count * length, 1);
}

/** @param {unknown} value */
export function isTyped(value) {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Returns the dtype of a typed array, its natural one where none was given. */
export function dtypeOf(data) {
  const dtype = data.dtype ?? NATURAL.get(data[Symbol.toStringTag]);
  if (dtype === undefined) throw new TypeError(`a ${data[Symbol.toStringTag] ?? typeof data} is no array that travels`);
  return dtype;
}

/** Returns the shape of a typed array, one dimension where none was given. */
export function shapeOf(data) {
  return data.shape ?? [data.length];
}

/** Returns the bytes of a typed array, as they travel. */
export function bytesOf(data) {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Returns a copy of the elements that keeps shape and dtype. */
export function copyOf(data) {
  const store = STORES.get(dtypeOf(data));
  return Object.assign(new store(data), { shape: shapeOf(data), dtype: dtypeOf(data) });
}

/** Returns the head of an array's payload: its dtype and shape. */
export function headerOf(dtype, shape) {
  const header = Buffer.alloc(2 + dtype.length + 4 * shape.length);
  header[0] = dtype.length;
  header.write(dtype, 1, "latin1");
  header[1 + dtype.length] = shape.length;
  shape.forEach((length, index) => header.writeUInt32LE(length, 2 + dtype.length + 4 * index));
  return header;
}

/**
 * Reads the payload of extension type 1; it is copied. Throws Refused.
 * @param {Buffer} payload
 */
export function arrayFromPayload(payload) {
  const at = 2 + (payload[0] ?? 0);
  const dtype = payload.toString("latin1", 1, at - 1);
  const store = STORES.get(dtype);
  if (store === undefined) throw new Refused("an array of an unknown dtype");
  const dimensions = payload[at - 1] ?? 0;
  if (dimensions < 1 || dimensions > DIMENSIONS_MAX) throw new Refused(`an array of ${dimensions} dimensions`);
  const start = at + 4 * dimensions;
  if (payload.length < start) throw new Refused("an array's shape is cut short");
  const shape = Array.from({ length: dimensions }, (_, index) => payload.readUInt32LE(at + 4 * index));
  // beyond 2^53 a product is inexact, and far from what any payload has
  if (countOf(shape) * store.BYTES_PER_ELEMENT !== payload.length - start) {
    throw new Refused("an array's bytes and shape differ in size");
  }
  const bytes = new Uint8Array(payload.subarray(start));
  if (dtype === "bool" && bytes.some((byte) => byte > 1)) throw new Refused("an element of a bool array is 0 or 1");
  return Object.assign(new store(bytes.buffer), { shape, dtype });
}

/** @param {string} dtype */
export function isFloat(dtype) {
  return dtype.startsWith("float");
}

/** Returns an element as a leaf: a boolean, an int or a Float. */
export function elementOf(data, index) {
  const [dtype, element] = [dtypeOf(data), data[index]];
  if (dtype === "bool") return element !== 0;
  if (typeof element === "bigint") return intOf(element);
  return isFloat(dtype) ? new Float(dtype === "float16" ? floatFromHalf(element) : element) : element;
}

/** Returns the elements as numbers (exact but for 64-bit ints beyond 2^53). */
export function numbersOf(data) {
  return dtypeOf(data) === "float16" ? Array.from(data, floatFromHalf) : Array.from(data, Number);
}

/** Returns whether any element is a NaN. */
export function holdsNan(data) {
  if (!isFloat(dtypeOf(data))) return false;
  return dtypeOf(data) === "float16" ? numbersOf(data).some(Number.isNaN) : data.some(Number.isNaN);
}
