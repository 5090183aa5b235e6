"""Scripts: the inputs of a run, complete enough to play it again anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Any

from equivcheck.model.values import MISSING, Missing, Value, canonical, from_json, same_value, to_json

SEED_END = 2**64


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode: reset with `seed` and `options`, load `start` if there is one, take the `actions`.

    `seed` is an int in [0, 2^64). `start` is a canonical state. `draws` is a tape of recorded draws, kept for the
    modes that replay one. With several agents an action is a dict of agent to action.
    """

    seed: int = 0
    actions: tuple[Value, ...] = ()
    options: Mapping[str, Value] = field(default_factory=dict)
    start: Value | Missing = MISSING
    draws: tuple[Value, ...] | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """Episodes played one after another on one fresh instance."""

    episodes: tuple[Episode, ...]

    @property
    def action_count(self) -> int:
        """Actions in all episodes: the size that shrinking reports."""
        return sum(len(episode.actions) for episode in self.episodes)

    def with_last(self, **changes: Any) -> Script:
        """Return the script with fields of its last episode replaced."""
        return Script((*self.episodes[:-1], replace(self.episodes[-1], **changes)))


def script_to_json(script: Script) -> dict[str, Any]:
    """Return the script as plain JSON; what is at its default is left out."""
    episodes = []
    for episode in script.episodes:
        plain: dict[str, Any] = {"seed": episode.seed}
        if episode.options:
            plain["options"] = to_json(dict(episode.options))
        if episode.start is not MISSING:
            plain["start"] = to_json(episode.start)
        plain["actions"] = [to_json(action) for action in episode.actions]
        if episode.draws is not None:
            plain["draws"] = [to_json(draw) for draw in episode.draws]
        episodes.append(plain)
    return {"episodes": episodes}


def script_from_json(plain: Any) -> Script:
    """Return the script that `script_to_json` wrote. Raises: ValueError where it is malformed."""
    episodes = plain.get("episodes") if isinstance(plain, dict) else None
    if not isinstance(episodes, list) or not episodes:
        raise ValueError("a script has a non-empty list `episodes`")
    return Script(tuple(_episode_from_json(index, item) for index, item in enumerate(episodes)))


def _episode_from_json(index: int, plain: Any) -> Episode:
    known = {"seed", "options", "start", "actions", "draws"}
    if not isinstance(plain, dict) or plain.keys() - known:
        raise ValueError(f"episodes[{index}] is a map with no keys but {', '.join(sorted(known))}")
    seed, actions, options, draws = (plain.get(key) for key in ("seed", "actions", "options", "draws"))
    if type(seed) is not int or not 0 <= seed < SEED_END:
        raise ValueError(f"episodes[{index}].seed is an int from 0 to 2^64 - 1, not {seed!r}")
    options = {} if options is None else from_json(options)
    if not isinstance(actions, list) or not isinstance(options, dict) or not isinstance(draws, (list, NoneType)):
        raise ValueError(f"episodes[{index}]: `actions` and `draws` are lists, `options` is a map")
    return Episode(
        seed=seed,
        actions=tuple(canonical(from_json(action)) for action in actions),
        options=options,
        start=canonical(from_json(plain["start"])) if "start" in plain else MISSING,
        draws=None if draws is None else tuple(from_json(draw) for draw in draws),
    )


def same_script(a: Script, b: Script) -> bool:
    """Return whether two scripts are equal, bit for bit."""
    return same_value(canonical(script_to_json(a)), canonical(script_to_json(b)))
