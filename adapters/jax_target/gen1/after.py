"""What follows a move: traps, recharging and Thrash (`AfterMove`), then poison, Leech Seed and waking (`AfterMoveSelf`). All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .before import THRASH_FIELDS, end
from .events import Kind, health
from .scene import Scene, apart, hold, hp_of, most_hp, set_own, status_of
from .tables import BURN, POISON, SLEEP, TOXIC, Move
from .volatiles import LOCK_FIELDS

TRAP_TURNS = 2
TRAPPING_MAX = 5


@apart
def settle_move(scene: Scene, move: Move, mask: jax.Array) -> tuple[Scene, jax.Array]:
    """Return the scene after a move was used, and whether its target still stands."""
    held = scene.user.volatile
    standing = jnp.where(move.on_self > 0, hp_of(scene.user), hp_of(scene.foe)) > 0
    lives, fell = mask & standing, mask & ~standing
    rests = lives & (held.recharge > 0)
    scene = scene.say(rests, Kind.MUST_RECHARGE, scene.user_name)
    user = end(scene.user, fell, "recharge", *LOCK_FIELDS)
    user = end(user, mask & (held.locked_move > 0) & (held.locked_turns <= 0), *THRASH_FIELDS)
    return _settle_trap(scene._replace(user=user), move, lives & (held.trapping > 0)), lives


def _settle_trap(scene: Scene, move: Move, mask: jax.Array) -> Scene:
    """A trap holds on, or ends without either player's being told; after five turns both know."""
    user, foe, held = scene.user, scene.foe, scene.user.volatile
    ends = mask & (held.trapping == 1)
    hides = ends & (held.trapping_total != TRAPPING_MAX)
    holds = mask & ~ends
    begins = holds & (foe.volatile.trapped == 0)
    foe = hold(foe, begins, trapped_by=user.active + 1, trapped_move=move.number, trapped_maybe=0)
    foe = hold(foe, holds, trapped=TRAP_TURNS)
    foe = hold(foe, holds & (held.trapping_total > held.trapping), trapped_maybe=1)
    foe = hold(hold(foe, hides, fake_trapped_by=user.active + 1), hides & (foe.volatile.fake_trapped == 0), fake_trapped=TRAP_TURNS)
    user = hold(hold(user, hides, fake_trapped_by=foe.active + 1), hides & (held.fake_trapped == 0), fake_trapped=TRAP_TURNS)
    return scene._replace(user=user, foe=foe)


@apart
def hurt_user(scene: Scene, on_self: jax.Array, mask: jax.Array) -> Scene:
    """Return the scene after what hurts the one that has moved; `on_self`: the move was at itself, and the log names no other."""
    user, held, status = scene.user, scene.user.volatile, status_of(scene.user)
    ill = mask & ((status == POISON) | (status == BURN) | (status == TOXIC))
    counts = (held.toxic > 0).astype(jnp.int32)
    counter = held.toxic_counter + jnp.where(ill, counts, 0)
    wakes = mask & (status == SLEEP) & (user.sleep[user.active] <= 0)
    user = set_own(user, wakes, status=0, sleep=0, rested=0)
    scene = scene.say(wakes, Kind.CURE, scene.user_name, SLEEP)
    share = jnp.maximum(most_hp(user) // 16, 1)
    suffers = ill & (hp_of(user) > 0)
    user = set_own(user, suffers, hp=jnp.maximum(hp_of(user) - share * jnp.where(counts > 0, counter, 1), 0))
    shown = jnp.where(status == TOXIC, POISON, status)
    names_foe = ~on_self & (status != TOXIC)
    scene = scene.say(suffers & ~names_foe, Kind.DAMAGE_STATUS, scene.user_name, *health(user), shown)
    scene = scene.say(suffers & names_foe, Kind.DAMAGE_STATUS_OF, scene.user_name, *health(user), shown, scene.foe_name)
    return _drain_user(scene._replace(user=hold(user, ill, toxic_counter=counter)), share, mask)


@apart
def _drain_user(scene: Scene, share: jax.Array, mask: jax.Array) -> Scene:
    """Leech Seed: what the opponent gains is not limited by what is left to lose, and the counter of Toxic multiplies both."""
    user, foe, held = scene.user, scene.foe, scene.user.volatile
    drains = mask & (held.leech_seed > 0) & (hp_of(foe) > 0)
    counter = held.toxic_counter + jnp.where(held.toxic > 0, 1, 0)
    amount = share * jnp.where(held.toxic > 0, counter, 1)
    loses = drains & (hp_of(user) > 0)
    user = hold(user, drains, toxic_counter=counter)
    user = set_own(user, loses, hp=jnp.maximum(hp_of(user) - amount, 0))
    gains = drains & (hp_of(foe) < most_hp(foe))
    foe = set_own(foe, gains, hp=jnp.minimum(hp_of(foe) + amount, most_hp(foe)))
    scene = scene._replace(user=user, foe=foe)
    scene = scene.say(loses, Kind.DAMAGE_LEECH_SEED, scene.user_name, *health(user), scene.foe_name)
    return scene.say(gains, Kind.HEAL_SILENT, scene.foe_name, *health(foe))
