"""The names that the JAX port gives to what gymnasium keeps in one array."""

NAMES = ("x", "x_dot", "theta", "theta_dot")


def canonical(step):
    """Return a Step of gymnasium with its state by name; `rng` is the port's own generator, which the Spec ignores."""
    state = step["state"]
    named = dict(zip(NAMES, state["physics"].tolist(), strict=True))
    return {**step, "state": {**named, "elapsed": state["elapsed"], "rng": 0}}


def raw_state(state):
    """Return gymnasium's own form of a state by name."""
    return {"physics": [state[name] for name in NAMES], "elapsed": state["elapsed"]}


canonical.raw_state = raw_state
