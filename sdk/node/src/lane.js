/** Lanes: one instance each, and what may be done with it. */

import { array, isTyped } from "./array.js";
import { tapeOf } from "./declaration.js";
import { Frame } from "./frame.js";
import { Refused } from "./refused.js";
import { allows, allowsAgents } from "./space.js";
import { inWords, isPlain, nameOf, toPlain } from "./value.js";
import { decodeFrame } from "./wire.js";

/** @typedef {{fields: object, legal: unknown, isFirst: boolean}} Shown what is seen; at the first Step of an episode there is no reward */

/** One instance, where its episode stands, and what is legal next. */
export class Lane {
  #instance;
  #declaration;
  /** @type {"fresh" | "running" | "ended"} */
  #phase = "fresh";
  /** @type {Shown | null} */
  shown = null;
  /** A mask, a list of masks, or a Map of agent to one of these; undefined where all is legal. */
  legal = undefined;
  /** @type {import("./tape.js").Given[][] | null} What is drawn before each Step, null where the environment draws by itself. */
  #draws = null;
  #stepNumber = 0;

  /**
   * @param {object} instance
   * @param {import("./declaration.js").Declaration} declaration
   */
  constructor(instance, declaration) {
    this.#instance = instance;
    this.#declaration = declaration;
  }

  get isRunning() {
    return this.#phase === "running";
  }

  /**
   * Resets, and loads the start state if there is one.
   * @param {import("./request.js").Episode} episode
   */
  begin(episode) {
    if (episode.draws !== null && tapeOf(this.#instance) === null) {
      throw new Refused("no tape: the environment cannot be told what to draw");
    }
    this.#draws = episode.draws;
    this.#feed(0);
    const fields = this.#instance.reset(episode.seed, episode.options);
    this.#phase = "fresh"; // a start that is refused leaves no episode
    this.#look(episode.hasStart ? this.#loaded(episode.start) : fields, true);
    this.#stepNumber = 0;
  }

  /** @param {unknown} action as read from the wire, or drawn */
  step(action) {
    if (this.#phase === "fresh") throw new Refused("no step: the lane was not reset");
    if (this.#phase === "ended") throw new Refused("no step: the episode has ended");
    if (!this.#allows(action)) throw new Refused(`${inWords(action)} is not in the action space, or not legal now`);
    this.#feed(this.#stepNumber + 1);
    this.#look(this.#instance.step(toPlain(action)), false);
    this.#stepNumber += 1;
  }

  /** Tells the environment what it draws before a Step; after the end of a tape, nothing. */
  #feed(stepNumber) {
    tapeOf(this.#instance)?.feed(this.#draws === null ? null : (this.#draws[stepNumber] ?? []));
  }

  #allows(action) {
    const { actions, agents } = this.#declaration;
    if (actions === null) return true;
    return agents.length > 0 ? allowsAgents(actions, action, this.legal) : allows(actions, action, this.legal);
  }

  /** @param {unknown} state */
  load(state) {
    if (this.#phase === "fresh") throw new Refused("no load: the lane was not reset");
    this.#look(this.#loaded(state), true);
  }

  #loaded(state) {
    if (typeof this.#instance.load !== "function") throw new Refused("this environment cannot load states");
    return this.#instance.load(toPlain(state));
  }

  /** Returns a token of where the lane stands. */
  snapshot() {
    if (typeof this.#instance.snapshot !== "function") throw new Refused("this environment keeps no snapshots");
    if (this.#phase === "fresh") throw new Refused("no snapshot: a lane was not reset");
    const state = this.#instance.snapshot();
    if (!(state instanceof Uint8Array)) throw new TypeError(`snapshot() returned ${nameOf(state)}, not a Uint8Array`);
    const bytes = new Uint8Array(state);
    const frame = Frame.of("snapshot", { running: this.isRunning, legal: this.legal ?? null, state: bytes });
    return new Uint8Array(frame.finish().subarray(4));
  }

  /** @param {Map<string, unknown>} token as `readToken` gives it */
  restore(token) {
    if (typeof this.#instance.restore !== "function") throw new Refused("this environment keeps no snapshots");
    this.#instance.restore(token.get("state"));
    this.legal = token.get("legal") ?? undefined;
    this.#phase = token.get("running") ? "running" : "ended";
  }

  #look(fields, isFirst) {
    if (!isPlain(fields) || fields instanceof Map) throw new TypeError(`a Step is a plain object of fields, not ${nameOf(fields)}`);
    this.legal = readLegal(fields.legal ?? undefined);
    if (this.#declaration.agents.length > 0 && this.legal !== undefined && !(this.legal instanceof Map)) {
      throw new TypeError("`legal` is an object of agent to mask where there are agents");
    }
    this.#phase = fields.terminated === true || fields.truncated === true ? "ended" : "running";
    const tape = tapeOf(this.#instance);
    this.shown = { fields: tape === null ? fields : { ...fields, draws: tape.take() }, legal: this.legal, isFirst };
  }
}

/**
 * Reads a token that a lane gave. Throws Refused.
 * @param {unknown} token
 */
export function readToken(token) {
  if (!isTyped(token) || token.shape !== undefined) throw new Refused("`tokens` hold bin each");
  const read = decodeFrame(Buffer.from(token));
  if (read.get("type") !== "snapshot" || !(read.get("state") instanceof Uint8Array)) throw new Refused("a token that no snapshot gave");
  return read;
}

/** Returns a copy of the field `legal`: masks are arrays of bools, however they were written. */
function readLegal(legal) {
  if (legal === undefined || legal === null) return legal;
  if (isTyped(legal)) return array(Uint8Array.from(legal, (bit) => (bit ? 1 : 0)), [legal.length], "bool");
  if (isPlain(legal)) return new Map(Object.entries(legal).map(([agent, mask]) => [agent, readLegal(mask)]));
  if (!Array.isArray(legal)) throw new TypeError(`\`legal\` holds ${nameOf(legal)}, not booleans`);
  if (legal.every((bit) => typeof bit === "boolean")) return array(Uint8Array.from(legal, Number), [legal.length], "bool");
  return legal.map(readLegal);
}
