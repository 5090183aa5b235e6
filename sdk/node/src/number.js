/** Numbers: an int is a number where that is exact, else a bigint; a float on the wire is a Float. */

/** A float that says so: where nothing declares its kind, a bare number could be an int. */
export class Float {
  /** @param {number} value */
  constructor(value) {
    this.value = value;
  }
}

/**
 * Says that a number is a float, where no field declares it.
 * @param {number} value
 */
export function float(value) {
  if (typeof value !== "number") throw new TypeError(`${String(value)} is no number`);
  return new Float(value);
}

/**
 * Returns an int in its one form.
 * @param {bigint} value
 * @returns {number | bigint}
 */
export function intOf(value) {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/**
 * Returns whether a value that was read from the wire is an int.
 * @param {unknown} value
 * @returns {value is number | bigint}
 */
export function isInt(value) {
  return typeof value === "number" || typeof value === "bigint";
}

/**
 * Returns the sum of two ints.
 * @param {number | bigint} left
 * @param {number | bigint} right
 */
export function plus(left, right) {
  const sum = typeof left === "number" && typeof right === "number" ? left + right : NaN;
  return Number.isSafeInteger(sum) ? sum : intOf(BigInt(left) + BigInt(right));
}

/**
 * Returns how far an int lies above another one; exact where it is a safe integer.
 * @param {number | bigint} value
 * @param {number | bigint} start
 */
export function offset(value, start) {
  return typeof value === "number" && typeof start === "number" ? value - start : Number(BigInt(value) - BigInt(start));
}

const scratch = new DataView(new ArrayBuffer(8));

/** @param {number} bits of a float16 */
export function floatFromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, mantissa] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return mantissa ? NaN : sign * Infinity;
  return sign * (exponent ? (1024 + mantissa) * 2 ** (exponent - 25) : mantissa * 2 ** -24);
}

/**
 * Returns the bits of the float16 next to a float, ties to even.
 * @param {number} value
 */
export function halfFromFloat(value) {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65_520) return sign | 0x7c00;
  scratch.setFloat64(0, size);
  const exponent = Math.max((scratch.getUint16(0) >> 4) - 1023, -14);
  // the mantissa with its leading bit: where that is not there (subnormal) or rounds up, the sum comes out right
  return sign | ((exponent + 14) * 1024 + roundToEven(size * 2 ** (10 - exponent)));
}

function roundToEven(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}
