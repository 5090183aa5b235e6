/** The battle log of one step as records: a line each, its words separated by `|`, Pokemon named by side and place. */

/** Lines that tell how a thing looks, or what the state says better, and why. README.md has the list. */
const COSMETIC = new Set([
  "", "t:", "gametype", "player", "teamsize", "gen", "tier", "rule", "rated", "start", "turn", "upkeep", "-hint", "debug", "message",
  "-message", "bigerror", "raw", "error", "clearpoke", "poke", "teampreview", "-anim", "-candynamax", "showteam", "html",
]);

const IDENT = /\b(p[12])[a-c]?: ([1-6])(?![^|\]])/g;

/**
 * Returns the records of a log, as one who sees everything reads it: of a split line the secret one.
 * @param {string[]} log
 * @returns {string[]}
 */
export function recordsOf(log) {
  const records = [];
  for (let index = 0; index < log.length; index += 1) {
    const line = log[index];
    if (line.startsWith("|split|")) {
      keep(records, log[index + 1]);
      index += 2;
    } else keep(records, line);
  }
  return records;
}

function keep(records, line) {
  const end = line.indexOf("|", 1);
  if (!COSMETIC.has(line.slice(1, end < 0 ? undefined : end))) records.push(line.slice(1).replace(IDENT, "$1:$2"));
}
