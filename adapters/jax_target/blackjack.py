"""Gymnasium's Blackjack-v1 in JAX: pure functions in the gymnax manner, one table each; vmap for more.

The rules are those of gymnasium.envs.toy_text.blackjack (MIT licence), with Sutton and Barto's natural unless Params says otherwise.
A hand is an array of cards, 1 to 10, with 0 where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.recording.dense import Site
from equivcheck.recording.jax_draws import Draws

DECK = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10])
STICK, HIT = 0, 1
CARDS_MAX = 22  # aces, the last of them too many
DRAWS_MAX = 10  # of a dealer with two aces, who gets 1, 1, 1, 1, 6, 1, 1, 1, 1, 1
SITE = "draw_card"


class Params(NamedTuple):
    """The numbers of the rules; `sab` outdoes `natural`."""

    sab: bool = True
    natural: bool = False
    dealer_stands: int = 17


class State(NamedTuple):
    """The two hands, int32[22] and int32[12]."""

    player: jax.Array
    dealer: jax.Array


actions = 2
default_params = Params()
sites = {SITE: Site("integers", times=DRAWS_MAX)}


def reset(key: jax.Array, params: Params) -> tuple[tuple[jax.Array, ...], State]:
    """Deal two cards to the dealer and two to the player."""
    cards = jax.random.choice(key, jnp.asarray(DECK), (2, 2)).astype(jnp.int32)
    player = jnp.zeros(CARDS_MAX, jnp.int32).at[:2].set(cards[1])
    dealer = jnp.zeros(2 + DRAWS_MAX, jnp.int32).at[:2].set(cards[0])
    return get_obs(State(player, dealer), params), State(player, dealer)


def step(
    key: Any, state: State, action: jax.Array, params: Params
) -> tuple[tuple[jax.Array, ...], State, jax.Array, jax.Array, dict[str, Any]]:
    """Take a card, -1 where it is too much; or let the dealer play, and win 1, 0 or -1."""
    player, draws = deal(Draws.of(key), state.player, action == HIT)

    def hit(carry: tuple[Any, Draws], _: None) -> tuple[tuple[Any, Draws], None]:
        hand, draws = carry
        return deal(draws, hand, (action == STICK) & (total(hand) < params.dealer_stands)), None

    (dealer, draws), _ = jax.lax.scan(hit, (state.dealer, draws), length=DRAWS_MAX)
    state = State(player, dealer)
    bust = total(player) > 21
    reward = jnp.where(action == STICK, settle(state, params), jnp.where(bust, -1.0, 0.0))
    return get_obs(state, params), state, reward, (action == STICK) | bust, {"draws": draws.made}


def deal(draws: Draws, hand: Any, wanted: Any) -> tuple[Any, Draws]:
    """Add a card to a hand, if `wanted`."""
    place, draws = draws.integers(SITE, 0, len(DECK), when=wanted)
    card = jnp.asarray(DECK)[place].astype(jnp.int32)
    return hand.at[(hand > 0).sum()].set(jnp.where(wanted, card, 0), mode="drop"), draws


def settle(state: State, params: Params) -> jax.Array:
    """Return what the player wins, f32, when both have their cards."""
    player, dealer = score(state.player), score(state.dealer)
    reward = jnp.sign(player - dealer).astype(jnp.float32)
    natural = is_natural(state.player)
    outright = params.sab & natural & ~is_natural(state.dealer)
    extra = ~jnp.asarray(params.sab) & params.natural & natural & (reward == 1)
    return jnp.where(outright, 1.0, jnp.where(extra, 1.5, reward))


def usable_ace(hand: Any) -> Any:
    """Return whether an ace counts 11."""
    return (hand == 1).any() & (hand.sum() + 10 <= 21)


def total(hand: Any) -> Any:
    """Return what a hand counts."""
    return hand.sum() + jnp.where(usable_ace(hand), 10, 0)


def score(hand: Any) -> Any:
    """Return what a hand counts in the end: nothing where it is too much."""
    return jnp.where(total(hand) > 21, 0, total(hand))


def is_natural(hand: Any) -> Any:
    """Return whether a hand is an ace and a ten, and nothing else."""
    return ((hand > 0).sum() == 2) & (total(hand) == 21)


def get_obs(state: State, params: Params) -> tuple[jax.Array, ...]:
    """Return what the player counts, the dealer's first card, and whether there is a usable ace."""
    return total(state.player), state.dealer[0], usable_ace(state.player).astype(jnp.int32)


def export_state(state: State) -> dict[str, Any]:
    """Return N states as canonical ones, in which a hand is a list of its cards."""
    return {name: [np.ma.masked_equal(cards, 0) for cards in np.asarray(hand).T] for name, hand in state._asdict().items()}


def import_state(tree: Mapping[str, Any]) -> State:
    """Return N canonical states, with as many cards in each, as ours. Raises: ValueError for what is no state."""
    if set(tree) != {"player", "dealer"}:
        raise ValueError("a state has exactly the keys player, dealer")
    return State(*(import_hand(name, tree[name], most) for name, most in (("player", CARDS_MAX), ("dealer", 2 + DRAWS_MAX))))


def import_hand(name: str, cards: Any, most: int) -> Any:
    """Return int32[N, most]. Raises: ValueError for what is no hand."""
    held = np.stack(cards, axis=-1) if isinstance(cards, list) and 2 <= len(cards) <= most else np.zeros(0)
    if held.ndim != 2 or held.dtype.kind not in "iu" or ((held < 1) | (held > 10)).any():
        raise ValueError(f"state.{name} is a list of 2 to {most} cards, ints from 1 to 10")
    return np.pad(held.astype(np.int32), ((0, 0), (0, most - len(cards))))
