/** The actions of an episode that is to be played, as they came: columns over `count` rows. */

import { array, dtypeOf, elementOf, isTyped, shapeOf } from "./array.js";
import { kindOf } from "./leaf.js";
import { readPath, unflatten } from "./path.js";
import { Refused } from "./refused.js";
import { inWords } from "./value.js";

const SCALARS = new Set(["bool", "int64", "uint64", "float64"]);

/** Rows of columns, each row the leaves of one action. */
export class Actions {
  /** @type {{segments: (string | number | symbol)[], leaf: (row: number) => unknown}[]} */
  #columns = [];

  /**
   * Reads a map of path to column. Throws Refused.
   * @param {unknown} columns
   * @param {number} count
   */
  constructor(columns, count) {
    if (!(columns instanceof Map)) throw new Refused("`actions` is a map of path to column");
    this.count = count;
    for (const [path, column] of columns) {
      const segments = readPath(path);
      if (segments.some((segment) => typeof segment === "symbol")) throw new Refused(`${inWords(path)} is no path`);
      this.#columns.push({ segments, leaf: readColumn(path, column, count) });
    }
    for (let row = 0; row < count; row += 1) {
      if (this.#columns.every(({ leaf }) => leaf(row) === undefined)) throw new Refused(`actions: row ${row} has no value`);
    }
  }

  /**
   * Returns the action of a row. Throws Refused where its leaves make no tree.
   * @param {number} row
   */
  get(row) {
    const leaves = this.#columns.map(({ segments, leaf }) => [segments, leaf(row)]);
    return unflatten(leaves.filter(([, leaf]) => leaf !== undefined));
  }
}

/** Returns what gives the leaf of a row, undefined where it has none. */
function readColumn(path, column, rows) {
  const [form, values, present, ...more] = Array.isArray(column) ? column : [];
  if (typeof form !== "string" || present === undefined || more.length > 0) {
    throw new Refused(`column ${inWords(path)}: a column is a list [form, values, present]`);
  }
  const leaf = readLeaves(form, values, rows);
  if (leaf === undefined) throw new Refused(`column ${inWords(path)} is no scalar, array or ragged one of ${rows} rows`);
  if (present === null) return leaf;
  if (!isTyped(present) || dtypeOf(present) !== "bool" || String(present.shape) !== String([rows])) {
    throw new Refused(`column ${inWords(path)}: its third part is nil or an array bool[${rows}]`);
  }
  return (row) => (present[row] === 1 ? leaf(row) : undefined);
}

function readLeaves(form, values, rows) {
  if (form === "ragged" && Array.isArray(values)) {
    const areLeaves = values.length === rows && values.every((value) => kindOf(value) !== undefined);
    return areLeaves ? (row) => values[row] : undefined;
  }
  if (!isTyped(values) || values.shape === undefined || values.shape[0] !== rows) return undefined;
  const [, ...shape] = shapeOf(values);
  if (form === "scalar" && shape.length === 0 && SCALARS.has(dtypeOf(values))) return (row) => elementOf(values, row);
  if (form !== "array" || shape.length === 0) return undefined;
  const width = values.length / Math.max(rows, 1);
  return (row) => array(values.slice(row * width, (row + 1) * width), shape, dtypeOf(values));
}
