/** Write an equivcheck adapter in JavaScript; README.md says how. */

export { array } from "./array.js";
export { choice, distribution, integers, permutation } from "./domain.js";
export { float } from "./number.js";
export { Refused } from "./refused.js";
export { serve } from "./program.js";
export { SplitMix64 } from "./splitmix.js";
export { Tape } from "./tape.js";
