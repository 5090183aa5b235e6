"""What the functions of MinAtar's games may be asked."""

from __future__ import annotations

from equivcheck.model.space import Choice, Discrete, MultiBinary, Space

PLACE = Discrete(10)
FLAG = Discrete(2)
ALIENS = MultiBinary((10, 10))


def ball() -> tuple[Space, ...]:
    """Return the ball above the last row, its heading, the paddle, whether a brick was just hit, and the three rows of bricks."""
    return PLACE, Discrete(9), Discrete(4), PLACE, FLAG, MultiBinary((3, 10))


def formation() -> tuple[Space, ...]:
    """Return aliens, one that is there in any case, where they go, how often in their wave, and the cannon."""
    return ALIENS, PLACE, PLACE, Choice((-1, 1)), Discrete(7, 6), PLACE


def shooters() -> tuple[Space, ...]:
    """Return aliens, one that is there in any case, and the cannon."""
    return ALIENS, PLACE, PLACE, PLACE


def wave() -> tuple[Space, ...]:
    """Return how often the aliens of a wave move, and the waves before."""
    return Discrete(7, 6), Discrete(7)
