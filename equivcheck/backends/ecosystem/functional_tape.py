"""What a functional environment draws from its keys, on a tape: `python:module:make?draws=true`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.backends.ecosystem.pytrees import leaves_by_path
from equivcheck.backends.opening import is_functional
from equivcheck.errors import AdapterError
from equivcheck.model.values import Value
from equivcheck.recording import Tape
from equivcheck.recording.jax_gathered import JaxGathered
from equivcheck.recording.jax_keys import JaxKeys


class Recorded:
    """A functional environment whose Steps show what they drew.

    It plays compiled, as it ever does, and shows beside each step what its draws were made from. Where that cannot be shown, since they
    are made in branches, while loops or maps of the step's own, it shows what the step was given; on the host the step is then taken once
    more, uncompiled, and what is recorded are the draws of that: the same numbers, but for the last digits of floats.
    """

    def __init__(self, environment: Any) -> None:
        """Raises: AdapterError where it is of another kind, or draws by a tape of its own."""
        if not is_functional(environment):
            hint = "a Python object shows them by a method `draws`: docs/draws.md"
            raise AdapterError(f"draws=true records functional JAX environments, and this is a {type(environment).__name__}", hint=hint)
        if getattr(environment, "sites", None):
            raise AdapterError("draws=true records what is drawn from keys, and this environment has `sites`: it draws by a tape")
        self._environment = environment
        self._step = getattr(environment, "step_env", environment.step)
        self._gathered = JaxGathered()
        self._gathers: bool | None = None  # known when a step is first traced
        self._keys = JaxKeys(Tape())
        self.records = {**getattr(environment, "records", {}), "draws": self._drawn}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._environment, name)

    def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        """Take a step, and show in `info["draws"]` what tells of its draws."""
        if self._gathers is None:
            self._gathers = self._can_gather(key, state, action, params)
        if self._gathers:
            return _showing(self._gather(key, state, action, params), self._gathered.outputs())
        leaves, self._tree = jax.tree_util.tree_flatten((key, state, action))
        arrays = [jnp.asarray(leaf) for leaf in leaves]
        self._typed = [jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) for leaf in arrays]
        words = [jax.random.key_data(leaf) if typed else leaf for leaf, typed in zip(arrays, self._typed, strict=True)]
        self._dtypes = [leaf.dtype for leaf in words]
        return _showing(self._step(key, state, action, params), {str(place): leaf for place, leaf in enumerate(words)})

    step_env = step

    def _gather(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        with self._gathered.gathering({**_keys_in(state), "": key}):
            return self._step(key, state, action, params)

    def _can_gather(self, *given: Any) -> bool:
        """Return whether all draws of a step are made in one trace, whose outputs they can be."""
        wholes: list[bool] = []

        def look(*given: Any) -> int:
            self._gather(*given)
            wholes.append(self._gathered.is_whole)
            return 0

        try:
            with jax.disable_jit(False):
                jax.eval_shape(look, *given)
        except (jax.errors.JAXTypeError, jax.errors.JAXIndexError):
            return False
        return wholes == [True]

    def _drawn(self, shown: Mapping[str, Any]) -> list[Value]:
        """Return the draws of N steps, by what they showed, arrays `[N, ...]`."""
        if self._gathers:
            return self._gathered.read(shown)
        columns = [shown[str(place)] for place in range(len(self._dtypes))]
        return [self._draws_of([column[row] for column in columns]) for row in range(len(columns[0]))]

    def _draws_of(self, row: list[Any]) -> Value:
        arrays = [jnp.asarray(np.asarray(part), dtype) for part, dtype in zip(row, self._dtypes, strict=True)]
        leaves = [jax.random.wrap_key_data(leaf) if typed else leaf for leaf, typed in zip(arrays, self._typed, strict=True)]
        key, state, action = jax.tree_util.tree_unflatten(self._tree, leaves)
        with self._keys.recording({**_keys_in(state), "": key}):
            self._step(key, state, action, getattr(self._environment, "default_params", None))
        return self._keys.tape.take()


def _showing(answer: Any, draws: Mapping[str, Any]) -> Any:
    obs, state, reward, done, info = answer
    return obs, state, reward, done, {**(info if isinstance(info, Mapping) else {}), "draws": draws}


def _keys_in(state: Any) -> dict[str, Any]:
    """Return the keys in a state by their paths: what JAX calls a key, and what looks like the words of one."""
    found: dict[str, Any] = {}
    for path, leaf in leaves_by_path("state", state).items():
        typed = jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
        if typed or (leaf.dtype == jnp.uint32 and leaf.shape[-1:] == (2,)):
            shape = leaf.shape if typed else leaf.shape[:-1]
            found |= {path + "".join(f"[{at}]" for at in place): leaf[place] for place in np.ndindex(shape)}
    return found
