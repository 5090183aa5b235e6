/** A definite no, with its reason in words; nothing has changed. */
export class Refused extends Error {
  name = "Refused";
}

/** @typedef {{kind: "refused" | "failed", words: string}} End why something was not done */

/**
 * Returns what a thrown thing means for whoever asked.
 * @param {unknown} error
 * @returns {End}
 */
export function endOf(error) {
  if (error instanceof Refused) return { kind: "refused", words: error.message };
  return { kind: "failed", words: errorWords(error) };
}

/** Names the error and the place that threw it. */
function errorWords(error) {
  if (!(error instanceof Error)) return `${String(error)} was thrown`;
  const frame = String(error.stack).split("\n").find((line) => /^\s+at /.test(line));
  return `${error.name}: ${error.message}${frame === undefined ? "" : ` (${frame.trim()})`}`;
}
