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
    wide = _tie(wide, ~replacing, Site.BEFORE_TURN)
    wide = _tie(wide, ~replacing, Site.UPDATE)
    together = replacing & plan.acts.all()
    wide, first = _send_both(wide, plan, together)
    wide = _act_both(wide, plan, first, replacing, together)
    lasts = ~replacing & (wide.sides.active_pokemon.species > 0).all()
    wide = _tie(wear_off(wide, lasts), lasts, Site.UPDATE)
    wide = close_step(wide)
    return narrow(wide), journal_of(wide)


def draw_tie(journal: Journal, mask: jax.Array, site: Site) -> Journal:
    """Return the journal after an event that each Pokemon gets: two of equal speed are shuffled."""
    assert journal.speeds is not None
    journal, _ = generator.shuffle_pair(journal, mask & (journal.speeds[0] == journal.speeds[1]), site)
    return journal


def _tie(battle: Battle, mask: jax.Array, site: Site) -> Battle:
    standing = (battle.sides.active_pokemon.species > 0).all()
    return battle._replace(rng=draw_tie(journal_of(battle), mask & standing, site))


def _send_both(battle: Battle, plan: Plan, mask: jax.Array) -> tuple[Battle, jax.Array]:
    """Both come before either arrives; return also who arrives first."""
    sides = jax.vmap(send_out, (0, 0, None))(battle.sides, plan.places, mask)
    journal = journal_of(battle)
    speeds = jnp.where(mask, note_speeds(sides), journal.speeds)
    battle = battle._replace(rng=journal._replace(speeds=speeds), sides=sides)
    opened = open_scene(battle, plan.first)
    battle = close_scene(battle, opened, _swap(announce(_swap(announce(opened, mask)), mask)), plan.first)
    tied = speeds[0] == speeds[1]
    journal, place = generator.random(journal_of(battle), mask & tied, 0, 2, Site.INSERT)
    second_first = jnp.where(tied, place == 0, speeds[1 - plan.first] > speeds[plan.first])
    battle = _tie(battle._replace(rng=journal), mask, Site.UPDATE)
    return battle, jnp.where(mask & second_first, 1 - plan.first, plan.first)


def _act_both(battle: Battle, plan: Plan, first: jax.Array, replacing: jax.Array, together: jax.Array) -> Battle:
    """Two actions, one after the other, each seen by who acts: the body of a loop, though of two, is compiled once."""
    plan = jax.tree.map(lambda leaf: jnp.where(first == 0, leaf, leaf[::-1]) if leaf.ndim else leaf, plan)
    opened = open_scene(battle, first)
    assert opened.journal.speeds is not None
    speeds = jnp.where(first == 0, opened.journal.speeds, opened.journal.speeds[::-1])

    def act(count: jax.Array, scene: Scene) -> Scene:
        here = jnp.arange(2) == count
        acts, switches = (plan.acts & here).any(), (plan.switches & here).any()
        scene = _act_one(scene, acts & (replacing | _both_stand(scene)), switches, jnp.where(here, plan.places, 0).sum(), together)
        return _swap(scene)

    scene = jax.lax.fori_loop(0, 2, act, opened._replace(journal=opened.journal._replace(speeds=speeds)))
    return close_scene(battle, opened, scene, first)


def _act_one(scene: Scene, mask: jax.Array, switches: jax.Array, place: jax.Array, together: jax.Array) -> Scene:
    """One player's action: a switch, or the arrival of one that has come, or a move; then who has no hp left faints."""
    switches &= mask
    comes = switches & ~together
    replaces = scene.user.request == REPLACING
    user = send_out(scene.user, place, comes)
    scene = announce(scene._replace(user=user, user_name=scene.user_name - scene.user.active + user.active), comes)
    journal = scene.journal
    assert journal.speeds is not None
    journal = journal._replace(speeds=jnp.where(comes & (jnp.arange(2) == 0), note_speeds(user), journal.speeds))
    scene = scene._replace(journal=draw_tie(journal, comes & _both_stand(scene), Site.UPDATE))
    scene = arrive(scene, switches, switches & ~replaces)
    scene = _faint_both(run_move(scene, mask & ~switches), mask)
    return scene._replace(journal=draw_tie(scene.journal, mask & _both_stand(scene), Site.UPDATE)).flush()


def _both_stand(scene: Scene) -> jax.Array:
    return (scene.user.active_pokemon.species > 0) & (scene.foe.active_pokemon.species > 0)


def _swap(scene: Scene) -> Scene:
    """Return the scene as the opponent sees it."""
    journal = scene.journal
    assert journal.speeds is not None
    return scene._replace(
        journal=journal._replace(speeds=journal.speeds[::-1]),
        user=scene.foe,
        foe=scene.user,
        user_name=scene.foe_name,
        foe_name=scene.user_name,
    )


def _faint_both(scene: Scene, mask: jax.Array) -> Scene:
    """The one that was hit faints first."""
    gone = [mask & (side.hp[side.active] == 0) & (side.active_pokemon.species > 0) for side in (scene.foe, scene.user)]
    scene = scene.say(gone[0], Kind.FAINT, scene.foe_name).say(gone[1], Kind.FAINT, scene.user_name)
    return scene._replace(foe=faint(scene.foe, gone[0]), user=faint(scene.user, gone[1]))
