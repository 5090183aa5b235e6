/** Tapes: what an environment draws, recorded; or answered by what another has drawn (docs/draws.md). */

/** @typedef {{site: string, key: string, value: unknown}} Given a record as it came over the wire; its domain is another side's */

/**
 * The draws of one environment, which has it as its member `tape`: the SDK feeds it, and shows what it took down as the Step's `draws`.
 *
 * Anywhere else, as in production, nobody feeds it, and then it does nothing: a draw is what `make` makes.
 */
export class Tape {
  /** What was drawn since the last `feed` or `take`; null where nobody feeds. */
  #made = null;
  /** By site and key, the values that are left to draw; null where the environment draws by itself. */
  #given = null;
  #isDrawing = false;

  /**
   * Returns one drawn value: what the tape has next for the site and key where the domain holds it, else what `make` returns. What `make`
   * itself draws is part of it, and not recorded.
   * @template T
   * @param {string} site where it is drawn, such as `Cave.step`
   * @param {string | number} key whom it concerns, "" where that says nothing
   * @param {import("./domain.js").Domain} domain
   * @param {() => T} make returns a number, or a list of numbers for a domain with a size and for a permutation
   * @returns {T}
   */
  draw(site, key, domain, make) {
    if (this.#made === null || this.#isDrawing) return make();
    const given = this.#given?.get(placeOf(site, String(key)))?.shift();
    const told = given === undefined ? undefined : domain.read(given);
    const value = told === undefined ? this.#let(make) : told;
    const shown = told === undefined ? domain.write(value) : typeof given === "number" ? BigInt(given) : given;
    this.#made.push({ site, key: String(key), domain: domain.told, value: shown });
    return value;
  }

  #let(make) {
    this.#isDrawing = true;
    try {
      return make();
    } finally {
      this.#isDrawing = false;
    }
  }

  /**
   * Answers the draws to come by these records, and forgets what was before; null: the environment draws by itself.
   * @param {Given[] | null} records
   */
  feed(records) {
    this.#made = [];
    this.#given = records === null ? null : new Map();
    for (const { site, key, value } of records ?? []) {
      const place = placeOf(site, key);
      this.#given.has(place) ? this.#given.get(place).push(value) : this.#given.set(place, [value]);
    }
  }

  /** Returns the records of what was drawn since the last `feed` or `take`. */
  take() {
    const made = this.#made ?? [];
    if (this.#made !== null) this.#made = [];
    return made;
  }
}

function placeOf(site, key) {
  return `${site.length}:${site}${key}`;
}
