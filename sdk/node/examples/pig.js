/** A game of dice and cards that draws by a tape: another side can draw the same, and tells what it could have drawn. */

import { SplitMix64, Tape, array, choice, distribution, integers, permutation, serve } from "equivcheck-sdk";

const DIE = integers(1, 7);
const LUCK = choice([0.75, 0.25]);
const DECK = permutation(4);
const ROLL = 0;

/** Roll two dice as often as you dare, a one takes all; or put what you have into the bank, with what a card says. */
class Pig {
  static description = {
    actions: { type: "discrete", n: 2, start: 0 },
    fields: {
      obs: { kind: "array", dtype: "int32", shape: [2] },
      reward: { kind: "float" },
      terminated: { kind: "bool" },
      truncated: { kind: "bool" },
      state: { kind: "int" },
      "state.deck": { kind: "array", dtype: "int64", shape: [4] },
    },
  };

  tape = new Tape();

  reset(seed) {
    this.rng = new SplitMix64(seed);
    return this.load({ bank: 0, total: 0, turn: 0, left: 0, deck: [0n, 1n, 2n, 3n] });
  }

  step(action) {
    this.turn += 1;
    if (action === ROLL) this.roll();
    else this.keep();
    const tip = distribution("uniform", { low: 0, high: this.bank + 1 });
    const reward = this.tape.draw("Pig.step", "", tip, () => this.rng.unit() * (this.bank + 1));
    return { ...this.seen(), reward };
  }

  roll() {
    const dice = [0, 1].map((die) => this.tape.draw("Pig.roll", die, DIE, () => 1 + this.rng.below(6)));
    this.total = dice.includes(1) ? 0 : this.total + dice[0] + dice[1];
  }

  keep() {
    if (this.left === 0) {
      this.deck = this.tape.draw("Pig.keep", "deck", DECK, () => this.shuffled());
      this.left = 4;
    }
    this.left -= 1;
    const card = this.deck[this.left];
    const luck = this.tape.draw("Pig.keep", card, LUCK, () => (this.rng.unit() < 0.75 ? 0 : 1));
    this.bank += this.total + card * luck;
    this.total = 0;
  }

  shuffled() {
    const deck = [0, 1, 2, 3];
    for (let at = 3; at > 0; at -= 1) {
      const other = this.rng.below(at + 1);
      [deck[at], deck[other]] = [deck[other], deck[at]];
    }
    return deck;
  }

  load({ bank, total, turn, left, deck }) {
    Object.assign(this, { bank, total, turn, left, deck: Array.from(deck, Number) });
    return this.seen();
  }

  seen() {
    const { bank, total, turn, left } = this;
    const deck = array(BigInt64Array.from(this.deck, BigInt));
    return {
      obs: Int32Array.of(bank, total),
      terminated: bank >= 40,
      truncated: turn >= 40,
      state: { bank, total, turn, left, deck },
    };
  }
}

serve({ name: "pig", version: "0.1.0", environments: { pig: () => new Pig() } });
