/** What showing a battle costs beside playing it: `node bench.mjs [FORMAT] [BATTLES]` prints steps a second of CPU time. */

import { SplitMix64 } from "equivcheck-sdk";

import { Showdown } from "./src/environment.mjs";

const [, , format = "gen1randombattle", battles = "100"] = process.argv;

/** Plays battles of uniformly chosen legal actions; `step` gets the joint action, and returns what is then legal. */
function play(environment, options, step) {
  let steps = 0;
  for (let number = 0; number < Number(battles); number += 1) {
    const rng = new SplitMix64(BigInt(number));
    environment.reset(BigInt(number), options);
    while (!environment.battle.ended) {
      const action = {};
      for (const [agent, choices] of Object.entries(environment.choices)) {
        const open = choices.flatMap((choice, number) => (choice ? [number] : []));
        action[agent] = open[rng.below(open.length)];
      }
      step(environment, action);
      steps += 1;
    }
  }
  return steps;
}

/** Takes a step as Showdown's own users do, and learns what is legal next. */
function stepBare(environment, action) {
  for (const [agent, number] of Object.entries(action)) environment.battle.choose(agent, environment.choices[agent][number]);
  environment.offer();
}

const MANNERS = [
  ["Battle alone", {}, stepBare],
  ["state, observation, events", {}, (environment, action) => environment.step(action)],
  ["and draws", { draws: true }, (environment, action) => environment.step(action)],
];

play(new Showdown(format), ...MANNERS[0].slice(1)); // warms up
for (const [name, options, step] of MANNERS) {
  const began = process.cpuUsage();
  const steps = play(new Showdown(format), options, step);
  const { user, system } = process.cpuUsage(began);
  console.log(`${format}  ${name}: ${Math.round((steps * 1e6) / (user + system))} steps/s over ${steps} steps`);
}
