"""The environment as jax_target serves it: the same step, which records, and what the host makes of states, records and options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import jax
import numpy as np

from . import environment
from .beginning import begin as begin_battle
from .checks import check_battles
from .components import components  # noqa: F401  # served by its name
from .environment import (  # noqa: F401  # the hooks are this module's names
    actions,
    default_params,
    get_obs,
    get_rewards,
    is_terminal,
    is_truncated,
    legal,
    reset,
)
from .events import name_events
from .exchange import export_state
from .exchange import import_state as read_states
from .generator import name_draws
from .replay import take_state
from .state import Battle
from .teams import Teams, read_teams, require

OPTIONS = ("format", "teams", "strict", "draws")
lanes = 128
optional = ("draws",)

Tables: TypeAlias = Mapping[str, Any]


def step(key: jax.Array, state: Battle, action: environment.Players, params: environment.Params) -> tuple[Any, ...]:
    """Play one step, and tell of its events and draws."""
    after, journal = environment.play(state, action, recording=True)
    truncated = is_truncated(after)
    info = {"truncated": truncated, "events": journal.events, "draws": journal.draws}
    return get_obs(after), after, get_rewards(after), is_terminal(after) | truncated, info


def import_state(tree: Mapping[str, Any]) -> Battle:
    """Return N canonical states as battles. Raises: ValueError with the rule that one breaks, in the reference's words."""
    battles = read_states(tree)
    check_battles(battles)
    return battles


def begin(options: Mapping[str, Any], seed: int | None) -> dict[str, Any] | None:
    """Return the canonical state that an episode with options begins in, where they give the teams. Raises: ValueError."""
    for key in options:
        require(key in OPTIONS, f"no option is called {key}: there are {', '.join(OPTIONS)}")
    require(options.get("format") is None, "name no format: the rules played here are those of [Gen 1] Ubers and of [Gen 1] Random Battle")
    if options.get("teams") is None:
        return None
    teams = read_teams(options["teams"])
    if seed is None:
        return None
    require(options.get("strict") is not True, "strict: only Showdown has the validator of its formats")
    rng = np.array([seed >> 32, seed & 0xFFFFFFFF], np.uint32)
    return take_state(export_state(_begin_one(rng[None], teams)), 0)


@jax.jit
def _begin_one(rng: jax.Array, teams: Teams) -> Battle:
    first, second = (jax.tree.map(lambda column, index=index: column[index], teams) for index in (0, 1))
    return jax.vmap(lambda each: begin_battle(each, (first, second)))(rng)


def _read_events(told: Tables) -> list[list[str]]:
    return [name_events(table, count) for table, count in zip(told["table"], told["count"].tolist(), strict=True)]


def _read_draws(told: Tables) -> list[list[dict[str, str]]]:
    return [name_draws(table, count) for table, count in zip(told["table"], told["count"].tolist(), strict=True)]


records = {"events": _read_events, "draws": _read_draws}
