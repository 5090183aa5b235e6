/** What requests hold, read whole before anything is done. */

import { Actions } from "./actions.js";
import { ENTRIES_MAX } from "./limits.js";
import { isInt } from "./number.js";
import { Refused } from "./refused.js";
import { readSpace } from "./space.js";
import { inWords, toPlain } from "./value.js";

/**
 * @typedef {Map<string, unknown>} Request
 * @typedef {import("./tape.js").Given} Given
 * @typedef {{seed: bigint, options: object, start: unknown, hasStart: boolean, draws: Given[][] | null}} Episode how an episode begins, and
 * what is drawn before each Step, null where it draws by itself
 * @typedef {{episodes: Episode[], choosers: bigint[], spaces: (import("./space.js").Space | null)[], stepsMax: number}} Roll
 */

/** @param {unknown} plain @param {string} key @returns {unknown[]} */
export function readList(plain, key) {
  const list = plain instanceof Map ? plain.get(key) : undefined;
  if (!Array.isArray(list)) throw new Refused(`\`${key}\` is not a list`);
  return list;
}

/** @param {unknown} plain @param {string} key @returns {string} */
export function readText(plain, key) {
  const text = plain instanceof Map ? plain.get(key) : undefined;
  if (typeof text !== "string") throw new Refused(`\`${key}\` is not a text`);
  return text;
}

function readUint64(value, what) {
  if (isInt(value) && value >= 0 && value < 2n ** 64n) return BigInt(value);
  throw new Refused(`${what} is an int from 0 to 2^64 - 1, not ${inWords(value)}`);
}

/** @param {Request} request @returns {number[]} */
export function readLanes(request) {
  const lanes = readList(request, "lanes");
  const isLane = (lane) => typeof lane === "number" && lane >= 0 && lane < 2 ** 32;
  if (!lanes.every(isLane) || new Set(lanes).size < lanes.length) {
    throw new Refused("`lanes` are different numbers from 0 to 2^32 - 1");
  }
  return lanes;
}

/** Returns a list with one item a lane. */
export function readItems(request, key, lanes) {
  const items = readList(request, key);
  if (items.length !== lanes.length) throw new Refused(`${items.length} \`${key}\` for ${lanes.length} lanes`);
  return items;
}

/** @param {Request} request @returns {import("./layout.js").Ask} */
export function readAsk(request) {
  const digested = readList(request, "digested");
  if (!digested.every((path) => typeof path === "string")) throw new Refused("`digested` holds text each");
  const detail = readText(request, "detail");
  if (!["full", "bare", "digest"].includes(detail)) throw new Refused(`unknown detail ${inWords(detail)}: one of full, bare, digest`);
  return { detail, digested: detail === "digest" ? digested : [] };
}

/** @param {unknown} plain @returns {Episode} */
export function readEpisode(plain) {
  if (!(plain instanceof Map)) throw new Refused("an episode is a map");
  const options = plain.get("options") ?? new Map();
  if (!(options instanceof Map)) throw new Refused("an episode's `options` are a map");
  const seed = readUint64(plain.get("seed"), "`seed`");
  const draws = plain.has("draws") ? readList(plain, "draws").map(readRecords) : null;
  return { seed, options: toPlain(options), start: plain.get("start"), hasStart: plain.has("start"), draws };
}

function readRecords(plain) {
  if (!Array.isArray(plain)) throw new Refused("`draws` hold a list of records each");
  return plain.map((record) => {
    const given = { site: readText(record, "site"), key: readText(record, "key"), value: record.get("value") };
    if (given.value === undefined) throw new Refused("a record of `draws` has no `value`");
    return given;
  });
}

/** @param {unknown} plain @returns {{episode: Episode, actions: Actions}[]} */
export function readScript(plain) {
  if (!Array.isArray(plain)) throw new Refused("a script is a list of episodes");
  return plain.map((one) => {
    const episode = readEpisode(one);
    return { episode, actions: new Actions(one.get("actions"), readCount(one, "count")) };
  });
}

/** @param {unknown} plain @returns {Roll} */
export function readRoll(plain) {
  const episodes = readList(plain, "episodes").map(readEpisode);
  const choosers = readList(plain, "choosers").map((chooser) => readUint64(chooser, "each of `choosers`"));
  const spaces = readList(plain, "spaces").map((space) => (space === null ? null : readSpace(space)));
  if (episodes.length !== choosers.length || episodes.length !== spaces.length) {
    throw new Refused("a roll has one of `choosers` and one of `spaces` (or nil) an episode");
  }
  return { episodes, choosers, spaces, stepsMax: readCount(plain, "steps_max") };
}

function readCount(plain, key) {
  const count = plain.get(key);
  if (typeof count === "number" && count >= 0 && count <= ENTRIES_MAX) return count;
  throw new Refused(`\`${key}\` is a number from 0 to ${ENTRIES_MAX}`);
}
