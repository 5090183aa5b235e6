/** The smallest adapter: a counter that ends at ten, or beyond it in an error. */

import { serve } from "equivcheck-sdk";

class Counter {
  static description = {
    actions: { type: "discrete", n: 3, start: 0 },
    fields: { obs: { kind: "int" }, reward: { kind: "float" }, terminated: { kind: "bool" } },
  };

  reset(seed) {
    console.log("this print goes to standard error and breaks no frame");
    this.count = Number(seed % 7n);
    return { obs: this.count, terminated: false };
  }

  step(action) {
    this.count += action;
    if (this.count > 10) throw new Error(`a count of ${this.count}`);
    return { obs: this.count, reward: action, terminated: this.count === 10 };
  }
}

serve({ name: "counter", version: "0.1.0", environments: { counter: () => new Counter() } });
