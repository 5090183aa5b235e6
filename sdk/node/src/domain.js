/** Domains: what a draw could have been (docs/draws.md), and the forms in which its value travels. */

import { array, countOf, elementOf, isTyped, shapeOf } from "./array.js";
import { Float, float, isInt } from "./number.js";
import { nameOf } from "./value.js";

/** What a draw could have been. */
export class Domain {
  #shape;
  #form;
  #holds;

  /**
   * @param {Record<string, unknown>} told as a Step shows it
   * @param {number[]} shape of what is drawn at once; without a dimension it is one number
   * @param {Form} form of each number
   * @param {(numbers: (number | bigint)[]) => boolean} [holds] whether all of them can be drawn together
   */
  constructor(told, shape, form, holds = () => true) {
    this.told = told;
    this.#shape = shape;
    this.#form = form;
    this.#holds = holds;
  }

  /**
   * Returns what was drawn as it travels.
   * @param {unknown} value a number, or a list of them, row by row
   */
  write(value) {
    if (this.#shape.length === 0) return this.#form.write(value);
    if (!Array.isArray(value) && !isTyped(value)) {
      throw new TypeError(`${nameOf(value)} was drawn, and a list of ${countOf(this.#shape)} numbers is wanted`);
    }
    const numbers = Array.from(value, (one) => this.#form.write(one));
    const isWhole = !numbers.some((one) => one instanceof Float);
    if (isWhole && numbers.some((one) => BigInt.asIntN(64, one) !== one)) throw new RangeError("a list of draws holds ints of 64 bits");
    const data = isWhole ? BigInt64Array.from(numbers) : Float64Array.from(numbers, (one) => one.value);
    return array(data, [...this.#shape]);
  }

  /**
   * Returns a value of the wire as an environment draws it, undefined where this domain does not hold it.
   * @param {unknown} value
   */
  read(value) {
    const isOne = this.#shape.length === 0;
    if (!isOne && !(isTyped(value) && value.shape !== undefined && String(shapeOf(value)) === String(this.#shape))) return undefined;
    const leaves = isOne ? [value] : Array.from(value, (_, index) => elementOf(value, index));
    const numbers = leaves.map((leaf) => this.#form.read(leaf));
    if (numbers.includes(undefined) || !this.#holds(numbers)) return undefined;
    return isOne ? numbers[0] : numbers;
  }
}

/** @typedef {{write: (number: unknown) => bigint | Float, read: (leaf: unknown) => number | bigint | undefined}} Form of numbers */

/** Whole numbers, which an environment has as numbers, or all as bigints. */
const wholeForm = (areBig) => ({
  write: (number) => {
    if (typeof number === "bigint" || Number.isSafeInteger(number)) return BigInt(number);
    throw new TypeError(`${String(number)} was drawn, and a whole number is wanted`);
  },
  read: (leaf) => (isInt(leaf) ? (areBig ? BigInt(leaf) : leaf) : undefined),
});
const WHOLE = wholeForm(false);

/** Floats, which are numbers, and ints, which are bigints. */
const LAW = {
  write: (number) => (typeof number === "bigint" ? number : float(number)),
  read: (leaf) => (leaf instanceof Float ? leaf.value : isInt(leaf) ? BigInt(leaf) : undefined),
};

/**
 * The whole numbers from `low`, `high` left out, each as likely as the others; drawn as bigints where `low` is one.
 * @param {number | bigint} low
 * @param {number | bigint} high
 * @param {number[]} [size] the shape of what is drawn at once
 */
export function integers(low, high, size = []) {
  const form = wholeForm(typeof low === "bigint");
  const holds = (numbers) => numbers.every((number) => low <= number && number < high);
  return new Domain(sized({ kind: "integers", low: form.write(low), high: form.write(high) }, size), size, form, holds);
}

/**
 * The whole numbers from 0, with these probabilities.
 * @param {ArrayLike<number>} p
 * @param {number[]} [size] the shape of what is drawn at once
 */
export function choice(p, size = []) {
  const odds = Float64Array.from(p);
  return new Domain(sized({ kind: "choice", p: odds }, size), size, WHOLE, (numbers) => numbers.every((number) => odds[number] > 0));
}

/**
 * Every order of the numbers below `n`, each as likely as the others.
 * @param {number} n
 */
export function permutation(n) {
  const holds = (numbers) => numbers.toSorted((left, right) => left - right).every((number, place) => number === place);
  return new Domain({ kind: "permutation", n: BigInt(n) }, [n], WHOLE, holds);
}

/**
 * A distribution by its name in numpy (`uniform`, `normal`, ...), with its parameters by theirs: here and in what is drawn a number is
 * a float and a bigint an int.
 * @param {string} name
 * @param {Record<string, unknown>} parameters
 * @param {number[]} [size] the shape of what is drawn at once
 */
export function distribution(name, parameters, size = []) {
  const told = Object.entries(parameters).map(([key, value]) => [key, typeof value === "number" ? float(value) : value]);
  return new Domain(sized({ kind: name, ...Object.fromEntries(told) }, size), size, LAW);
}

function sized(told, size) {
  return size.length > 0 ? { ...told, size: size.map(BigInt) } : told;
}
