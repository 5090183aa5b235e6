"""One step of a battle: what both players chose, in Showdown's order. Inside all is int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from . import generator
from .choices import REPLACING, Plan, commit_choices, note_speeds
from .closing import close_step
from .events import Kind
from .generator import Site
from .journal import Journal
from .moving import run_move
from .residual import wear_off
from .scene import Scene, close_scene, open_scene
from .state import Battle, journal_of, narrow, widen
from .switching import announce, arrive, faint, send_out


def play(battle: Battle, actions: jax.Array, recording: bool = False) -> tuple[Battle, Journal]:
    """Return the battle after one step, and its journal; with `recording` that holds draws and events.

    `actions` int32[2] are legal ones, and are not read for a player who is not asked.
    """
    wide = widen(battle, recording)
    replacing = (wide.sides.request == REPLACING).any()
    wide, plan = commit_choices(wide, actions)
    wide = draw_tie(wide, ~replacing, Site.BEFORE_TURN)
    wide = draw_tie(wide, ~replacing, Site.UPDATE)
    together = replacing & plan.acts.all()
    wide, first = _send_both(wide, plan, together)

    def act(count: jax.Array, battle: Battle) -> Battle:
        mover = jnp.where(count == 0, first, 1 - first)
        return _act_one(battle, plan, mover, plan.acts[mover] & (replacing | _both_stand(battle)), together)

    # a loop, though of two, is compiled once
    wide = jax.lax.fori_loop(0, 2, act, wide)
    lasts = ~replacing & _both_stand(wide)
    wide = draw_tie(wear_off(wide, lasts), lasts, Site.UPDATE)
    wide = close_step(wide)
    return narrow(wide), journal_of(wide)


def draw_tie(battle: Battle, mask: jax.Array, site: Site) -> Battle:
    """Return the battle after an event that each Pokemon gets: two of equal speed are shuffled."""
    journal = journal_of(battle)
    assert journal.speeds is not None
    tied = mask & _both_stand(battle) & (journal.speeds[0] == journal.speeds[1])
    journal, _ = generator.shuffle_pair(journal, tied, site)
    return battle._replace(rng=journal)


def _both_stand(battle: Battle) -> jax.Array:
    return (battle.sides.active_pokemon.species > 0).all()


def _send_both(battle: Battle, plan: Plan, mask: jax.Array) -> tuple[Battle, jax.Array]:
    """Both come before either arrives; return also who arrives first."""
    sides = jax.vmap(send_out)(battle.sides, plan.places, jnp.stack([mask, mask]))
    battle = _note_speeds(battle._replace(sides=sides), jnp.stack([mask, mask]))
    for mover in (plan.first, 1 - plan.first):
        opened = open_scene(battle, mover)
        battle = close_scene(battle, opened, announce(opened, mask), mover)
    journal = journal_of(battle)
    assert journal.speeds is not None
    tied = journal.speeds[0] == journal.speeds[1]
    journal, place = generator.random(journal, mask & tied, 0, 2, Site.INSERT)
    second_first = jnp.where(tied, place == 0, journal.speeds[1 - plan.first] > journal.speeds[plan.first])
    battle = draw_tie(battle._replace(rng=journal), mask, Site.UPDATE)
    return battle, jnp.where(mask & second_first, 1 - plan.first, plan.first)


def _note_speeds(battle: Battle, mask: jax.Array) -> Battle:
    journal = journal_of(battle)
    return battle._replace(rng=journal._replace(speeds=jnp.where(mask, note_speeds(battle.sides), journal.speeds)))


def _act_one(battle: Battle, plan: Plan, mover: jax.Array, mask: jax.Array, together: jax.Array) -> Battle:
    """One player's action: a switch, or the arrival of one that has come, or a move; then who has no hp left faints."""
    switches = mask & plan.switches[mover]
    opened = open_scene(battle, mover)
    replaces = opened.user.request == REPLACING
    comes = switches & ~together
    user = send_out(opened.user, plan.places[mover], comes)
    scene = opened._replace(user=user, user_name=mover * 6 + user.active)
    battle = close_scene(battle, opened, announce(scene, comes), mover)
    battle = _note_speeds(battle, comes & (jnp.arange(2) == mover))
    battle = draw_tie(battle, comes, Site.UPDATE)
    opened = open_scene(battle, mover)
    battle = close_scene(battle, opened, arrive(opened, switches, switches & ~replaces), mover)
    battle = run_move(battle, mover, mask & ~switches)
    opened = open_scene(battle, mover)
    battle = close_scene(battle, opened, _faint_both(opened, mask), mover)
    return draw_tie(battle, mask, Site.UPDATE)


def _faint_both(scene: Scene, mask: jax.Array) -> Scene:
    """The one that was hit faints first."""
    gone = [mask & (side.hp[side.active] == 0) & (side.active_pokemon.species > 0) for side in (scene.foe, scene.user)]
    scene = scene.say(gone[0], Kind.FAINT, scene.foe_name).say(gone[1], Kind.FAINT, scene.user_name)
    return scene._replace(foe=faint(scene.foe, gone[0]), user=faint(scene.user, gone[1]))
