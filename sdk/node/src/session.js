/** A session: one program, the environment that `hello` has chosen, its lanes, and an answer to every request. */

import { isDeepStrictEqual } from "node:util";

import { Blocks } from "./blocks.js";
import { readDeclaration } from "./declaration.js";
import { Frame } from "./frame.js";
import { Lane, readToken } from "./lane.js";
import { Layout } from "./layout.js";
import { Refused, endOf } from "./refused.js";
import { readAsk, readEpisode, readItems, readLanes, readList, readRoll, readScript, readText } from "./request.js";
import { drawAction } from "./sampling.js";
import { spaceToPlain } from "./space.js";
import { SplitMix64 } from "./splitmix.js";
import { inWords, toPlain, toWire } from "./value.js";

const VERSION = 1;
/** A message for many lanes costs little more than one for a single lane. */
const LANES_BEST = 128;

/**
 * @typedef {() => object | Promise<object>} Factory makes one instance of an environment
 * @typedef {{name: string, version?: string, environments: Record<string, Factory>}} Program what a program offers
 * @typedef {import("./request.js").Request} Request
 * @typedef {(frame: Frame) => void} Send
 */

/** Answers requests, one after another. */
export class Session {
  #program;
  /** @type {Chosen | null} */
  #chosen = null;
  isClosed = false;

  /** @param {Program} program */
  constructor(program) {
    this.#program = program;
  }

  /**
   * Answers one request; `send` is given one frame or more.
   * @param {Request} request
   * @param {Send} send
   */
  async answer(request, send) {
    let isOver = false;
    const sendChecked = (frame) => {
      if (isOver) return;
      const { complaint } = frame;
      isOver = complaint !== null;
      send(isOver ? Frame.ofEnd({ kind: "failed", words: `the answer cannot be sent: ${complaint}` }) : frame);
    };
    try {
      const frame = await this.#try(request, sendChecked);
      if (frame !== undefined) sendChecked(frame);
    } catch (error) {
      sendChecked(Frame.ofEnd(endOf(error)));
    }
  }

  /** Returns the one frame that answers, undefined where `send` was given all. */
  async #try(request, send) {
    const type = readText(request, "type");
    if (type === "close") {
      this.isClosed = true;
      return Frame.of("done");
    }
    if (type === "hello") return this.#hello(request);
    if (this.#chosen === null) throw new Refused("`hello` comes first");
    switch (type) {
      case "reset":
      case "step":
      case "load":
      case "play":
      case "roll":
        return this.#chosen.steps(type, request, send);
      case "snapshot":
        return this.#chosen.snapshot(request);
      case "restore":
        return this.#chosen.restore(request);
      case "call":
        return this.#chosen.call(request);
      case "discard":
        return this.#chosen.discard(request);
      default:
        throw new Refused(`unknown request ${inWords(type)}`);
    }
  }

  async #hello(request) {
    if (this.#chosen !== null) throw new Refused("`hello` comes once only");
    if (request.get("protocol") !== VERSION) throw new Refused(`this adapter speaks version ${VERSION} of the protocol`);
    const { name, version = "", environments } = this.#program;
    const names = Object.keys(environments);
    const asked = readText(request, "environment");
    const chosen = asked === "" && names.length === 1 ? names[0] : asked;
    if (!names.includes(chosen)) throw new Refused(`no environment ${inWords(asked)}; there are: ${names.join(", ")}`);
    const instance = await environments[chosen]();
    const declaration = readDeclaration(instance);
    const { actions, agents, fields, capabilities, components } = declaration;
    const greeting = Frame.of("hello", {
      protocol: VERSION,
      name,
      version,
      environments: names,
      environment: chosen,
      actions: actions === null ? null : spaceToPlain(actions),
      agents,
      fields,
      capabilities,
      components,
      lanes: LANES_BEST,
    });
    this.#chosen = new Chosen(environments[chosen], declaration, instance);
    return greeting;
  }
}

/** The environment that was chosen, and its lanes. */
class Chosen {
  #factory;
  #declaration;
  /** The instance that gave the declaration; it answers calls, and is no lane's. */
  #caller;
  /** @type {Map<number, Lane>} */
  #lanes = new Map();
  #layout;

  constructor(factory, declaration, instance) {
    this.#factory = factory;
    this.#declaration = declaration;
    this.#caller = instance;
    this.#layout = new Layout(declaration.patterns, { detail: "full", digested: [] });
  }

  /** Answers a request for Steps; all of it is read before anything is done. */
  async steps(type, request, send) {
    const lanes = readLanes(request);
    const layout = this.#layoutFor(readAsk(request));
    const [key, read, act] = {
      reset: ["episodes", readEpisode, (lane, episode) => lane.begin(episode)],
      step: ["actions", (action) => action, (lane, action) => lane.step(action)],
      load: ["states", (state) => state, (lane, state) => lane.load(state)],
      play: ["scripts", readScript, null],
      roll: ["rolls", readRoll, null],
    }[type];
    const items = readItems(request, key, lanes).map((item) => read(item));
    const blocks = new Blocks(layout, act === null, send);
    for (const [script, number] of lanes.entries()) {
      if (type === "play") await this.#play(blocks, script, number, items[script]);
      else if (type === "roll") await this.#roll(blocks, script, number, items[script]);
      else await this.#once(blocks, script, number, (lane) => act(lane, items[script]));
    }
    blocks.finish();
  }

  /** Returns the layout for an Ask; the last one is kept, since requests mostly ask alike. */
  #layoutFor(ask) {
    if (!isDeepStrictEqual(ask, this.#layout.ask)) this.#layout = new Layout(this.#declaration.patterns, ask);
    return this.#layout;
  }

  async #once(blocks, script, number, act) {
    const end = await this.#with(number, (lane) => {
      act(lane);
      blocks.take(script, 0, 0, lane.shown);
    });
    if (end !== null) blocks.end(script, 0, 0, end);
  }

  async #play(blocks, script, number, episodes) {
    for (const [place, { episode, actions }] of episodes.entries()) {
      let given = 0;
      const end = await this.#with(number, (lane) => {
        blocks.makeRoom();
        lane.begin(episode);
        blocks.take(script, place, 0, lane.shown);
        for (given = 1; given <= actions.count && lane.isRunning; given += 1) {
          blocks.makeRoom();
          lane.step(actions.get(given - 1));
          blocks.take(script, place, given, lane.shown);
        }
      });
      if (end !== null) return blocks.end(script, place, given, end);
    }
  }

  async #roll(blocks, script, number, { episodes, choosers, spaces, stepsMax }) {
    const { actions, agents } = this.#declaration;
    for (const [place, episode] of episodes.entries()) {
      let given = 0;
      const end = await this.#with(number, (lane) => {
        const space = spaces[place] ?? actions;
        if (space === null) throw new Refused("no roll: neither the request nor the environment says what the actions are");
        const rng = new SplitMix64(choosers[place]);
        blocks.makeRoom();
        lane.begin(episode);
        blocks.take(script, place, 0, lane.shown);
        for (given = 1; given <= stepsMax && lane.isRunning; given += 1) {
          const action = drawAction(rng, space, lane.legal, actions, agents.length > 0);
          if (action === undefined) break;
          blocks.makeRoom();
          lane.step(action);
          blocks.take(script, place, given, lane.shown, action);
        }
      });
      if (end !== null) return blocks.end(script, place, given, end);
    }
  }

  /** Does something with a lane, and returns why it did not come off; a lane that fails is thrown away. */
  async #with(number, act) {
    try {
      act(this.#lanes.get(number) ?? (await this.#make(number)));
      return null;
    } catch (error) {
      const end = endOf(error);
      if (end.kind === "failed") this.#lanes.delete(number);
      return end;
    }
  }

  async #make(number) {
    const lane = new Lane(await this.#factory(), this.#declaration);
    this.#lanes.set(number, lane);
    return lane;
  }

  snapshot(request) {
    const tokens = readLanes(request).map((number) => {
      const lane = this.#lanes.get(number);
      if (lane === undefined) throw new Refused("no snapshot: a lane was not reset");
      return lane.snapshot();
    });
    return Frame.of("snapshots", { tokens });
  }

  async restore(request) {
    const lanes = readLanes(request);
    const tokens = readItems(request, "tokens", lanes).map(readToken);
    for (const [place, number] of lanes.entries()) {
      const end = await this.#with(number, (lane) => lane.restore(tokens[place]));
      if (end !== null) return Frame.ofEnd(end);
    }
    return Frame.of("done");
  }

  call(request) {
    const component = readText(request, "component");
    if (!this.#declaration.components.includes(component)) throw new Refused(`no component ${inWords(component)}`);
    const results = readList(request, "arguments").map((one) => {
      if (!Array.isArray(one)) throw new Refused("`arguments` hold a list each");
      return toWire(this.#caller.call(component, one.map(toPlain)), `the result of ${component}`);
    });
    return Frame.of("results", { results });
  }

  discard(request) {
    for (const number of readLanes(request)) this.#lanes.delete(number);
    return Frame.of("done");
  }
}
