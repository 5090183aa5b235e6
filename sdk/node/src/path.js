/** Names of leaves: `state.sides[0].team["Mr. Mime"].hp`; a segment is a key (text) or an index (number). */

import { complainOfPath, complainOfText } from "./limits.js";
import { Refused } from "./refused.js";

/** Segments of a pattern: any key, any index. */
export const ANY_KEY = Symbol("*");
export const ANY_INDEX = Symbol("[*]");

// The white space of other languages is more than that of a regular expression here.
const PLAIN = /^[^.[\]"*\s\x00-\x1f\x7f\x85]+/;
const KEY = /^\["((?:[^"\\]|\\.)*)"\]/s;
const INDEX = /^\[(\d{1,9})\]/;

/**
 * Returns the text of a path that goes on.
 * @param {string} text of the path so far
 * @param {string | number} segment
 */
export function extendPath(text, segment) {
  if (typeof segment === "number") return `${text}[${segment}]`;
  if (PLAIN.exec(segment)?.[0] === segment && !segment.includes("\ufeff") && segment.isWellFormed()) {
    return text === "" ? segment : `${text}.${segment}`;
  }
  return `${text}[${quote(segment)}]`;
}

/** Spells a key as a JSON string in ASCII. */
function quote(key) {
  const escape = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(key).replace(/[^ -~]/g, escape);
}

/**
 * Returns the segments of a path or a pattern. Throws Refused.
 * @param {string} text
 * @returns {(string | number | symbol)[]}
 */
export function readPath(text) {
  const segments = [];
  for (let rest = text; rest !== ""; ) {
    const [segment, length] = readSegment(rest, segments.length === 0) ?? [];
    if (segment === undefined) throw new Refused(`${JSON.stringify(text.slice(0, 80))} is no path`);
    segments.push(segment);
    rest = rest.slice(length);
  }
  const complaint = complainOfPath(text, segments.length) ?? complainOfText(text, true);
  if (complaint !== null) throw new Refused(complaint);
  return segments;
}

/** Returns the first segment and its length, undefined where there is none. */
function readSegment(rest, isFirst) {
  if (rest.startsWith("[*]")) return [ANY_INDEX, 3];
  const index = INDEX.exec(rest);
  if (index !== null) return [Number(index[1]), index[0].length];
  const quoted = KEY.exec(rest);
  if (quoted !== null) {
    const key = unquote(quoted[1]);
    return key === undefined ? undefined : [key, quoted[0].length];
  }
  const dot = isFirst ? 0 : 1;
  if (dot === 1 && rest[0] !== ".") return undefined;
  if (rest[dot] === "*") return [ANY_KEY, dot + 1];
  const plain = PLAIN.exec(rest.slice(dot));
  return plain === null ? undefined : [plain[0], dot + plain[0].length];
}

/** Reads what stands between the quotes of a JSON string, undefined where it is none. */
function unquote(inner) {
  try {
    const key = JSON.parse(`"${inner}"`);
    return key.isWellFormed() ? key : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the tree that has these leaves. Throws Refused where they make none.
 * @param {[(string | number)[], unknown][]} leaves
 */
export function unflatten(leaves) {
  if (leaves[0][0].length === 0 && leaves.length === 1) return leaves[0][1];
  /** @type {Map<string | number, [(string | number)[], unknown][]>} */
  const parts = new Map();
  for (const [[head, ...tail], leaf] of leaves) {
    if (head === undefined || typeof head !== typeof leaves[0][0][0]) throw new Refused("the leaves of an action make no tree");
    parts.has(head) ? parts.get(head).push([tail, leaf]) : parts.set(head, [[tail, leaf]]);
  }
  const heads = [...parts.keys()];
  if (typeof heads[0] === "string") return new Map(heads.map((head) => [head, unflatten(parts.get(head))]));
  return heads.sort((left, right) => left - right).map((head) => unflatten(parts.get(head)));
}

/**
 * Compares texts in the order of their UTF-8 bytes.
 * @param {string} left
 * @param {string} right
 */
export function compareTexts(left, right) {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
