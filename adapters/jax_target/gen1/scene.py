"""What the effects of a move are written on: both sides as the move sees them, the journal, and the lines to come. All in int32."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar, cast

import jax
import jax.numpy as jnp

from . import compiling
from .events import Kind, Line, emit_all
from .journal import Journal
from .state import Battle, Side, is_out, journal_of, take_side


class Scene(NamedTuple):
    """The user of a move and its opponent; a name is side * 6 + place."""

    journal: Journal
    user: Side
    foe: Side
    last_damage: jax.Array
    user_name: jax.Array
    foe_name: jax.Array
    lines: tuple[Line, ...] = ()

    def say(self, mask: jax.Array, kind: Kind, *numbers: jax.Array | int) -> Scene:
        """Return the scene with a line more where `mask` holds."""
        return self if self.journal.events is None else self._replace(lines=(*self.lines, Line(mask, kind, numbers)))

    def flush(self) -> Scene:
        """Return the scene with the lines to come in the journal."""
        return self._replace(journal=emit_all(self.journal, self.lines), lines=())


P = ParamSpec("P")
T = TypeVar("T")


def apart(effect: Callable[Concatenate[Scene, P], T]) -> Callable[Concatenate[Scene, P], T]:
    """Compile what happens in a scene by itself, as `compiling.apart`; it gets the scene without the lines before."""
    compiled = compiling.apart(effect)

    @functools.wraps(effect)
    def call(scene: Scene, *args: P.args, **kwargs: P.kwargs) -> T:
        answer: Any = compiled(scene._replace(lines=()), *args, **kwargs)
        after: Scene = answer if isinstance(answer, Scene) else answer[0]
        after = after._replace(lines=(*scene.lines, *after.lines))
        whole: Any = after if isinstance(answer, Scene) else (after, *answer[1:])
        return cast(T, whole)

    return call


def open_scene(battle: Battle, mover: jax.Array) -> Scene:
    """Return the battle as the mover sees it."""
    user, foe = take_side(battle.sides, mover), take_side(battle.sides, 1 - mover)
    return Scene(journal_of(battle), user, foe, battle.last_damage, mover * 6 + user.active, (1 - mover) * 6 + foe.active)


def close_scene(battle: Battle, opened: Scene, scene: Scene, mover: jax.Array) -> Battle:
    """Return the battle after the scene: leaves that nothing has touched stay as they are."""

    def put(old: jax.Array, user_was: jax.Array, foe_was: jax.Array, user: jax.Array, foe: jax.Array) -> jax.Array:
        if user is user_was and foe is foe_was:
            return old
        return jnp.where(mover == 0, jnp.stack([user, foe]), jnp.stack([foe, user]))

    sides = jax.tree.map(put, battle.sides, opened.user, opened.foe, scene.user, scene.foe)
    return battle._replace(sides=sides, last_damage=scene.last_damage, rng=scene.flush().journal)


def hp_of(side: Side) -> jax.Array:
    """Return the hp of the one that is out."""
    return side.hp[side.active]


def most_hp(side: Side) -> jax.Array:
    """Return the hp it can have."""
    return side.stats[side.active, 0]


def status_of(side: Side) -> jax.Array:
    """Return the status of the one that is out."""
    return side.status[side.active]


def set_own(side: Side, mask: jax.Array, **values: jax.Array | int) -> Side:
    """Return the side with other numbers in the place of the one that is out: hp, status, sleep, rested, sub_broken."""
    here = is_out(side) & mask
    return side._replace(**{name: jnp.where(here, value, getattr(side, name)) for name, value in values.items()})


def hold(side: Side, mask: jax.Array, **values: jax.Array | int) -> Side:
    """Return the side with other numbers in its volatile state."""
    held = side.volatile
    return side._replace(volatile=held._replace(**{name: jnp.where(mask, value, getattr(held, name)) for name, value in values.items()}))


def change(side: Side, mask: jax.Array, **values: jax.Array | int) -> Side:
    """Return the side with other numbers in what its Pokemon has while it is out: types, stored, modified, boosts, moves."""
    active = side.active_pokemon
    changed = {name: jnp.where(mask, value, getattr(active, name)) for name, value in values.items()}
    return side._replace(active_pokemon=active._replace(**changed))
