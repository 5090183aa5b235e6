"""Highcard: a seeded card game for two players, p1 and p2. This page is its definition.

Generator. A 64-bit linear congruential one: advance is state = state * 6364136223846793005 + 1442695040888963407 mod
2^64, its output the upper 32 bits of the new state. A reset with a seed sets state = seed and advances once, unused.
Source: Knuth, The Art of Computer Programming 2, section 3.3.4, table 1, line 26 (the multiplier; MMIX's increment).

Deck. 16 cards, ranks 0 to 7 twice, listed in the order 0, 0, 1, 1, ..., 7, 7. Drawing a card: advance; take the card
at index (output * cards left) >> 32 of the list; the others keep their order.

Reset. p1 and p2 draw in turn, p1 first, until each holds 4 cards, in slots 0 to 3 as drawn. Scores are 0, each player
has 2 passes, and turn is 0.

Actions. 0 to 3 plays the card in that slot, 4 passes. A slot that is empty (-1) cannot be played; a player without
passes left cannot pass. A player is asked to act only if something is legal; one not asked counts as passing, and uses
up no pass.

Turn. Both choose at once; whoever was asked and passed has one pass less. Then:

1. A pass counts as rank -1 and keeps the card. The higher rank scores 1, and if the loser played a card too and
   both ranks are even or both odd, the loser's rank on top. Two played cards of one rank: advance once; the top bit of
   the output (bit 31) says who scores 1, p1 if it is 0, p2 if it is 1. Both passed: nobody scores.
2. Played cards leave their slots empty. Then, p1 first, each player who played draws a card into that slot, if
   the deck holds any.
3. turn goes up by 1.

End. Terminated when a score is 12 or more, when the deck and both hands are empty, or when nobody has a legal action.
Truncated when turn is 40 and the game is not terminated; 16 cards and 4 passes never last that long, so only a loaded
state leads there. Both are functions of the state, so that a loaded one may have ended.

What is seen. obs of each player, int8[10]: the own hand (4), own score, other's score, cards in the deck, own passes
left, other's passes left, turn. reward of each player: own points of the turn minus the other's, a float. legal:
bool[5] for each player asked to act; nobody is asked after the end.

State. rng (int), deck (int8[16]: the list, then -1), hands (int8[4] each), scores, passes (left), turn (ints).
`load` refuses other keys, dtypes and shapes; cards outside 0 to 7 (-1 is none), a gap in the deck; scores outside
0 to 127, passes outside 0 to 2, a turn outside 0 to 40. Whether the cards make up one whole deck is not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from equivcheck.model.values import from_json, to_json
from equivcheck.serving import Refused

Int8s: TypeAlias = NDArray[np.int8]
Words: TypeAlias = NDArray[np.uint32]  # a generator, high word first

AGENTS: Final = ("p1", "p2")
MULTIPLIER, INCREMENT, WORD_MASK = 6364136223846793005, 1442695040888963407, 2**64 - 1
RANKS, COPIES, HAND, PASS, PASSES = 8, 2, 4, 4, 2
DECK: Final = RANKS * COPIES
SCORE_END, TURNS_MAX, SCORE_MAX = 12, 40, 127
NONE = -1


class HighCard:
    """One game."""

    actions: Final = {"p1": HAND + 1, "p2": HAND + 1}

    def __init__(self) -> None:
        self.components = {"draw": draw_one, "resolve": resolve_ranks}
        self._rng = 0
        self._deck: list[int] = []
        self._hands: list[list[int]] = []
        self._scores = [0, 0]
        self._passes = [0, 0]
        self._turn = 0

    def reset(self, seed: int, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Shuffle nothing, deal by drawing. Raises: Refused for options, which the game does not have."""
        if options:
            raise Refused(f"there are no options, not even {sorted(options)}")
        self._rng = seed
        self._advance()
        self._deck = [rank for rank in range(RANKS) for _ in range(COPIES)]
        self._hands = [[], []]
        for _ in range(HAND):
            for hand in self._hands:
                hand.append(self._draw())
        self._scores, self._passes, self._turn = [0, 0], [PASSES, PASSES], 0
        return self._seen()

    def step(self, action: Mapping[str, int]) -> dict[str, Any]:
        """Play one turn. Raises: Refused before a reset, after the end, and for what is not legal."""
        slots = self._slots(action)
        played = [NONE if slot == PASS else self._hands[seat][slot] for seat, slot in enumerate(slots)]
        for seat, agent in enumerate(AGENTS):
            if slots[seat] == PASS and agent in action:
                self._passes[seat] -= 1
        points = self._resolve(*played)
        for seat, slot in enumerate(slots):
            self._scores[seat] += points[seat]
            if slot != PASS:
                self._hands[seat][slot] = NONE
        for seat, slot in enumerate(slots):
            if slot != PASS and self._deck:
                self._hands[seat][slot] = self._draw()
        self._turn += 1
        seen = self._seen()
        seen["reward"] = {"p1": float(points[0] - points[1]), "p2": float(points[1] - points[0])}
        return seen

    def legal(self) -> dict[str, NDArray[np.bool_]]:
        """Return the mask of each player asked to act."""
        if not self._hands or self._terminated() or self._turn >= TURNS_MAX:
            return {}
        return {agent: np.array(self._mask(seat)) for seat, agent in enumerate(AGENTS) if any(self._mask(seat))}

    def state(self) -> dict[str, Any]:
        """Return the canonical state. Raises: Refused before a reset."""
        self._require_cards()
        return {
            "rng": self._rng,
            "deck": np.array(self._deck + [NONE] * (DECK - len(self._deck)), np.int8),
            "hands": {agent: np.array(hand, np.int8) for agent, hand in zip(AGENTS, self._hands, strict=True)},
            "scores": dict(zip(AGENTS, self._scores, strict=True)),
            "passes": dict(zip(AGENTS, self._passes, strict=True)),
            "turn": self._turn,
        }

    def load(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Go on from a canonical state; return what is seen there. Raises: Refused for what is none."""
        keys = ("rng", "deck", "hands", "scores", "passes", "turn")
        whole = _entries("state", state, keys)
        rng = _count("rng", whole["rng"], WORD_MASK)
        deck = _cards("deck", whole["deck"], DECK)
        left = [card for card in deck if card != NONE]
        if deck[: len(left)] != left:
            raise Refused("state.deck has a gap: -1 comes only after the last card")
        hands = [_cards(f"hands.{a}", hand, HAND) for a, hand in _entries("hands", whole["hands"], AGENTS).items()]
        scores = [_count(f"scores.{a}", n, SCORE_MAX) for a, n in _entries("scores", whole["scores"], AGENTS).items()]
        passes = [_count(f"passes.{a}", n, PASSES) for a, n in _entries("passes", whole["passes"], AGENTS).items()]
        turn = _count("turn", whole["turn"], TURNS_MAX)
        self._rng, self._deck, self._hands = rng, left, hands
        self._scores, self._passes, self._turn = scores, passes, turn
        return self._seen()

    def snapshot(self) -> bytes:
        """Return a token that `restore` continues from. Raises: Refused before a reset."""
        return json.dumps(to_json(self.state())).encode()

    def restore(self, token: bytes) -> None:
        """Go back to where the token was made."""
        self.load(from_json(json.loads(token)))

    def _advance(self) -> int:
        self._rng = (self._rng * MULTIPLIER + INCREMENT) & WORD_MASK
        return self._rng >> 32

    def _draw(self) -> int:
        return self._deck.pop((self._advance() * len(self._deck)) >> 32)

    def _require_cards(self) -> None:
        if not self._hands:
            raise Refused("reset first")

    def _slots(self, action: Mapping[str, int]) -> list[int]:
        """Return the slot, or PASS, of both players."""
        self._require_cards()
        legal = self.legal()
        if not legal:
            raise Refused("the game has ended: reset first")
        if not isinstance(action, Mapping) or action.keys() != legal.keys():
            raise Refused(f"asked to act: {', '.join(legal)}; {action!r} does not cover exactly these")
        for agent, slot in action.items():
            if type(slot) is not int or not 0 <= slot <= PASS or not legal[agent][slot]:
                raise Refused(f"{slot!r} is not legal for {agent}")
        return [action.get(agent, PASS) for agent in AGENTS]

    def _resolve(self, first: int, second: int) -> tuple[int, int]:
        """Return the points of both players for two ranks; a tie of two cards advances the generator."""
        if first == second:
            if first == NONE:
                return (0, 0)
            return (0, 1) if self._advance() >> 31 else (1, 0)
        loser = min(first, second)
        points = 1 + (loser if loser != NONE and (first - second) % 2 == 0 else 0)
        return (points, 0) if first > second else (0, points)

    def _mask(self, seat: int) -> list[bool]:
        return [card != NONE for card in self._hands[seat]] + [self._passes[seat] > 0]

    def _terminated(self) -> bool:
        decided = max(self._scores) >= SCORE_END
        empty = not self._deck and all(card == NONE for hand in self._hands for card in hand)
        return decided or empty or not (any(self._mask(0)) or any(self._mask(1)))

    def _seen(self) -> dict[str, Any]:
        terminated = self._terminated()
        obs = {agent: self._observe(seat, 1 - seat) for seat, agent in enumerate(AGENTS)}
        return {"obs": obs, "terminated": terminated, "truncated": self._turn >= TURNS_MAX and not terminated}

    def _observe(self, seat: int, other: int) -> Int8s:
        scores, passes = self._scores, self._passes
        tail = [scores[seat], scores[other], len(self._deck), passes[seat], passes[other], self._turn]
        return np.array(self._hands[seat] + tail, np.int8)


def draw_one(key: Words, held: Int8s, count: int) -> tuple[Any, ...]:
    """Return generator, deck and card after a card is drawn of a deck of the first `count`."""
    game = HighCard()
    game._rng, game._deck = _joined(key), held[:count].tolist()
    card = game._draw() if count else NONE
    return _split(game._rng), np.array(game._deck + [NONE] * (DECK - len(game._deck)), np.int8), card


def resolve_ranks(key: Words, first: int, second: int) -> tuple[Any, ...]:
    """Return the generator and the points for two ranks."""
    game = HighCard()
    game._rng = _joined(key)
    points = game._resolve(first, second)
    return _split(game._rng), points


def _joined(key: Words) -> int:
    return int(key[0]) << 32 | int(key[1])


def _split(rng: int) -> Words:
    return np.array([rng >> 32, rng & 0xFFFFFFFF], np.uint32)


def make() -> HighCard:
    """Return a new game."""
    return HighCard()


def _entries(name: str, value: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, Mapping) or set(value) != set(keys):
        raise Refused(f"{name} has exactly the keys {', '.join(keys)}")
    return {key: value[key] for key in keys}


def _cards(name: str, value: Any, count: int) -> list[int]:
    if not isinstance(value, np.ndarray) or value.dtype != np.int8 or value.shape != (count,):
        raise Refused(f"state.{name} is an array int8[{count}]")
    cards: list[int] = value.tolist()
    if not all(NONE <= card < RANKS for card in cards):
        raise Refused(f"state.{name} holds ranks 0 to {RANKS - 1}, or -1 for none")
    return cards


def _count(name: str, value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise Refused(f"state.{name} is an int from 0 to {most}, not {value!r}")
    return value
