/** The limits of the protocol (docs/protocol.md, section 1), checked before anything is allocated. */

export const FRAME_BYTES_MAX = 64 * 2 ** 20;
export const DEPTH_MAX = 64;
export const MAP_ENTRIES_MAX = 65_536;
/** Of one list, and of all lists and maps of a frame together. */
export const ENTRIES_MAX = 4_194_304;
export const CONTAINERS_MAX = 262_144;
const TEXT_BYTES_MAX = 2 ** 20;
export const DIMENSIONS_MAX = 8;
const WORDS_BYTES_MAX = 4_096;
const PATH_CHARACTERS_MAX = 4_096;

/** What a frame holds so far: many small things take far more memory than the bytes they come in. */
export class Tally {
  #containers = 0;
  #entries = 0;

  /**
   * Counts a list or map of so many entries; an array has none.
   * @param {number} entries
   * @returns {string | null} what is wrong
   */
  add(entries) {
    this.#containers += 1;
    this.#entries += entries;
    if (this.#containers > CONTAINERS_MAX) return `more than ${CONTAINERS_MAX} maps, lists and arrays`;
    if (this.#entries > ENTRIES_MAX) return `maps and lists of more than ${ENTRIES_MAX} entries together`;
    return null;
  }
}

/**
 * Returns what is wrong with a path of so many keys and indices, null where nothing is.
 * @param {string} text
 * @param {number} segments
 */
export function complainOfPath(text, segments) {
  // a character takes one or two units
  if (text.length > PATH_CHARACTERS_MAX && [...text].length > PATH_CHARACTERS_MAX) {
    return `a path of more than ${PATH_CHARACTERS_MAX} characters`;
  }
  return segments >= DEPTH_MAX ? `a path of ${segments} keys and indices; at most ${DEPTH_MAX - 1}` : null;
}

/**
 * Returns what is wrong with a text, null where nothing is.
 * @param {string} text
 * @param {boolean} strict allow no control character
 */
export function complainOfText(text, strict) {
  // a unit takes one to three bytes
  if (text.length * 3 > TEXT_BYTES_MAX && Buffer.byteLength(text) > TEXT_BYTES_MAX) return "a text is longer than 1 MiB";
  return strict && /[\x00-\x1f\x7f]/.test(text) ? "a text holds a control character" : null;
}

/**
 * Returns the words cut to what a receiver keeps, at a character's end.
 * @param {string} words
 */
export function cutWords(words) {
  const bytes = Buffer.from(words);
  if (bytes.length <= WORDS_BYTES_MAX) return words;
  let end = WORDS_BYTES_MAX;
  while ((bytes[end] & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}
