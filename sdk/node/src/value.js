/** Values of an environment and values of the wire (wire.js): how the one becomes the other. */

import { array, copyOf, isTyped } from "./array.js";
import { DEPTH_MAX } from "./limits.js";
import { Float, intOf } from "./number.js";

/**
 * Returns a copy of a value of the wire as an environment is given it: floats are numbers, maps objects without a prototype.
 * @param {unknown} value
 */
export function toPlain(value) {
  if (value instanceof Float) return value.value;
  if (Array.isArray(value)) return value.map(toPlain);
  if (isTyped(value)) return value.shape === undefined ? value.slice() : copyOf(value);
  if (!(value instanceof Map)) return value;
  const plain = Object.create(null);
  for (const [key, item] of value) plain[key] = toPlain(item);
  return plain;
}

/**
 * Returns what an environment gave outside of a Step as a value of the wire.
 * @param {unknown} value
 * @param {string} where for the words of an error
 * @param {number} [depth]
 */
export function toWire(value, where, depth = 0) {
  if (depth > DEPTH_MAX) throw new RangeError(`${where} is nested deeper than ${DEPTH_MAX}`);
  if (value === null || typeof value === "boolean" || typeof value === "string" || value instanceof Float) return value;
  if (typeof value === "bigint") return toInt(value, where);
  if (typeof value === "number") {
    throw new TypeError(`${where} holds the number ${value}: say float(${value}), or BigInt(${value}) for an int`);
  }
  if (Array.isArray(value)) return value.map((item) => toWire(item, where, depth + 1));
  if (isTyped(value)) return value.shape === undefined ? array(value.slice()) : value;
  if (!isPlain(value)) throw new TypeError(`${where} holds ${nameOf(value)}, which does not travel`);
  return new Map(entriesOf(value).map(([key, item]) => [key, toWire(item, where, depth + 1)]));
}

/** Returns an int of an environment in its one form. */
export function toInt(value, where) {
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new RangeError(`${where} is ${value}: an int is between -2^63 and 2^64 - 1`);
  return intOf(value);
}

/** Returns whether a value is a Map, or an object that is nothing more than its keys. */
export function isPlain(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || value instanceof Map;
}

/** Returns the entries of a plain value; those that are undefined are not there. */
export function entriesOf(value) {
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return entries.filter(([, item]) => item !== undefined);
}

/** Names what a value is, for the words of an error. */
export function nameOf(value) {
  if (typeof value !== "object" || value === null) return `a ${value === null ? "null" : typeof value}`;
  const name = value.constructor?.name;
  return name === "Promise" ? "a promise (an environment answers at once)" : `an object of ${name || "no known class"}`;
}

/** Returns a value of the wire in words, for people. */
export function inWords(value) {
  const spell = (_, item) => {
    if (typeof item === "bigint") return String(item);
    if (item instanceof Float) return item.value;
    if (item instanceof Map) return Object.fromEntries(item);
    return isTyped(item) ? Array.from(item) : item;
  };
  const words = JSON.stringify(value, spell) ?? String(value);
  return words.length > 200 ? `${words.slice(0, 200)}...` : words;
}
