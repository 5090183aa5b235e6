/** SplitMix64, in halves of 32 bits: a bigint would cost more than the environment. */

/** Returns the upper half of the product of two uint32. */
function upper(left, right) {
  const [a, b, c, d] = [left >>> 16, left & 0xffff, right >>> 16, right & 0xffff];
  const middle = a * d + ((b * d) >>> 16);
  const carry = b * c + (middle % 65_536);
  return a * c + Math.floor(middle / 65_536) + Math.floor(carry / 65_536);
}

/** The generator. Source: Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195. */
export class SplitMix64 {
  #low;
  #high;
  #stateLow;
  #stateHigh;

  /** @param {bigint | number} seed 0 to 2^64 - 1 */
  constructor(seed) {
    this.state = BigInt(seed);
  }

  /** The state: the seed, plus one odd constant a draw. */
  get state() {
    return (BigInt(this.#stateHigh) << 32n) | BigInt(this.#stateLow);
  }

  set state(value) {
    this.#stateLow = Number(BigInt.asUintN(32, value));
    this.#stateHigh = Number(BigInt.asUintN(32, value >> 32n));
  }

  /** Makes the next 64 bits. */
  #draw() {
    const low = this.#stateLow + 0x7f4a7c15;
    this.#stateHigh = (this.#stateHigh + 0x9e3779b9 + (low > 0xffffffff ? 1 : 0)) >>> 0;
    this.#stateLow = low >>> 0;
    this.#low = this.#stateLow;
    this.#high = this.#stateHigh;
    this.#stir(30);
    this.#multiply(0x1ce4e5b9, 0xbf58476d);
    this.#stir(27);
    this.#multiply(0x133111eb, 0x94d049bb);
    this.#stir(31);
  }

  #stir(shift) {
    const [low, high] = [this.#low, this.#high];
    this.#low = (low ^ ((low >>> shift) | (high << (32 - shift)))) >>> 0;
    this.#high = (high ^ (high >>> shift)) >>> 0;
  }

  #multiply(low, high) {
    const crossed = Math.imul(this.#high, low) + Math.imul(this.#low, high);
    this.#high = (upper(this.#low, low) + crossed) >>> 0;
    this.#low = Math.imul(this.#low, low) >>> 0;
  }

  /** Returns the next number of 64 random bits. */
  next() {
    this.#draw();
    return (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }

  /**
   * Returns a number below `count`; one draw, also where count is 1.
   * @param {number} count 1 to 2^32
   */
  below(count) {
    this.#draw();
    // every product stays below 2^48, and so exact
    const upper = ((this.#high % count) * 65_536 + (this.#low >>> 16)) % count;
    return (upper * 65_536 + (this.#low & 0xffff)) % count;
  }

  /** Returns a float in [0, 1) with 53 random bits. */
  unit() {
    this.#draw();
    return (this.#high * 2 ** 21 + (this.#low >>> 11)) * 2 ** -53;
  }
}
