"""A plain Python object as an instance: `reset`, `step`, and what else it offers.

```python
class Counter:
    actions = 3                       # 0, 1, 2; or a gymnasium space, a model Space, a tuple, or a dict whose keys are agents
    def reset(self, seed): ...        # or reset(seed, options); returns a dict of Step fields, or (obs, info)
    def step(self, action): ...       # returns a dict of Step fields, or (obs, reward, terminated, truncated, info)
    # optional: legal(), state(), load(state), snapshot(), restore(token); draws(), feed(records): see `equivcheck.recording.Tape`;
    # components, a dict of name to function, for `call`
```
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from equivcheck.backends.local import Refused, as_it_is, check_action, own_value
from equivcheck.errors import AdapterError
from equivcheck.model.phrases import counted
from equivcheck.model.space import Box, Choice, DictSpace, Discrete, MultiBinary, MultiDiscrete, Space, TupleSpace
from equivcheck.model.values import Value, canonical

_SPACES = (Discrete, MultiDiscrete, MultiBinary, Box, Choice, TupleSpace, DictSpace)


class PlainInstance:
    """See `equivcheck.backends.local.Instance`."""

    def __init__(self, thing: Any, *, owned: bool = True) -> None:
        self._thing = thing
        self._own = own_value if owned else as_it_is
        declared = getattr(thing, "actions", getattr(thing, "action_space", None))
        self.agents = tuple(declared) if type(declared) is dict else ()
        self.actions = None if declared is None else read_space(declared)
        offered = {"load": ("load", "state"), "snapshot": ("snapshot", "restore"), "tape": ("feed", "draws")}
        names = [name for name, methods in offered.items() if all(callable(getattr(thing, m, None)) for m in methods)]
        self.capabilities = frozenset(names)
        self._takes_options = _takes(thing.reset, "options")
        _check_reset(thing, {"options": {}} if self._takes_options else {})
        self._legal, self._state, self._draws = (getattr(thing, name, None) for name in ("legal", "state", "draws"))
        self._mask: Value = None

    def reset(self, seed: int, options: Mapping[str, Value]) -> dict[str, Any]:
        """Begin an episode."""
        arguments = {"options": dict(options)} if self._takes_options else {}
        answer = self._thing.reset(seed, **arguments)
        if type(answer) is tuple and len(answer) == 2:
            answer = {"obs": answer[0]}
        return self._complete(answer, "reset")

    def step(self, action: Value) -> dict[str, Any]:
        """Take an action; Refused where it is outside the space or masked out."""
        if self.agents:
            self._check_agents(action)
        else:
            check_action(self.actions, action, self._mask)
        answer = self._thing.step(action)
        if type(answer) is tuple and len(answer) == 5:
            answer = dict(zip(("obs", "reward", "terminated", "truncated"), answer[:4], strict=True))
        return self._complete(answer, "step")

    def load(self, state: Value) -> dict[str, Any]:
        """Put the object into a state; what it answers is the Step then seen, or None where `obs` is not known."""
        answer = self._thing.load(state)
        return self._complete({} if answer is None else answer, "load")

    def snapshot(self) -> bytes:
        """Return the object's token."""
        return bytes(self._thing.snapshot())

    def restore(self, token: bytes) -> None:
        """Go back to where the token was made."""
        self._thing.restore(token)
        if callable(self._legal):
            self._mask = self._own(legal_mask(self.actions, self._legal(), self.agents))

    def feed(self, records: Value) -> None:
        """Have the object draw what the records say; None: by itself."""
        self._thing.feed(records)

    def close(self) -> None:
        """Close the object, if it can be."""
        if callable(close := getattr(self._thing, "close", None)):
            close()

    def _complete(self, answer: Any, method: str) -> dict[str, Any]:
        if not isinstance(answer, Mapping):
            raise TypeError(f"{method} returned a {type(answer).__name__}; a dict of fields such as obs and reward is wanted")
        fields = {name: value if name == "legal" else self._own(value) for name, value in answer.items()}
        if callable(self._state) and "state" not in fields:
            fields["state"] = self._own(self._state())
        if callable(self._draws) and "draws" not in fields:
            fields["draws"] = self._own(self._draws())
        if callable(self._legal):
            fields["legal"] = self._legal()
        if "legal" in fields:
            fields["legal"] = self._mask = self._own(legal_mask(self.actions, fields["legal"], self.agents))
        return fields

    def _check_agents(self, action: Value) -> None:
        assert isinstance(self.actions, DictSpace)
        spaces = dict(self.actions.items)
        acting = spaces if self._mask is None else self._mask
        if not isinstance(action, dict) or action.keys() != acting.keys():
            raise Refused(f"asked to act: {', '.join(acting) or 'nobody'}; {action!r} is for others")
        for agent, part in action.items():
            check_action(spaces[agent], part, None if self._mask is None else self._mask[agent])


def read_space(declared: Any) -> Space:
    """Return the model Space of what an object calls its actions: an int n, a Space, a gymnasium one, a tuple, a dict.

    Raises: TypeError for anything else.
    """
    if isinstance(declared, _SPACES):
        return declared
    if type(declared) is int:
        return Discrete(declared)
    if type(declared) is dict:
        return DictSpace(tuple((key, read_space(declared[key])) for key in sorted(declared, key=str.encode)))
    if type(declared) is tuple:
        return TupleSpace(tuple(read_space(item) for item in declared))
    return _read_foreign(declared)


def _read_foreign(declared: Any) -> Space:
    """Read a gymnasium space by its attributes, so that gymnasium need not be installed."""
    match type(declared).__name__:
        case "Discrete":
            return Discrete(int(declared.n), int(getattr(declared, "start", 0)))
        case "MultiDiscrete":
            start = np.asarray(getattr(declared, "start", np.zeros_like(declared.nvec)))
            return MultiDiscrete(tuple(declared.nvec.ravel().tolist()), tuple(start.ravel().tolist()))
        case "MultiBinary":
            return MultiBinary(tuple(int(n) for n in declared.shape))
        case "Box":
            low, high = (tuple(float(x) for x in np.broadcast_to(end, declared.shape).ravel()) for end in (declared.low, declared.high))
            return Box(tuple(int(n) for n in declared.shape), np.dtype(declared.dtype).name, low, high)
        case "Tuple":
            return TupleSpace(tuple(_read_foreign(item) for item in declared.spaces))
        case "Dict":
            keys = sorted(declared.spaces, key=str.encode)
            return DictSpace(tuple((key, _read_foreign(declared.spaces[key])) for key in keys))
        case other:
            raise TypeError(f"{other} is no action space: use an int, a tuple or dict of ints, or a gymnasium space")


def legal_mask(space: Space | None, legal: Any, agents: tuple[str, ...] = (), name: str = "legal") -> Value:
    """Return `legal` as Steps carry it: masks, from masks or from lists of allowed values; `name` is what errors call it.

    Raises: ValueError or TypeError where it does not fit the space.
    """
    if agents:
        assert isinstance(space, DictSpace)
        spaces = dict(space.items)
        if not isinstance(legal, Mapping) or not legal.keys() <= spaces.keys():
            given = f"names {', '.join(map(str, legal))}" if isinstance(legal, Mapping) else f"is of the type `{type(legal).__name__}`"
            raise TypeError(f"`{name}` needs to be a dict of masks by agent, of {', '.join(spaces)}; it {given}")
        return {agent: legal_mask(spaces[agent], allowed, name=f"{name}.{agent}") for agent, allowed in legal.items()}
    if isinstance(space, Discrete):
        return _discrete_mask(space, legal, name)
    if isinstance(space, MultiDiscrete):
        starts = space.start or (0,) * len(space.n)
        space = TupleSpace(tuple(map(Discrete, space.n, starts)))
    if isinstance(space, TupleSpace):
        if not isinstance(legal, Sequence | np.ndarray) or len(legal) != len(space.items):
            given = f"it has {len(legal)}" if hasattr(legal, "__len__") else f"it is of the type `{type(legal).__name__}`"
            raise ValueError(f"`{name}` needs one entry for each of {counted(len(space.items), 'part')} of an action; {given}")
        return [legal_mask(item, part, name=f"{name}[{index}]") for index, (item, part) in enumerate(zip(space.items, legal, strict=True))]
    return canonical(legal)


def _discrete_mask(space: Discrete, legal: Any, name: str) -> Value:
    given = np.asarray(list(legal) if isinstance(legal, Iterable) and not isinstance(legal, np.ndarray) else legal)
    if given.ndim != 1:
        raise TypeError(f"`{name}` is {legal!r}; bools, or a list of the allowed actions, are wanted")
    if given.dtype == np.bool_:
        if given.shape != (space.n,):
            raise ValueError(f"`{name}` has {counted(given.size, 'entry', 'entries')} for {counted(space.n, 'action')}")
        return given
    mask = np.zeros(space.n, bool)
    for action in given.tolist():
        if type(action) is not int or not space.start <= action < space.start + space.n:
            raise ValueError(f"`{name}` names action {action!r}, outside {space.start}..{space.start + space.n - 1}")
        if mask[action - space.start]:
            raise ValueError(f"`{name}` names action {action} twice; a mask is made of bools")
        mask[action - space.start] = True
    return mask


def _check_reset(thing: Any, arguments: Mapping[str, Any]) -> None:
    """Raises: AdapterError where `reset` cannot be called with a seed and these arguments."""
    try:
        inspect.signature(thing.reset).bind(0, **arguments)
    except TypeError:
        raise AdapterError(f"reset of {type(thing).__name__} must take the seed: def reset(self, seed)") from None
    except ValueError:  # a builtin does not say what it takes
        pass


def _takes(method: Any, name: str) -> bool:
    try:
        return name in inspect.signature(method).parameters
    except ValueError:
        return False
