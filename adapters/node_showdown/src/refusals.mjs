/** Says no in words, having changed nothing. */

import { Refused } from "equivcheck-sdk";

/**
 * @param {unknown} holds
 * @param {string} words said where it does not
 */
export function require(holds, words) {
  if (!holds) throw new Refused(words);
}
