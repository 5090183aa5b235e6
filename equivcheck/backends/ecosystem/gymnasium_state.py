"""States of gymnasium's own environments, read and written: what `load` needs for an exact continuation, and no more.

Families: classic control, toy text, MuJoCo and the functional JAX environments. `elapsed` is the counter of TimeLimit,
where that wrapper is. `rng` is there where the environment draws after its reset: numpy's generator, each of its
128-bit integers as two uint64, the high half first, or a JAX key. The state that an environment keeps in one array is
called `physics` in every family, so that two of them can be compared.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from equivcheck.backends.local import Refused, own_value
from equivcheck.model.values import Array, Value, canonical

Reader: TypeAlias = Callable[[Any], Any]  # env -> state
Writer: TypeAlias = Callable[[Any, Any], Any]  # env, state -> the observation then seen

_HALF: Final = 2**64
_TRANSPARENT: Final = {"TimeLimit", "OrderEnforcing", "PassiveEnvChecker", "ClipAction", "RescaleAction"}


@dataclass(frozen=True, slots=True)
class StateAccess:
    """How one environment's state is read and written. What `read` returns is canonical, and made anew each time.

    `write` returns the observation then seen, and raises Refused, with nothing changed, for what is no state of it.
    `legal` returns the action mask that holds in the present state; None where the environment has none.
    """

    read: Callable[[], dict[str, Any]]
    write: Callable[[Any], Any]
    legal: Callable[[], Value] | None = None


def find_access(env: Any) -> StateAccess | None:
    """Return the access to an environment's state; None where its class, or one of its wrappers, is not known here."""
    bare = env.unwrapped
    if not {type(layer).__name__ for layer in layers(env)[:-1]} <= _TRANSPARENT:
        return None
    for known in type(bare).__mro__:
        for prefix, family in _FAMILIES.items():
            if known.__module__.startswith(prefix):
                access = family(bare, known.__name__)
                return None if access is None else with_elapsed(env, access)
    return None


def with_elapsed(env: Any, access: StateAccess) -> StateAccess:
    """Return the access with TimeLimit's counter as `elapsed`, where the environment has that wrapper."""
    limit = next((layer for layer in layers(env) if type(layer).__name__ == "TimeLimit"), None)
    if limit is None:
        return access

    def read() -> dict[str, Any]:
        state = access.read()
        state["elapsed"] = limit._elapsed_steps
        return state

    def write(state: Any) -> Any:
        elapsed = need_int(state, "elapsed")
        seen = access.write({key: item for key, item in state.items() if key != "elapsed"})
        limit._elapsed_steps = elapsed
        return seen

    return StateAccess(read, write, access.legal)


def given_access(env: Any, state: Reader, load: Writer | None) -> StateAccess:
    """Return the access by a user's functions; what they read and write is `physics`, and `elapsed` is added."""

    def write(given: Any) -> Any:
        if load is None:
            raise Refused("no `load` function was named")
        return load(env, need(given, "physics"))

    return with_elapsed(env, StateAccess(lambda: {"physics": own_value(state(env))}, write))


def layers(env: Any) -> list[Any]:
    """Return the wrappers from the outermost inwards, the bare environment last."""
    found = [env]
    while found[-1] is not env.unwrapped:
        found.append(found[-1].env)
    return found


def need(state: Any, key: str) -> Any:
    """Return an entry of a state. Raises: Refused where it has none."""
    if not isinstance(state, Mapping) or key not in state:
        raise Refused(f"this environment's state has an entry {key!r}")
    return state[key]


def need_int(state: Any, key: str) -> int:
    """Return an int of a state. Raises: Refused where it is none."""
    number = need(state, key)
    if type(number) is not int:
        raise Refused(f"{key!r} of the state is an int, not {number!r}")
    return number


def need_array(state: Any, key: str, like: Any) -> Array:
    """Return a copy of an array of a state. Raises: Refused where its shape is not that of `like`."""
    given, shape = np.array(need(state, key)), np.shape(like)
    if given.shape != shape or given.dtype.kind not in "biuf":
        raise Refused(f"{key!r} of the state is an array of shape {shape}, not {given.dtype.name}{list(given.shape)}")
    return given


def read_rng(env: Any) -> dict[str, Any]:
    """Return the state of an environment's PCG64."""
    whole = env.np_random.bit_generator.state
    halves = {key: np.array(divmod(whole["state"][key], _HALF), np.uint64) for key in ("state", "inc")}
    return {**halves, "has_uint32": whole["has_uint32"], "uinteger": whole["uinteger"]}


def write_rng(env: Any, rng: Any) -> None:
    """Set the state that `read_rng` returned. Raises: Refused where it is none."""
    halves = {key: need_array(rng, key, np.zeros(2)) for key in ("state", "inc")}
    numbers = {key: int(high) * _HALF + int(low) for key, (high, low) in halves.items()}
    rest = {key: need_int(rng, key) for key in ("has_uint32", "uinteger")}
    env.np_random.bit_generator.state = {"bit_generator": "PCG64", "state": numbers, **rest}


def _classic(env: Any, name: str) -> StateAccess:
    # These two change the dtype of their state between reset and step; the others compute in float64 throughout.
    mixed = name in ("AcrobotEnv", "Continuous_MountainCarEnv")
    draws = bool(getattr(env, "torque_noise_max", 0.0))
    observers = (getattr(env, method, None) for method in ("_get_obs", "_get_ob"))
    observe = next(filter(None, observers), lambda: np.array(env.state, np.float32))

    def read() -> dict[str, Any]:
        physics = np.array(env.state) if mixed else np.array(env.state, np.float64)
        return {"physics": physics, "rng": read_rng(env)} if draws else {"physics": physics}

    def write(state: Any) -> Any:
        physics = need_array(state, "physics", env.state)
        if draws:
            write_rng(env, need(state, "rng"))
        env.state = physics if mixed else physics.astype(np.float64)
        if hasattr(env, "steps_beyond_terminated"):
            env.steps_beyond_terminated = None
        return observe()

    return StateAccess(read, write)


def _toy(env: Any, name: str) -> StateAccess | None:
    if name == "BlackjackEnv":
        return _blackjack(env)
    if not hasattr(env, "P"):
        return None
    fickle = bool(getattr(env, "fickle_passenger", False))
    draws = fickle or any(len(outcomes) > 1 for row in env.P.values() for outcomes in row.values())

    def read() -> dict[str, Any]:
        state = {"s": int(env.s)}
        return state | ({"fickle": bool(env.fickle_step)} if fickle else {}) | ({"rng": read_rng(env)} if draws else {})

    def write(state: Any) -> Any:
        place = need_int(state, "s")
        if place not in env.P:
            raise Refused(f"'s' of the state is one of 0 to {len(env.P) - 1}, not {place}")
        fickle_step = need(state, "fickle") if fickle else False
        if draws:
            write_rng(env, need(state, "rng"))
        env.s, env.lastaction = place, None
        if fickle:
            env.fickle_step = bool(fickle_step)
        return place

    masked = hasattr(env, "action_mask")
    return StateAccess(read, write, (lambda: np.asarray(env.action_mask(env.s))) if masked else None)


def _blackjack(env: Any) -> StateAccess:
    def read() -> dict[str, Any]:
        return {"player": list(map(int, env.player)), "dealer": list(map(int, env.dealer)), "rng": read_rng(env)}

    def write(state: Any) -> Any:
        hands = [need(state, who) for who in ("player", "dealer")]
        if not all(isinstance(hand, list) and len(hand) >= 2 and set(map(type, hand)) == {int} for hand in hands):
            raise Refused("'player' and 'dealer' of the state are lists of two or more cards, ints from 1 to 10")
        write_rng(env, need(state, "rng"))
        env.player, env.dealer = (list(hand) for hand in hands)
        return env._get_obs()

    return StateAccess(read, write)


# What a step leaves in MuJoCo's data as it was before the last integration, and the observation or reward then reads.
_STALE: Final = {
    "Ant": ("xpos", "cfrc_ext"),
    "Humanoid": ("xipos", "cinert", "cvel", "qfrc_actuator", "cfrc_ext"),
    "HumanoidStandup": ("cinert", "cvel", "qfrc_actuator", "cfrc_ext"),
    "InvertedDoublePendulum": ("qfrc_constraint",),
    "Pusher": ("xpos",),
    "Reacher": ("xpos",),
}


def _mujoco(env: Any, name: str) -> StateAccess | None:
    data = env.data
    # The solver begins with the last acceleration. Time is left out, since nothing in these models depends on it.
    stale = (*_STALE.get(name.removesuffix("Env"), ()), "qacc_warmstart")
    main = ("qpos", "qvel", "act") if env.model.na else ("qpos", "qvel")
    if not hasattr(env, "_get_obs"):
        return None

    def read() -> dict[str, Any]:
        return {key: getattr(data, key).copy() for key in (*main, *stale)}

    def write(state: Any) -> Any:
        given = {key: need_array(state, key, getattr(data, key)) for key in (*main, *stale)}
        for key in main:
            getattr(data, key)[...] = given[key]
        env.set_state(given["qpos"], given["qvel"])
        for key in stale:
            getattr(data, key)[...] = given[key]
        return env._get_obs()

    return StateAccess(read, write)


def draws_after_reset(env: Any) -> bool:
    """Return whether a functional JAX environment may use its key in a step."""
    return not type(env).__module__.startswith(("gymnasium.envs.phys2d", "gymnasium.envs.tabular.cliffwalking"))


def _functional(env: Any, name: str) -> StateAccess:
    draws = draws_after_reset(env)
    takes = len(inspect.signature(env.func_env.observation).parameters)  # gymnasium 0.29 shows a state without a key

    def read() -> dict[str, Any]:
        physics = own_value(env.state)
        return {"physics": physics, "rng": np.asarray(env.rng)} if draws else {"physics": physics}

    def write(state: Any) -> Any:
        rng = need_array(state, "rng", env.rng) if draws else env.rng
        env.state = _shaped(need(state, "physics"), env.state)
        env.rng = rng
        return env.func_env.observation(*(env.state, rng)[:takes])

    return StateAccess(read, write)


def _shaped(value: Any, like: Any) -> Any:
    """Return a canonical value in the containers and dtypes of `like`. Raises: Refused where it does not fit."""
    if isinstance(like, tuple):
        names = getattr(like, "_fields", None)
        parts = [_shaped(need(value, name), getattr(like, name)) for name in names] if names else None
        if parts is None and isinstance(value, list) and len(value) == len(like):
            return tuple(_shaped(*pair) for pair in zip(value, like, strict=True))
        if parts is not None:
            return type(like)(*parts)
    elif isinstance(like, dict):
        return {key: _shaped(need(value, str(key)), item) for key, item in like.items()}
    else:
        # Only the sizes need to agree: some leaves are a scalar at the reset and an array of one afterwards.
        given = np.array(value)
        if given.size == np.size(like) and given.dtype.kind in "biuf":
            return given.astype(np.asarray(like).dtype)
    raise Refused(f"'physics' of the state is made like {canonical(like)!r}")


_FAMILIES: Final[dict[str, Callable[[Any, str], StateAccess | None]]] = {
    "gymnasium.envs.classic_control": _classic,
    "gymnasium.envs.toy_text": _toy,
    "gymnasium.envs.mujoco": _mujoco,
    "gymnasium.envs.functional_jax_env": _functional,
    "gymnasium.envs.phys2d": _functional,
    "gymnasium.envs.tabular": _functional,
}
