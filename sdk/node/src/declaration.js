/** What an environment says of itself. */

import { Float } from "./number.js";
import { ANY_INDEX, ANY_KEY, readPath } from "./path.js";
import { readSpace } from "./space.js";
import { entriesOf, isPlain } from "./value.js";

const KINDS = ["bool", "int", "float", "text", "bytes", "None", "array"];

/**
 * @typedef {object} Declaration
 * @property {import("./space.js").Space | null} actions
 * @property {string[]} agents
 * @property {Map<string, Map<string, unknown>>} fields as they travel
 * @property {import("./layout.js").Pattern[]} patterns those of the fields, the most definite first
 * @property {string[]} capabilities
 * @property {string[]} components
 */

/**
 * Reads the description of an environment, and which of the optional methods it has.
 * @param {object} instance
 * @returns {Declaration}
 */
export function readDeclaration(instance) {
  const description = instance?.description ?? instance?.constructor?.description;
  if (!isPlain(description)) throw new TypeError("an environment has a `description`, static or its own: { actions, agents, fields }");
  const { actions = null, agents = [], fields = {}, components = [] } = description;
  const declared = new Map(entriesOf(fields).map(([path, field]) => [path, readField(path, field)]));
  const has = (...methods) => methods.every((method) => typeof instance[method] === "function");
  return {
    actions: actions === null ? null : readSpace(describe(actions)),
    agents,
    fields: declared,
    patterns: patternsOf(declared),
    capabilities: [
      ...(has("call") ? ["call"] : []),
      ...(has("load") ? ["load"] : []),
      ...(has("snapshot", "restore") ? ["snapshot"] : []),
      ...(tapeOf(instance) === null ? [] : ["tape"]),
    ],
    components,
  };
}

/** Returns the tape of an environment, null where it has none; a Tape of another copy of this package is one as well. */
export function tapeOf(instance) {
  const { tape } = instance;
  return typeof tape?.feed === "function" && typeof tape.take === "function" ? tape : null;
}

/** Returns a space that was written in JavaScript as it would have travelled; whole numbers are ints. */
function describe(value) {
  if (Array.isArray(value)) return value.map(describe);
  if (isPlain(value)) return new Map(entriesOf(value).map(([key, item]) => [key, describe(item)]));
  return typeof value === "number" && !Number.isSafeInteger(value) ? new Float(value) : value;
}

function readField(path, { kind, dtype = "", shape = [], optional = false }) {
  if (!KINDS.includes(kind)) throw new TypeError(`the field \`${path}\` is of no kind ${JSON.stringify(kind)}: one of ${KINDS.join(", ")}`);
  return new Map(Object.entries({ kind, dtype, shape, optional }));
}

function patternsOf(fields) {
  const patterns = [...fields].map(([path, field]) => ({ segments: readPath(path), kind: field.get("kind") }));
  const looseness = ({ segments }) => segments.filter((segment) => segment === ANY_KEY || segment === ANY_INDEX).length;
  return patterns.sort((left, right) => looseness(left) - looseness(right));
}
