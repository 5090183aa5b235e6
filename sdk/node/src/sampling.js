/** How an action is drawn from a space (docs/protocol.md, section 6). */

import { STORES, array, countOf, elementOf, isFloat } from "./array.js";
import { floatFromHalf, halfFromFloat, isInt, offset, plus } from "./number.js";
import { compareTexts } from "./path.js";
import { maskOf, masksOf } from "./space.js";

/** @typedef {import("./space.js").Space} Space */
/** @typedef {import("./splitmix.js").SplitMix64} SplitMix64 */

/**
 * Draws one action for a Step with this `legal` field; undefined where it allows nothing.
 * @param {SplitMix64} rng
 * @param {Space} space
 * @param {unknown} legal undefined where the Step has none
 * @param {Space | null} declared what the mask is about, where `space` narrows it
 * @param {boolean} agents both spaces are dicts of agents
 */
export function drawAction(rng, space, legal, declared, agents) {
  if (!agents) return draw(rng, space, legal, declared);
  const actions = new Map();
  for (const agent of [...(legal ?? space.items).keys()].sort(compareTexts)) {
    const own = space.items.get(agent);
    if (own === undefined) throw new TypeError(`\`legal\` names ${JSON.stringify(agent)}, which has no actions`);
    const action = draw(rng, own, legal?.get(agent), declared?.items.get(agent));
    if (action === undefined) return undefined;
    actions.set(agent, action);
  }
  return actions.size > 0 ? actions : undefined;
}

/** Draws from one space; undefined where nothing is legal. */
function draw(rng, space, legal, declared) {
  switch (space.type) {
    case "discrete":
      return drawIndex(rng, space.n, space.start, legal);
    case "multidiscrete": {
      const masks = masksOf(legal, space.n.length);
      const parts = drawAll(space.n, (n, index) => drawIndex(rng, n, space.start[index], masks?.[index]));
      return parts && array(BigInt64Array.from(parts, BigInt));
    }
    case "multibinary":
      return array(Int8Array.from({ length: countOf(space.shape) }, () => rng.below(2)), space.shape);
    case "box": {
      const store = STORES.get(space.dtype);
      const data = store.from(space.low, (low, index) => drawElement(rng, space.dtype, low, space.high[index]));
      if (space.shape.length > 0) return array(data, space.shape, space.dtype);
      return elementOf(array(data, [1], space.dtype), 0);
    }
    case "choice":
      return drawChoice(rng, space.values, legal, declared);
    case "tuple": {
      const masks = masksOf(legal, space.items.length);
      return drawAll(space.items, (item, index) => draw(rng, item, masks?.[index]));
    }
    case "dict": {
      const keys = [...space.items.keys()];
      const parts = drawAll(keys, (key) => draw(rng, space.items.get(key)));
      return parts && new Map(keys.map((key, index) => [key, parts[index]]));
    }
  }
}

/** Draws part by part; undefined where one of them has nothing legal. */
function drawAll(parts, drawPart) {
  const drawn = [];
  for (const [index, part] of parts.entries()) {
    const one = drawPart(part, index);
    if (one === undefined) return undefined;
    drawn.push(one);
  }
  return drawn;
}

function drawIndex(rng, n, start, legal) {
  if (legal == null) return plus(start, rng.below(n));
  const mask = maskOf(legal, n);
  let allowed = 0;
  for (const bit of mask) allowed += bit;
  if (allowed === 0) return undefined;
  let number = rng.below(allowed);
  for (let index = 0; ; index += 1) {
    if (mask[index] === 1 && number-- === 0) return plus(start, index);
  }
}

function drawChoice(rng, values, legal, declared) {
  if (legal == null || declared?.type !== "discrete") return values[rng.below(values.length)];
  const mask = maskOf(legal, declared.n);
  const listed = values.filter((value) => isInt(value) && mask[offset(value, declared.start)] === 1);
  return listed.length > 0 ? listed[rng.below(listed.length)] : drawIndex(rng, declared.n, declared.start, legal);
}

function drawElement(rng, dtype, low, high) {
  if (dtype === "bool") return rng.below(2);
  if (!isFloat(dtype)) return drawWhole(rng, dtype, BigInt(low), BigInt(high));
  const [least, most] = finite(low, high);
  const drawn = Math.min(roundTo(dtype, least + rng.unit() * (most - least)), most);
  return dtype === "float16" ? halfFromFloat(drawn) : drawn;
}

function drawWhole(rng, dtype, low, high) {
  const drawn = low + (rng.next() % (high - low + 1n));
  return dtype.endsWith("64") ? drawn : Number(drawn);
}

function finite(low, high) {
  if (Number.isFinite(low)) return [low, Number.isFinite(high) ? high : low + 2];
  return Number.isFinite(high) ? [high - 2, high] : [-1, 1];
}

function roundTo(dtype, value) {
  if (dtype === "float16") return floatFromHalf(halfFromFloat(value));
  return dtype === "float32" ? Math.fround(value) : value;
}
