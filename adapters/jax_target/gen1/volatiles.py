"""What a Pokemon suffers or does for the moment, as moves begin it. All in int32.

Of the draws of one move's effects at most two happen, so that two are compiled: which they are is a matter of numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from . import generator
from .blows import HIT_COUNTS, Blows
from .events import Kind
from .generator import RANDOM, SAMPLE, SHUFFLE, SITES, Site
from .scene import Scene, apart, hold, hp_of
from .tables import VOLATILES, Move, move_number

CONFUSION, FLINCH, TRAPPED, DISABLED, LEECH_SEED, BIDE = (
    VOLATILES.index(name) for name in ("confusion", "flinch", "partiallytrapped", "disable", "leechseed", "bide")
)
LOCK, THRASH, RECHARGE, RAGE = (VOLATILES.index(name) for name in ("partialtrappinglock", "lockedmove", "mustrecharge", "rage"))
MIMIC = move_number("Mimic")
LOCK_FIELDS = ("trapping", "trapping_total", "trapping_move", "trapping_damage", "trapping_place")
FLAGS = (
    ("mist", VOLATILES.index("mist"), Kind.START_MIST),
    ("light_screen", VOLATILES.index("lightscreen"), Kind.START_LIGHT_SCREEN),
    ("reflect", VOLATILES.index("reflect"), Kind.START_REFLECT),
    ("focus_energy", VOLATILES.index("focusenergy"), Kind.START_FOCUS_ENERGY),
)
"""What a move gives its user and is there or not."""
SURE = 255


class Wants(NamedTuple):
    """Which effects of a move are to begin, and draw: no move has two of them."""

    tie: jax.Array
    disable: jax.Array
    mimic: jax.Array
    bide: jax.Array
    confusion: jax.Array
    lock: jax.Array


@apart
def begin_thrash(scene: Scene, move: Move, acts: jax.Array) -> Scene:
    """Return the scene in which Thrash or Petal Dance has begun, gone on, or confused its user."""
    held = scene.user.volatile
    thrashes = acts & (move.self_volatile == THRASH)
    begins, goes_on = thrashes & (held.locked_move == 0), thrashes & (held.locked_move > 0)
    ends = goes_on & (held.locked_turns == 1)
    site = jnp.where(begins, SITES.index(Site.THRASH), SITES.index(Site.CONFUSION))
    journal, turns = generator.random(scene.journal, begins | ends, 2, jnp.where(begins, 4, 6), site)
    user = hold(scene.user, begins, locked_move=move.number, locked_turns=turns, locked_accuracy=SURE)
    user = hold(user, goes_on, locked_turns=held.locked_turns - 1)
    scene = scene._replace(journal=journal, user=hold(user, ends, confusion=turns))
    return scene.say(ends, Kind.START_CONFUSION_SILENT, scene.user_name)


def find_wants(scene: Scene, move: Move, goes: jax.Array, secondary: jax.Array, through: jax.Array, ties: jax.Array) -> Wants:
    """Return what begins; `through`: a secondary confusion that came through a substitute; `ties`: a status is set."""
    held, own = scene.foe.volatile, scene.user.volatile
    standing = hp_of(scene.foe) > 0
    confuses = (goes & (move.volatile == CONFUSION)) | (secondary & (move.secondary_volatile == CONFUSION)) | through
    return Wants(
        ties,
        goes & (move.volatile == DISABLED) & (held.disable == 0),
        goes & (move.number == MIMIC),
        goes & (move.volatile == BIDE) & (own.bide == 0),
        confuses & standing & (held.confusion == 0),
        goes & (move.self_volatile == LOCK) & (own.trapping == 0) & (hp_of(scene.user) > 0),
    )


@apart
def draw_effect(scene: Scene, wants: Wants) -> tuple[Scene, jax.Array]:
    """Return what the effect draws: of a tie nothing that matters, a slot, turns, or how long a trap holds."""
    moves, pp = scene.foe.active_pokemon.moves > 0, scene.foe.active_pokemon.pp > 0
    open_slots = moves & (pp | wants.mimic)
    cases = (
        (wants.tie, 0, 2, Site.STATUS_TIE, SHUFFLE),
        (wants.disable, 0, open_slots.sum(), Site.DISABLE, SAMPLE),
        (wants.mimic, 0, open_slots.sum(), Site.MIMIC, SAMPLE),
        (wants.bide, 2, 4, Site.BIDE, RANDOM),
        (wants.confusion, 2, 6, Site.CONFUSION, RANDOM),
        (wants.lock, 0, len(HIT_COUNTS), Site.DURATION, SAMPLE),
    )
    masks = jnp.stack([mask for mask, *_ in cases])
    rows = [jnp.stack([jnp.asarray(number) for number in (low, high, SITES.index(site), form)]) for _, low, high, site, form in cases]
    low, high, site, form = jnp.where(masks[:, None], jnp.stack(rows), 0).sum(axis=0)
    journal, value = generator.random(scene.journal, masks.any(), low, high, site, form)
    slot = jnp.argmax((jnp.cumsum(open_slots) == value + 1) & open_slots).astype(jnp.int32)
    return scene._replace(journal=journal), jnp.where(wants.disable | wants.mimic, slot, value)


def draw_turns(scene: Scene, sleeps: jax.Array, disables: jax.Array) -> tuple[Scene, jax.Array]:
    """Return how many turns sleep or Disable lasts."""
    site = jnp.where(sleeps, SITES.index(Site.SLEEP), SITES.index(Site.DISABLE))
    journal, turns = generator.random(scene.journal, sleeps | disables, 1, jnp.where(sleeps, 8, 9), site)
    return scene._replace(journal=journal), turns


@apart
def begin_volatiles(
    scene: Scene, move: Move, goes: jax.Array, secondary: jax.Array, wants: Wants, drawn: jax.Array, turns: jax.Array
) -> Scene:
    """Return the scene with what a move or its secondary effect begins on either side, but for traps."""
    held = scene.foe.volatile
    number = scene.foe.active_pokemon.moves[drawn]
    seeds = goes & (move.volatile == LEECH_SEED) & (held.leech_seed == 0)
    flinches = secondary & (move.secondary_volatile == FLINCH) & (held.flinch == 0)
    foe = hold(scene.foe, wants.disable, disable=turns, disable_slot=drawn, disable_move=number)
    foe = hold(hold(foe, wants.confusion, confusion=drawn), seeds, leech_seed=1)
    scene = scene._replace(foe=hold(foe, flinches, flinch=1, recharge=0), user=hold(scene.user, wants.bide, bide=drawn, bide_damage=0))
    scene = scene.say(wants.disable, Kind.START_DISABLE, scene.foe_name, number)
    scene = scene.say(wants.confusion, Kind.START_CONFUSION, scene.foe_name).say(seeds, Kind.START_LEECH_SEED, scene.foe_name)
    scene = scene.say(wants.bide, Kind.START_BIDE, scene.user_name)
    for name, volatile, kind in FLAGS:
        new = goes & (move.volatile == volatile) & (getattr(scene.user.volatile, name) == 0)
        scene = scene._replace(user=hold(scene.user, new, **{name: 1})).say(new, kind, scene.user_name)
    return scene


@apart
def begin_own(scene: Scene, move: Move, goes: jax.Array, wants: Wants, drawn: jax.Array, blows: Blows) -> Scene:
    """Return the scene with what a move does to its user, and the trap it holds the opponent in.

    Breaking a substitute spares the user the recharging, and begins no Rage.
    """
    user, foe = scene.user, scene.foe
    owes = goes & ~blows.broken & (hp_of(user) > 0)
    standing = hp_of(foe) > 0
    locks = wants.lock & standing
    traps = goes & (move.volatile == TRAPPED) & standing & (~blows.on_substitute | locks)
    turns = jnp.asarray(HIT_COUNTS)[jnp.where(wants.lock, drawn, 0)]
    lock = {"trapping": turns, "trapping_total": turns, "trapping_move": move.number}
    user = hold(user, locks, **lock, trapping_damage=scene.last_damage, trapping_place=foe.active + 1)
    user = hold(user, owes & (move.self_volatile == RECHARGE), recharge=1)
    user = hold(user, owes & (move.self_volatile == RAGE) & (user.volatile.rage == 0), rage=SURE)
    new = traps & (foe.volatile.trapped == 0)
    foe = hold(foe, new, trapped_by=user.active + 1, trapped_move=move.number, trapped_maybe=0)
    return scene._replace(user=user, foe=hold(foe, traps, trapped=2))
