"""Gymnasium's environments: `gymnasium:ID?name=value&...`.

The values are JSON (`true`, `0.5`, `null`, `"text"`) or bare words, and go to `gymnasium.make`, except for

- `state=module:function`, `load=module:function`: how to read and write the state of an environment that is not
  known here: `function(env)` returns the state, `function(env, state)` sets it and returns the observation then seen;
- `draws=true`: what the environment draws from its `np_random` after a reset is shown as `draws`, and can be told by a tape; the
  generator, for which the tape stands, is then left out of `state`;
- `num_envs`, `vectorization_mode`, `autoreset` (`next_step`, `same_step`, `disabled`), any of which asks for a vector
  environment (see `gymnasium_vector`).

Compared are obs, reward (always a float), terminated, truncated, `legal`, and `state` where it can be read: that of
gymnasium's own environments, and of those with a `state` function. Of `info` nothing is compared but an `action_mask`,
which is `legal`: an action it forbids is refused. The script's seed goes to `reset` as it is, except for JAX
environments, whose keys take 32 bits: there it is its high half xor its low half. Nothing is rendered.
"""

from __future__ import annotations

import copy
import difflib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import gymnasium
import numpy as np

from equivcheck.backends.ecosystem.gymnasium_spaces import action_converter, fold_seed, read_mask
from equivcheck.backends.ecosystem.gymnasium_state import Reader, Writer, find_access, given_access, layers
from equivcheck.backends.ecosystem.gymnasium_tape import make_tape, put_tape
from equivcheck.backends.ecosystem.gymnasium_vector import VectorBackend, vector_maker
from equivcheck.backends.given import load_object
from equivcheck.backends.interface import Backend
from equivcheck.backends.local import LocalBackend, Refused, as_it_is, check_action, error_words, own_value
from equivcheck.backends.plain import read_space
from equivcheck.errors import AdapterError
from equivcheck.model.request import Greeting
from equivcheck.model.space import Space
from equivcheck.model.values import Value
from equivcheck.recording import Tape

_SNAPSHOTS_MAX = 1024
_VECTOR_OPTIONS = ("num_envs", "vectorization_mode", "autoreset")


def open_gymnasium(rest: str, folder: Path = Path(), *, owned: bool = True) -> Backend:
    """Return a Backend for what follows `gymnasium:` in an address; functions are looked for in `folder` first.

    Raises: AdapterError where gymnasium knows no such environment, or cannot make it.
    """
    name, options = parse_address(rest)
    functions = {key: load_object(str(options.pop(key)), folder) for key in ("state", "load") if key in options}
    provenance = {"gymnasium": gymnasium.__version__, "numpy": np.__version__}
    greeting = Greeting(f"gymnasium:{rest}", gymnasium.__version__, name, (name,), provenance=provenance)
    if any(option in options for option in _VECTOR_OPTIONS):
        make_vector, count = vector_maker(name, options)
        return VectorBackend(partial(_made, name, make_vector), greeting, count, **functions, owned=owned)
    recorded = bool(options.pop("draws", False))
    make = partial(_made, name, partial(gymnasium.make, name, disable_env_checker=True, **options))
    compiled: dict[str, Any] = {}

    def instance() -> GymnasiumInstance:
        env = make()
        if hasattr(env.unwrapped, "func_env"):
            # A functional environment holds no state but its compiled functions, which take seconds to make again.
            env.unwrapped.func_env = compiled.setdefault("func_env", env.unwrapped.func_env)
        return GymnasiumInstance(env, **functions, owned=owned, tape=make_tape() if recorded else None)

    return LocalBackend(instance, greeting)


def is_gymnasium_env(thing: Any) -> bool:
    """Return whether GymnasiumInstance can wrap it; gymnasium 0.29 calls a VectorEnv an Env as well."""
    return isinstance(thing, gymnasium.Env) and not is_vector_env(thing)


def is_vector_env(thing: Any) -> bool:
    """Return whether VectorBackend can play it."""
    return isinstance(thing, gymnasium.vector.VectorEnv)


def _made(name: str, make: Callable[..., Any], *arguments: Any) -> Any:
    """Return what `make` makes. Raises: AdapterError where it cannot."""
    try:
        return make(*arguments)
    except Exception as error:
        raise _cannot_make(name, error) from error


def parse_address(rest: str) -> tuple[str, dict[str, Any]]:
    """Return the id and the options of `ID?name=value&...`. Raises: AdapterError where an option has no value."""
    name, _, query = rest.partition("?")
    options: dict[str, Any] = {}
    for part in filter(None, query.split("&")):
        key, equals, text = part.partition("=")
        if not equals or not key.isidentifier():
            raise AdapterError(f"{part!r} is no option", hint="options are written gymnasium:ID?name=value&name=value")
        options[key] = _literal(unquote(text))
    return name, options


def _literal(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _cannot_make(name: str, error: Exception) -> AdapterError:
    """Return the words for an environment that gymnasium did not make, with the ids that look like it."""
    if not isinstance(error, (gymnasium.error.UnregisteredEnv, gymnasium.error.NamespaceNotFound)):
        return AdapterError(f"gymnasium cannot make {name!r}: {error_words(error)}")
    namespace, _, bare = name.rpartition("/")
    by_name: dict[str, list[str]] = {}
    for known in gymnasium.registry:
        by_name.setdefault(known.rpartition("/")[2].lower(), []).append(known)
    matches = difflib.get_close_matches(bare.lower(), by_name, n=3, cutoff=0.7)
    close = [known for match in matches for known in by_name[match]]
    hints = [f"did you mean {' or '.join(close)}?"] if close else []
    if namespace or not close:
        hints.append("an environment of another package is written gymnasium:package:ID")
    return AdapterError(f"gymnasium knows no environment {name!r}", hint="; ".join(hints))


class GymnasiumInstance:
    """A gymnasium.Env as an Instance (see `equivcheck.backends.local`).

    `state` and `load` are the user's functions, None for what is known of the environment's class. `tape`: of `make_tape`.
    """

    agents: tuple[str, ...] = ()

    def __init__(
        self, env: Any, state: Reader | None = None, load: Writer | None = None, *, owned: bool = True, tape: Tape | None = None
    ) -> None:
        self._env, self._tape = env, tape
        self._own = own_value if owned else as_it_is
        self._given = state, load
        self._saved: OrderedDict[int, tuple[Any, Value]] = OrderedDict()
        self._saved_count = 0
        self._mask: Value = None
        self._attach()
        self._seed = fold_seed if hasattr(env.unwrapped, "func_env") else int
        self._loads = self._access is not None and (state is None or load is not None)
        # A copy of an EzPickle environment is a fresh one, made with the same arguments.
        copies = not any(isinstance(layer, gymnasium.utils.EzPickle) for layer in layers(env))
        self.capabilities = frozenset(["load"] * self._loads + ["snapshot"] * (self._loads or copies) + ["tape"] * (tape is not None))
        try:
            self.actions: Space | None = read_space(env.action_space)
        except TypeError as error:
            raise AdapterError(f"the actions of {env} cannot be chosen: {error}") from None
        self._convert = action_converter(env.action_space)

    def _attach(self) -> None:
        state, load = self._given
        self._access = find_access(self._env) if state is None else given_access(self._env, state, load)

    def reset(self, seed: int, options: Mapping[str, Value]) -> dict[str, Any]:
        """Begin an episode."""
        obs, info = self._env.reset(seed=self._seed(seed), options=dict(options) or None)
        self._mask = None
        if self._tape is not None:
            put_tape(self._env, self._tape)
        self._read_mask(info)
        return self._seen({"obs": self._own(obs), "terminated": False, "truncated": False})

    def step(self, action: Value) -> dict[str, Any]:
        """Take an action; Refused where it is outside the space or masked out."""
        check_action(self.actions, action, self._mask)
        obs, reward, terminated, truncated, info = self._env.step(self._convert(action))
        self._read_mask(info)
        fields = {"obs": self._own(obs), "reward": float(reward), "terminated": bool(terminated), "truncated": bool(truncated)}
        return self._seen(fields)

    def load(self, state: Value) -> dict[str, Any]:
        """Put the environment into a state; Refused where it is none of this environment's."""
        if self._access is None or not self._loads:
            raise Refused("the state of this environment cannot be written")
        if self._tape is not None and isinstance(state, dict):
            state = {**self._access.read(), **state}  # the generator goes on: a tape stands for it
        obs = self._access.write(state)
        self._mask = read_mask(self.actions, self._access.legal()) if self._access.legal else None
        return self._seen({"obs": self._own(obs), "terminated": False, "truncated": False})

    def snapshot(self) -> bytes:
        """Return the number under which the state, or a copy of the environment, is kept; the last 1,024 are."""
        kept = own_value(self._access.read()) if self._access and self._loads else copy.deepcopy(self._env)
        self._saved_count += 1
        self._saved[self._saved_count] = kept, copy.deepcopy(self._mask)
        if len(self._saved) > _SNAPSHOTS_MAX:
            self._saved.popitem(last=False)
        return str(self._saved_count).encode()

    def restore(self, token: bytes) -> None:
        """Go back to where the token was made; Refused where it is unknown or too old."""
        if not token.isdigit() or int(token) not in self._saved:
            raise Refused(f"no snapshot {token!r} here; the last {_SNAPSHOTS_MAX} are kept")
        kept, mask = self._saved[int(token)]
        if self._access and self._loads:
            self._access.write(own_value(kept))
        else:
            self._env = copy.deepcopy(kept)
            self._attach()
        self._mask = copy.deepcopy(mask)

    def feed(self, records: Value) -> None:
        """Have the environment draw what the records say; None: by itself."""
        if self._tape is not None:
            self._tape.feed(records)

    def close(self) -> None:
        """Close the environment."""
        self._env.close()
        self._saved.clear()

    def _read_mask(self, info: Mapping[str, Any]) -> None:
        if "action_mask" in info:
            self._mask = read_mask(self.actions, info["action_mask"])

    def _seen(self, fields: dict[str, Any]) -> dict[str, Any]:
        if self._mask is not None:
            fields["legal"] = self._own(self._mask)
        if self._access is not None:
            fields["state"] = self._access.read()
        if self._tape is not None:
            fields["draws"] = self._tape.take()
            fields.get("state", {}).pop("rng", None)
        return fields
