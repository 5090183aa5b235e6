"""Highcard in JAX: pure functions in the gymnax manner, one game each; vmap for more.

The rules are the docstring of adapters/python_ref/highcard.py. Players are rows 0 (p1) and 1 (p2) of every array.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
import words
from exchange import count

AGENTS = ("p1", "p2")
MULTIPLIER, INCREMENT = 6364136223846793005, 1442695040888963407
DECK = np.repeat(np.arange(8, dtype=np.int8), 2)
HAND, PASS, NONE = 4, 4, -1


class Params(NamedTuple):
    """The numbers of the rules."""

    score_end: int = 12
    turns_max: int = 40
    passes: int = 2


class State(NamedTuple):
    """The generator uint32[2], the cards int8[16] and int8[2, 4] (-1: none), int32[2] and int32 counts."""

    rng: jax.Array
    deck: jax.Array
    hands: jax.Array
    scores: jax.Array
    passes: jax.Array
    turn: jax.Array


Players: TypeAlias = dict[str, jax.Array]
Cards: TypeAlias = tuple[words.Pair, jax.Array]  # the generator and the deck

actions = {"p1": HAND + 1, "p2": HAND + 1}
default_params = Params()


def reset(key: jax.Array, params: Params) -> tuple[Players, State]:
    """Deal; `key`, uint32[2], is the seed, high word first."""

    def deal(cards: Cards, _: None) -> tuple[Cards, jax.Array]:
        rng, deck, card = draw(*cards, jnp.bool_(True))
        return (rng, deck), card

    cards = (advance((key[0], key[1])), jnp.array(DECK))
    (rng, deck), dealt = jax.lax.scan(deal, cards, None, length=2 * HAND)
    counts = jnp.zeros(2, jnp.int32)
    state = State(jnp.stack(rng), deck, dealt.reshape(HAND, 2).T, counts, counts + params.passes, jnp.int32(0))
    return get_obs(state, params), state


def step(key: jax.Array, state: State, action: Players, params: Params) -> tuple[Players, State, Players, jax.Array, dict[str, jax.Array]]:
    """Play one turn; the action of a player who is not asked is not looked at. Nothing is drawn from `key`."""
    asked = masks(state, params).any(axis=1)
    slots = jnp.where(asked, jnp.stack([action[agent] for agent in AGENTS]), PASS)
    plays = slots != PASS
    chosen = jnp.arange(HAND) == slots[:, None]
    ranks = jnp.where(plays, jnp.where(chosen, state.hands, 0).sum(axis=1), NONE).astype(jnp.int32)
    rng, points = resolve((state.rng[0], state.rng[1]), ranks)
    rng, deck, first = draw(rng, state.deck, plays[0])
    rng, deck, second = draw(rng, deck, plays[1])
    hands = jnp.where(chosen, jnp.stack([first, second])[:, None], state.hands)
    passes = state.passes - (asked & ~plays)
    state = State(jnp.stack(rng), deck, hands, state.scores + points, passes, state.turn + 1)
    margin = (points[0] - points[1]).astype(jnp.float32)
    truncated = is_truncated(state, params)
    done = is_terminal(state, params) | truncated
    # `0 - margin`, not `-margin`: a draw is worth 0.0 to both, and never -0.0
    return get_obs(state, params), state, {"p1": margin, "p2": 0 - margin}, done, {"truncated": truncated}


def advance(rng: words.Pair) -> words.Pair:
    """Return the generator's next state; its output is the high word."""
    return words.add(words.multiply(rng, words.pair(MULTIPLIER)), words.pair(INCREMENT))


def draw(rng: words.Pair, deck: jax.Array, wanted: jax.Array) -> tuple[words.Pair, jax.Array, jax.Array]:
    """Draw a card if `wanted` and there is one; return generator, deck and card (-1: none)."""
    left = (deck != NONE).sum().astype(jnp.uint32)
    draws = wanted & (left > 0)
    advanced = advance(rng)
    index = words.multiply_words(advanced[0], left)[0].astype(jnp.int32)
    places = jnp.arange(len(DECK))
    card = jnp.where(draws, jnp.where(places == index, deck, 0).sum(), NONE).astype(jnp.int8)
    closed = jnp.where(places < index, deck, jnp.append(deck[1:], jnp.int8(NONE)))
    return choose(draws, advanced, rng), jnp.where(draws, closed, deck), card


def choose(first: jax.Array, a: words.Pair, b: words.Pair) -> words.Pair:
    """Return pair a where `first`, else b."""
    return jnp.where(first, a[0], b[0]), jnp.where(first, a[1], b[1])


def resolve(rng: words.Pair, ranks: jax.Array) -> tuple[words.Pair, jax.Array]:
    """Return the generator and the points, int32[2], for the ranks played, int32[2]."""
    first, second = ranks
    ties = (first == second) & (first != NONE)
    advanced = advance(rng)
    loser = jnp.minimum(first, second)
    bonus = jnp.where((loser != NONE) & ((first - second) % 2 == 0), loser, 0)
    tie_winner = (advanced[0] >> 31).astype(jnp.int32)
    winner = jnp.where(ties, tie_winner, (second > first).astype(jnp.int32))
    worth = jnp.where(ties, 1, jnp.where(first == second, 0, 1 + bonus))
    return choose(ties, advanced, rng), jnp.where(jnp.arange(2) == winner, worth, 0)


def masks(state: State, params: Params) -> jax.Array:
    """Return bool[2, 5]: what each player may do; nothing once the game has ended."""
    return moves(state) & ~(is_terminal(state, params) | is_truncated(state, params))


def moves(state: State) -> jax.Array:
    """Return bool[2, 5]: the cards held and the passes left, ended or not."""
    return jnp.concatenate([state.hands != NONE, (state.passes > 0)[:, None]], axis=1)


def legal(state: State, params: Params) -> Players:
    """Return bool[5] for each player; one who may do nothing is not asked to act."""
    both = masks(state, params)
    return {agent: both[seat] for seat, agent in enumerate(AGENTS)}


def get_obs(state: State, params: Params) -> Players:
    """Return int8[10] for each player."""
    size = (state.deck != NONE).sum()
    seen = {}
    for seat, agent in enumerate(AGENTS):
        scores, passes = (state.scores, state.passes) if seat == 0 else (state.scores[::-1], state.passes[::-1])
        tail = jnp.concatenate([scores, size[None], passes, state.turn[None]])
        seen[agent] = jnp.concatenate([state.hands[seat], tail.astype(jnp.int8)])
    return seen


def is_terminal(state: State, params: Params) -> jax.Array:
    """Return whether a score decides, all cards are gone, or nobody can act."""
    decided = (state.scores >= params.score_end).any()
    empty = (state.deck == NONE).all() & (state.hands == NONE).all()
    return decided | empty | ~moves(state).any()


def is_truncated(state: State, params: Params) -> jax.Array:
    """Return whether the turns are used up and the game is not terminated."""
    return (state.turn >= params.turns_max) & ~is_terminal(state, params)


def export_state(state: State) -> dict[str, Any]:
    """Return N states as the canonical one."""
    fields = {name: getattr(state, name) for name in ("hands", "scores", "passes")}
    seats = {name: {agent: rows[:, seat] for seat, agent in enumerate(AGENTS)} for name, rows in fields.items()}
    return {"rng": words.join(state.rng), "deck": state.deck, **seats, "turn": state.turn}


def import_state(tree: Mapping[str, Any]) -> State:
    """Return N canonical states as ours. Raises: ValueError for what is no state."""
    if set(tree) != {"rng", "deck", "hands", "scores", "passes", "turn"}:
        raise ValueError("a state has exactly the keys rng, deck, hands, scores, passes, turn")
    for name in ("hands", "scores", "passes"):
        if not isinstance(tree[name], Mapping) or set(tree[name]) != set(AGENTS):
            raise ValueError(f"state.{name} has exactly the keys {', '.join(AGENTS)}")
    deck = cards("deck", tree["deck"], len(DECK))
    if ((deck[:, :-1] == NONE) & (deck[:, 1:] != NONE)).any():
        raise ValueError("state.deck has a gap: -1 comes only after the last card")
    hands = [cards(f"hands.{agent}", tree["hands"][agent], HAND) for agent in AGENTS]
    scores = [count(f"scores.{agent}", tree["scores"][agent], 127) for agent in AGENTS]
    passes = [count(f"passes.{agent}", tree["passes"][agent], 2) for agent in AGENTS]
    fields: dict[str, Any] = {
        "rng": words.split(tree["rng"]),
        "deck": deck,
        "hands": np.stack(hands, axis=1),
        "scores": np.stack(scores, axis=1),
        "passes": np.stack(passes, axis=1),
        "turn": count("turn", tree["turn"], default_params.turns_max),
    }
    return State(**fields)


def draw_one(key: jax.Array, held: jax.Array, count: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return generator, deck and card after a card is drawn of a deck of the first `count`."""
    deck = jnp.where(jnp.arange(len(DECK)) < count, held, NONE).astype(jnp.int8)
    rng, deck, card = draw((key[0], key[1]), deck, jnp.bool_(True))
    return jnp.stack(rng), deck, card


def resolve_ranks(key: jax.Array, first: jax.Array, second: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the generator and the points for two ranks."""
    rng, points = resolve((key[0], key[1]), jnp.stack([first, second]))
    return jnp.stack(rng), tuple(points)


components = {"draw": draw_one, "resolve": resolve_ranks}


def cards(name: str, values: Any, size: int) -> Any:
    """Return int8[N, size]. Raises: ValueError for what holds no cards."""
    array = np.asarray(values)
    if array.dtype != np.int8 or array.shape[1:] != (size,) or ((array < NONE) | (array > DECK.max())).any():
        raise ValueError(f"state.{name} is an array int8[{size}] of ranks 0 to {DECK.max()}, or -1 for none")
    return array
