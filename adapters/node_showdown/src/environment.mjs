/** One battle after another between two players, as an environment. */

import showdown from "pokemon-showdown";

import { choicesOf } from "./actions.mjs";
import { DrawRecorder } from "./draws.mjs";
import { recordsOf } from "./events.mjs";
import { PLAIN_ACTIONS, extrasOf, findFormat, isCanonical } from "./formats.mjs";
import { COMPONENTS, callComponent } from "./gen1/components.mjs";
import { CANONICAL, GENERIC } from "./manners.mjs";
import { require } from "./refusals.mjs";
import { battleGenerator } from "./seeds.mjs";
import { checkTeams, drawTeams } from "./teams.mjs";

const AGENTS = ["p1", "p2"];
const OPTIONS = new Set(["format", "teams", "strict", "draws"]);

/** An environment over one of Showdown's formats, or, with `open`, over any that is named as an option. */
export class Showdown {
  /**
   * @param {string} formatName what is played where no option says otherwise
   * @param {boolean} [open]
   * @param {(format: object, seed: bigint) => object[][]} [draw] draws both teams where none are given
   */
  constructor(formatName, open = false, draw = drawTeams) {
    this.usual = findFormat(formatName);
    this.format = this.usual;
    this.open = open;
    this.draw = draw;
    this.canonical = !open && isCanonical(this.usual);
    this.manner = this.canonical ? CANONICAL : GENERIC;
    this.extras = extrasOf(open ? null : this.usual);
    this.recorder = null;
    this.battle = null;
    this.stuck = false;
    this.load = this.canonical ? (state) => this.#load(state) : undefined;
    this.call = this.canonical ? (component, given) => callComponent(this, component, given) : undefined;
  }

  get description() {
    const actions = { type: "discrete", n: PLAIN_ACTIONS + 4 * this.extras.length, start: 0 };
    const each = (path, field) => AGENTS.map((agent) => [`${path}.${agent}`, field]);
    return {
      actions: { type: "dict", items: { p1: actions, p2: actions } },
      agents: AGENTS,
      fields: {
        ...Object.fromEntries([
          ...each("obs", { kind: "array", dtype: "float32", shape: [this.manner.observationLength] }),
          ...each("reward", { kind: "float" }),
          ...each("legal", { kind: "array", dtype: "bool", shape: [actions.n], optional: true }),
        ]),
        terminated: { kind: "bool" },
        truncated: { kind: "bool" },
        ...this.manner.declareState(),
        events: { kind: "text", optional: true },
        draws: { kind: "text", optional: true },
      },
      components: this.canonical ? COMPONENTS : [],
    };
  }

  reset(seed, options) {
    for (const key of Object.keys(options)) require(OPTIONS.has(key), `no option is called ${key}: there are ${[...OPTIONS].join(", ")}`);
    const format = this.#formatFor(options.format);
    const number = BigInt(seed);
    const teams = options.teams == null ? this.draw(format, number) : checkTeams(format, options.teams, options.strict === true);
    const recorder = options.draws === true ? new DrawRecorder() : null;
    const prng = battleGenerator(number);
    recorder?.watchGenerator(prng);
    const [p1, p2] = teams.map((team, index) => ({ name: AGENTS[index], team: this.manner.settle(team) }));
    const battle = new showdown.Battle({ formatid: format.id, format, prng, p1 });
    recorder?.watchBattle(battle);
    battle.setPlayer("p2", p2);
    Object.assign(this, { format, recorder, battle });
    return this.#show(false);
  }

  step(action) {
    const asked = AGENTS.filter((agent) => this.choices[agent] !== undefined);
    require(this.battle !== null && asked.length > 0, this.stuck ? "Showdown cannot go on from here" : "the battle is over");
    const chosen = asked.map((agent) => this.choices[agent][action[agent]] ?? null);
    asked.forEach((agent, index) => require(chosen[index] !== null, `${agent}: action ${action[agent]} is not legal now`));
    require(Object.keys(action).length === asked.length, `only ${asked.join(" and ")} may act now`);
    asked.forEach((agent, index) => this.#choose(AGENTS.indexOf(agent), chosen[index]));
    this.battle.commitChoices();
    return this.#show(true);
  }

  snapshot() {
    const { format, recorder, battle } = this;
    return Buffer.from(JSON.stringify({ format: format.name, draws: recorder !== null, saved: this.manner.save(battle) }));
  }

  restore(bytes) {
    const { format, draws, saved } = JSON.parse(Buffer.from(bytes).toString());
    this.format = findFormat(format);
    this.recorder = draws ? new DrawRecorder() : null;
    this.#take(this.manner.restore(this.format, saved, (prng) => this.recorder?.watchGenerator(prng)));
  }

  #load(state) {
    this.#take(this.manner.load(this.format, state, (prng) => this.recorder?.watchGenerator(prng)));
    return this.#show(false);
  }

  #take(battle) {
    this.battle = battle;
    this.recorder?.watchBattle(battle);
    this.recorder?.take();
    this.#clean();
    this.offer();
  }

  #formatFor(name) {
    if (name == null) return this.usual;
    const format = findFormat(name);
    const ours = this.open || (this.canonical && isCanonical(format));
    require(ours, `${format.name} is not played here: the environment \`singles\` plays any format`);
    return format;
  }

  #choose(index, choice) {
    const { sides } = this.battle;
    if (sides[index].choose(choice)) return;
    const words = sides[index].choice.error;
    for (const side of sides) side.clearChoice();
    require(false, words);
  }

  #show(acted) {
    const { battle } = this;
    const state = this.manner.readState(battle);
    this.offer();
    const step = { obs: this.manner.observe(battle, state), terminated: battle.ended, truncated: this.stuck, state };
    if (acted) step.reward = this.rewards();
    const draws = this.recorder?.take();
    step.events = acted ? recordsOf(battle.log) : []; // a loaded battle has not begun here
    if (draws) step.draws = acted ? draws : [];
    this.#clean();
    step.legal = {};
    for (const agent of Object.keys(this.choices)) step.legal[agent] = this.choices[agent].map((choice) => choice !== null);
    return step;
  }

  /** Returns 1 for who has won, -1 for who has lost, 0 otherwise. */
  rewards() {
    const { ended, winner } = this.battle;
    if (!ended || winner === "") return { p1: 0, p2: 0 };
    const won = winner === AGENTS[0] ? 1 : -1;
    return { p1: won, p2: -won };
  }

  /** Works out what each action chooses now, and whether the battle is stuck: somebody is asked, and Showdown takes nothing from them. */
  offer() {
    this.choices = {};
    this.battle.sides.forEach((side, index) => {
      const choices = this.battle.ended ? null : choicesOf(side, this.extras);
      if (choices !== null) this.choices[AGENTS[index]] = choices;
    });
    this.stuck = Object.values(this.choices).some((choices) => choices.every((choice) => choice === null));
    if (this.stuck) this.choices = {};
  }

  /** Forgets what was logged, so that a long battle stays small and a loaded one is like it. */
  #clean() {
    const { battle } = this;
    battle.log.length = 0;
    battle.inputLog.length = 0;
    battle.sentLogPos = 0;
    battle.lastMoveLine = -1;
  }
}
