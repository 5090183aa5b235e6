/** The two manners to show a battle: Generation 1 by a canonical state, which can be loaded; any other by a reduced view. */

import * as gen1 from "./gen1/observation.mjs";
import { declareState } from "./gen1/layout.mjs";
import { loadBattle, settleSpeeds } from "./gen1/loading.mjs";
import * as canonical from "./gen1/reading.mjs";
import * as any from "./generic/observation.mjs";
import * as generic from "./generic/reading.mjs";
import { restoreBattle, saveBattle } from "./generic/saving.mjs";

export const CANONICAL = {
  observationLength: gen1.LENGTH,
  declareState,
  readState: canonical.readState,
  observe: (_, state) => ({ p1: gen1.observe(state, "p1"), p2: gen1.observe(state, "p2") }),
  settle: settleSpeeds,
  load: loadBattle,
  save: (battle) => JSON.parse(JSON.stringify(canonical.readState(battle), (_, value) => (ArrayBuffer.isView(value) ? [...value] : value))),
  restore: loadBattle,
};

export const GENERIC = {
  observationLength: any.LENGTH,
  declareState: generic.declareState,
  readState: generic.readState,
  settle: (team) => team,
  observe: (battle) => ({ p1: any.observe(battle, 0), p2: any.observe(battle, 1) }),
  save: saveBattle,
  restore(_, saved, watch) {
    const battle = restoreBattle(saved);
    watch(battle.prng);
    return battle;
  },
};
