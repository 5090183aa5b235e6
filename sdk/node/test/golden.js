/** The conformance suite: golden vectors that the tests of every language read. They lie in the repository, not in the package. */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { STORES, array, elementOf } from "../src/array.js";
import { Float, halfFromFloat, intOf } from "../src/number.js";

const folder = new URL("../../../tests/golden/", import.meta.url);

/** Whether there is something to test. */
export const isHere = existsSync(fileURLToPath(folder));

/**
 * Returns the vectors under `key` of a golden file.
 * @param {string} file
 * @param {string} key
 * @returns {Map<string, any>[]}
 */
export function vectors(file, key) {
  const found = readJson(readFileSync(new URL(file, folder), "utf8")).get(key);
  if (!Array.isArray(found) || found.length === 0) throw new Error(`${file} has no ${key}`);
  return found;
}

/** Reads JSON without losing bits: a number with a point or an exponent is a Float, a wide int a bigint, an object a Map. */
function readJson(text) {
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]|-?\d[\d.eE+-]*|[a-z]+/g);
  const next = () => tokens.next().value[0];
  const read = (token) => {
    if (token === "[") {
      const items = [];
      for (let one = next(); one !== "]"; one = next()) items.push(read(one));
      return items;
    }
    if (token === "{") {
      const entries = new Map();
      for (let key = next(); key !== "}"; key = next()) entries.set(JSON.parse(key), read(next()));
      return entries;
    }
    if (/^-?\d/.test(token)) return /[.eE]/.test(token) ? new Float(Number(token)) : intOf(BigInt(token));
    return JSON.parse(token);
  };
  return read(next());
}

const FLOATS = { nan: NaN, inf: Infinity, "-inf": -Infinity };

/** Reads a value as `$` objects spell it. */
export function valueOf(json) {
  if (Array.isArray(json)) return json.map(valueOf);
  if (!(json instanceof Map)) return json;
  const [[tag, spelled] = []] = json;
  if (tag === "$float" && spelled in FLOATS) return new Float(FLOATS[spelled]);
  if (tag === "$bytes") return new Uint8Array(Buffer.from(spelled, "base64"));
  if (tag === "$array") return arrayOf(spelled.get("dtype"), spelled.get("shape"), spelled.get("data").map(valueOf));
  return mapOf(tag === "$dict" ? spelled : json);
}

function mapOf(json) {
  return new Map([...json].map(([key, item]) => [key, valueOf(item)]));
}

/** Makes an array; one without a dimension is a scalar. */
function arrayOf(dtype, shape, items) {
  const store = STORES.get(dtype);
  const element = (item) => {
    if (item instanceof Float) return dtype === "float16" ? halfFromFloat(item.value) : item.value;
    return dtype.endsWith("int64") ? BigInt(item) : Number(item);
  };
  const data = store.from(items.map(element));
  return shape.length === 0 ? elementOf(array(data, [1], dtype), 0) : array(data, shape, dtype);
}
