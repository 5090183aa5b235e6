/** Records every draw of a battle's generator: where in Showdown's source, for what, from which domain, with which result. */

import showdown from "pokemon-showdown";

/** Frames between the generator and whoever asked it. */
const PASSING = new Set(["random", "randomChance", "sample", "shuffle", "speedSort", "forEach", "keep", "siteOf"]);
const EVENTS = ["runEvent", "eachEvent", "fieldEvent"];
const FRAMES_MAX = 16;

/** The draws of one battle. */
export class DrawRecorder {
  #records = [];
  #battle = null;
  #event = "";

  /** Watches a generator, from before its battle is made. */
  watchGenerator(prng) {
    const { random, sample, shuffle } = showdown.PRNG.prototype;
    prng.random = (from, to) => {
      const value = random.call(prng, from, to);
      return this.keep(to ? `random ${from} ${to}` : from === undefined ? "random" : `random 0 ${from}`, value);
    };
    prng.randomChance = (numerator, denominator) => {
      const value = random.call(prng, denominator) < numerator;
      this.keep(`chance ${numerator} ${denominator}`, value ? 1 : 0);
      return value;
    };
    prng.sample = (items) => {
      let index = -1;
      const value = sample.call({ random: (count) => (index = random.call(prng, count)) }, items);
      this.keep(`sample ${items.length}`, index);
      return value;
    };
    prng.shuffle = (items, start = 0, end = items.length) => {
      const picks = [];
      shuffle.call({ random: (from, to) => picks[picks.push(random.call(prng, from, to)) - 1] }, items, start, end);
      picks.forEach((pick, index) => this.keep(`shuffle ${end - start - index}`, pick - start - index));
    };
  }

  /** Watches which event a battle runs, so that ties of speed can be told apart. */
  watchBattle(battle) {
    this.#battle = battle;
    for (const name of EVENTS) {
      const inner = battle[name];
      battle[name] = (eventid, ...rest) => {
        const outer = this.#event;
        this.#event = eventid;
        try {
          return inner.call(battle, eventid, ...rest);
        } finally {
          this.#event = outer;
        }
      };
    }
  }

  keep(domain, value) {
    this.#records.push({ site: this.siteOf(), key: this.#keyOf(), domain, value: String(value) });
    return value;
  }

  /** Returns what was drawn since it was asked last. */
  take() {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  siteOf() {
    const { prepareStackTrace, stackTraceLimit } = Error;
    const trace = {};
    Error.stackTraceLimit = FRAMES_MAX;
    Error.prepareStackTrace = (_, frames) => frames.map((frame) => (frame.getFunctionName() ?? "").split(".").at(-1));
    Error.captureStackTrace(trace);
    const names = trace.stack;
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
    const name = names.find((each) => each !== "" && !each.startsWith("prng") && !PASSING.has(each)) ?? "";
    if (EVENTS.includes(name)) return `${name} ${this.#event}`;
    return name.startsWith("on") ? `${this.#battle?.effect?.id ?? ""} ${name}` : name;
  }

  /** Returns whose move it is, and which: "p1:3 psychic"; nothing where no move is under way. */
  #keyOf() {
    const [pokemon, move] = [this.#battle?.activePokemon, this.#battle?.activeMove];
    return pokemon && move ? `${pokemon.side.id}:${pokemon.name} ${move.id}` : "";
  }
}
