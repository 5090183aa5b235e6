"""Gymnasium's spaces and seeds: from values to what an environment takes, and from batches to arrays by path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector.utils import concatenate, create_empty_array

from equivcheck.backends.plain import legal_mask, read_space
from equivcheck.errors import AdapterError
from equivcheck.model.paths import extend_path
from equivcheck.model.space import Space
from equivcheck.model.values import Array, Value
from equivcheck.protocol.sampling import SplitMix64, draw

OPEN_SINGLE = "open it without num_envs: as single environments"


def fold_seed(seed: int) -> int:
    """Return a seed below 2^32: the same where it already is, else high half xor low half."""
    return (seed ^ seed >> 32) & 0xFFFFFFFF


def read_mask(space: Space | None, mask: Any) -> Value:
    """Return an action mask, arrays of 0 and 1 or tuples of such, as `legal` has it. Raises: ValueError where it does not fit."""
    return legal_mask(space, _as_bools(mask), name="action_mask")


def _as_bools(mask: Any) -> Value:
    nested = isinstance(mask, (tuple, list)) and any(isinstance(part, (tuple, list, np.ndarray)) for part in mask)
    return [_as_bools(part) for part in mask] if nested else None if mask is None else np.asarray(mask, np.bool_)


def action_converter(space: Any) -> Callable[[Value], Any]:
    """Return what turns an action as a value into what an environment with this action space takes."""
    spaces = gymnasium.spaces
    if isinstance(space, spaces.Tuple):
        items = [action_converter(item) for item in space.spaces]
        return lambda action: tuple(convert(part) for convert, part in zip(items, action, strict=True))
    if isinstance(space, spaces.Dict):
        named = {key: action_converter(item) for key, item in space.spaces.items()}
        return lambda action: {key: convert(action[key]) for key, convert in named.items()}
    if isinstance(space, spaces.Discrete):
        return lambda action: action
    # A copy, since an environment may change what it is given.
    return lambda action: np.array(action, space.dtype).reshape(space.shape)


def batch_leaves(space: Any, batch: Any, path: str = "obs") -> dict[str, Array]:
    """Return a batched observation as arrays [slots, ...] by path, with scalars in 64 bits as values have them.

    Raises: AdapterError for spaces whose observations do not come as arrays.
    """
    spaces = gymnasium.spaces
    if isinstance(space, spaces.Dict):
        parts = [(extend_path(path, str(key)), item, batch[key]) for key, item in space.spaces.items()]
    elif isinstance(space, spaces.Tuple):
        parts = [(extend_path(path, index), item, batch[index]) for index, item in enumerate(space.spaces)]
    elif isinstance(space, (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)):
        array = np.asarray(batch)
        wide = {"f": np.float64, "i": np.int64, "u": np.int64}.get(array.dtype.kind)
        return {path: array.astype(wide) if array.ndim == 1 and wide else array}
    else:
        raise AdapterError(f"observations of {space} cannot be read from a vector environment", hint=OPEN_SINGLE)
    return {name: array for at, item, part in parts for name, array in batch_leaves(item, part, at).items()}


def action_batcher(space: Any, count: int) -> Callable[[Array, Array | Sequence[Value]], Any]:
    """Return what puts the actions of some slots into a batch for `count` slots, with a dummy for the others."""
    if isinstance(space, gymnasium.spaces.Discrete):

        def batch_ints(slots: Array, actions: Array | Sequence[Value]) -> Any:
            whole = np.full(count, int(space.start), np.int64)
            whole[slots] = actions
            return whole

        return batch_ints
    convert = action_converter(space)
    dummy = convert(draw(SplitMix64(0), read_space(space)))

    def batch(slots: Array, actions: Array | Sequence[Value]) -> Any:
        items = [dummy] * count
        for slot, action in zip(slots.tolist(), actions, strict=True):
            items[slot] = convert(action)
        blank: Any = create_empty_array(space, count)
        return concatenate(space, items, blank)

    return batch
