/** Action spaces (docs/protocol.md, section 5): what an environment accepts as an action. */

import { STORES, countOf, dtypeOf, elementOf, isFloat, isTyped, numbersOf, shapeOf } from "./array.js";
import { Frame } from "./frame.js";
import { DIMENSIONS_MAX, ENTRIES_MAX } from "./limits.js";
import { Float, isInt, offset } from "./number.js";
import { compareTexts } from "./path.js";
import { Refused } from "./refused.js";
import { inWords } from "./value.js";

const NESTING_MAX = 16;

/**
 * @typedef {object} Space
 * @property {"discrete" | "multidiscrete" | "multibinary" | "box" | "choice" | "tuple" | "dict"} type
 * Beside it the keys of section 5; a bound is a number, the items of a dict are a Map in the order of their UTF-8 bytes.
 */

/**
 * Reads a space that came over the wire. Throws Refused.
 * @param {unknown} plain
 * @param {number} [nesting]
 * @returns {Space}
 */
export function readSpace(plain, nesting = NESTING_MAX) {
  if (nesting === 0) throw new Refused(`spaces nest at most ${NESTING_MAX} deep`);
  if (!(plain instanceof Map)) throw new Refused(`an action space is a map with a \`type\`, not ${inWords(plain)}`);
  const type = plain.get("type");
  const list = (key) => {
    if (!Array.isArray(plain.get(key))) throw new Refused(`an action space: \`${key}\` is not a list`);
    return plain.get(key);
  };
  switch (type) {
    case "discrete":
      return { type, n: readCount(plain.get("n"), 1), start: readStart(plain.get("start") ?? 0) };
    case "multidiscrete": {
      const n = list("n").map((count) => readCount(count, 1));
      const start = plain.has("start") ? list("start").map(readStart) : n.map(() => 0);
      if (n.length !== start.length) throw new Refused("`start` has one int for each of `n`");
      return { type, n, start };
    }
    case "multibinary":
      return { type, shape: readShape(list("shape"), 1) };
    case "box":
      return readBox(plain.get("dtype"), readShape(list("shape"), 0), list("low").map(readBound), list("high").map(readBound));
    case "choice":
      if (list("values").length === 0) throw new Refused("`values` is empty");
      return { type, values: list("values") };
    case "tuple":
      return { type, items: list("items").map((item) => readSpace(item, nesting - 1)) };
    case "dict": {
      const items = plain.get("items");
      if (!(items instanceof Map)) throw new Refused("`items` of a dict is a map");
      const sorted = [...items].sort(([left], [right]) => compareTexts(left, right));
      return { type, items: new Map(sorted.map(([key, item]) => [key, readSpace(item, nesting - 1)])) };
    }
    default:
      throw new Refused(`unknown space type ${inWords(type)}`);
  }
}

function readCount(value, least) {
  if (typeof value === "number" && value >= least && value < 2 ** 32) return value;
  throw new Refused(`${inWords(value)} is no count from ${least} to 2^32 - 1`);
}

function readStart(value) {
  if (isInt(value) && value >= -(2n ** 63n) && value < 2n ** 63n) return value;
  throw new Refused(`${inWords(value)} is no int64`);
}

function readShape(lengths, least) {
  if (lengths.length > DIMENSIONS_MAX) throw new Refused(`a shape has at most ${DIMENSIONS_MAX} dimensions`);
  const shape = lengths.map((length) => readCount(length, least));
  if (countOf(shape) > ENTRIES_MAX) throw new Refused(`a shape of ${countOf(shape)} elements`);
  return shape;
}

function readBound(plain) {
  const value = plain instanceof Map ? { inf: Infinity, "-inf": -Infinity }[plain.get("$float")] : plain;
  if (value instanceof Float) return value.value;
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  throw new Refused(`${inWords(plain)} is no bound`);
}

function readBox(dtype, shape, low, high) {
  if (!STORES.has(dtype)) throw new Refused(`unknown dtype ${inWords(dtype)}`);
  if (low.length !== countOf(shape) || high.length !== countOf(shape)) {
    throw new Refused("`low` and `high` need one number an element");
  }
  const fits = (bound) => (isFloat(dtype) ? !Number.isNaN(bound) : Number.isInteger(bound));
  if (!low.every((bound, index) => fits(bound) && fits(high[index]) && bound <= high[index])) {
    throw new Refused("in a box low <= high, and the bounds of an integer box are finite and whole");
  }
  return { type: "box", shape, dtype, low, high };
}

/**
 * Returns a space as it travels.
 * @param {Space} space
 */
export function spaceToPlain(space) {
  const plain = new Map(Object.entries(space));
  if (space.type === "box") {
    plain.set("low", space.low.map(boundToPlain)).set("high", space.high.map(boundToPlain));
  } else if (space.type === "tuple") plain.set("items", space.items.map(spaceToPlain));
  else if (space.type === "dict") {
    plain.set("items", new Map([...space.items].map(([key, item]) => [key, spaceToPlain(item)])));
  }
  return plain;
}

function boundToPlain(bound) {
  return Number.isFinite(bound) ? new Float(bound) : new Map([["$float", bound > 0 ? "inf" : "-inf"]]);
}

/**
 * Returns whether an action is in the space and allowed by the mask. Throws TypeError where the mask does not fit the space.
 * @param {Space} space
 * @param {unknown} action as read from the wire
 * @param {unknown} [legal] a mask, or a list of masks; null or undefined where all is allowed
 */
export function allows(space, action, legal) {
  switch (space.type) {
    case "discrete":
      return isInt(action) && allowsIndex(space.n, offset(action, space.start), legal);
    case "multidiscrete": {
      const masks = masksOf(legal, space.n.length);
      const allowsPart = (n, index) => allowsIndex(n, offset(elementOf(action, index), space.start[index]), masks?.[index]);
      return isArray(action, isWhole, [space.n.length]) && space.n.every(allowsPart);
    }
    case "multibinary":
      return isArray(action, isWhole, space.shape) && numbersOf(action).every((bit) => bit === 0 || bit === 1);
    case "box":
      return allowsBox(space, action);
    case "choice":
      return space.values.some((value) => isSame(value, action));
    case "tuple": {
      if (!Array.isArray(action) || action.length !== space.items.length) return false;
      const masks = masksOf(legal, space.items.length);
      return space.items.every((item, index) => allows(item, action[index], masks?.[index]));
    }
    case "dict":
      if (!(action instanceof Map) || action.size !== space.items.size) return false;
      return [...space.items].every(([key, item]) => action.has(key) && allows(item, action.get(key)));
  }
}

/** Returns whether an action is an array of such a dtype and of this shape. */
function isArray(action, isFitting, shape) {
  if (!isTyped(action) || action.shape === undefined) return false;
  return isFitting(dtypeOf(action)) && String(shapeOf(action)) === String(shape);
}

function isWhole(dtype) {
  return !isFloat(dtype) && dtype !== "bool";
}

function allowsIndex(n, index, legal) {
  return index >= 0 && index < n && (legal == null || maskOf(legal, n)[index] !== 0);
}

function allowsBox({ shape, dtype, low, high }, action) {
  const inside = (number, index) => low[index] <= number && number <= high[index];
  if (shape.length === 0) {
    if (dtype === "bool") return typeof action === "boolean";
    if (isFloat(dtype)) return action instanceof Float && inside(action.value, 0);
    return isInt(action) && inside(Number(action), 0);
  }
  return isArray(action, (own) => own === dtype, shape) && numbersOf(action).every(inside);
}

function isSame(left, right) {
  const spell = (value) => Frame.of("value", { value }).finish();
  return Buffer.compare(spell(left), spell(right)) === 0;
}

/**
 * Returns whether `actions` covers exactly the agents that `legal` names (all, without it), each allowed.
 * @param {Space} space
 * @param {unknown} actions
 * @param {Map<string, unknown> | undefined} legal
 */
export function allowsAgents(space, actions, legal) {
  if (!(actions instanceof Map) || actions.size !== (legal ?? space.items).size) return false;
  return [...actions].every(([agent, action]) => {
    const isAsked = legal === undefined || legal.has(agent);
    return isAsked && space.items.has(agent) && allows(space.items.get(agent), action, legal?.get(agent));
  });
}

/** Returns the mask of a discrete space, one byte an action. */
export function maskOf(mask, n) {
  if (isTyped(mask) && dtypeOf(mask) === "bool" && mask.length === n) return mask;
  throw new TypeError(`a mask in \`legal\` does not have ${n} booleans`);
}

/** Returns the masks of a tuple or multidiscrete space, one an item; undefined where there are none. */
export function masksOf(legal, count) {
  if (legal == null) return undefined;
  if (Array.isArray(legal) && legal.length === count) return legal;
  throw new TypeError(`\`legal\` is not a list of ${count} masks`);
}
