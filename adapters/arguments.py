"""What the functions may be asked that both sides of a pair export."""

from __future__ import annotations

from math import pi

from equivcheck.model.space import Box, Choice, Discrete, Space

SIDE = 0.001
"""So far beside a bound rounding to f32 cannot reach over it."""

KEY = Box((2,), "uint32", (0.0, 0.0), (2.0**32 - 1, 2.0**32 - 1))
FLAG = Choice((False, True))


def near(*bounds: float) -> Choice:
    """Return numbers at bounds, just beside them, and between."""
    inner = [0.0, *(bound / 2 for bound in bounds)]
    return Choice(tuple(sorted({*inner, *(bound + step for bound in bounds for step in (-0.1, -SIDE, 0.0, SIDE, 0.1))})))


def within(most: float) -> Box:
    """Return f32 from -`most` to `most`."""
    return Box((), "float32", (-most,), (most,))


def key() -> tuple[Space, ...]:
    """Return a seed, high word first."""
    return (KEY,)


def terminated() -> tuple[Space, ...]:
    """Return whether the episode has ended."""
    return (FLAG,)


def elapsed() -> tuple[Space, ...]:
    """Return steps taken, around the time limits."""
    return (Choice((0, 1, 198, 199, 200, 201, 498, 499, 500, 501)),)


def cartpole_vector() -> tuple[Space, ...]:
    """Return states beyond which an episode has long ended."""
    return within(3.0), within(5.0), within(0.5), within(5.0)


def cartpole_step() -> tuple[Space | int, ...]:
    """Return states, and an action."""
    return *cartpole_vector(), 2


def cartpole_ends() -> tuple[Space, ...]:
    """Return positions and angles around the ends of the track and the fall of the pole."""
    return near(-2.4, 2.4), Choice((0.0,)), near(-12 * 2 * pi / 360, 12 * 2 * pi / 360), Choice((0.0,))


def mountaincar_vector() -> tuple[Space, ...]:
    """Return places a little beyond both walls, and speeds beyond the limit."""
    return within(1.5), within(0.1)


def mountaincar_step() -> tuple[Space | int, ...]:
    """Return states, and an action."""
    return *mountaincar_vector(), 3


def mountaincar_ends() -> tuple[Space, ...]:
    """Return places around the goal and the walls, with speeds of both signs."""
    return near(-1.2, 0.5, 0.6), Choice((-0.07, -0.001, 0.0, 0.001, 0.07))


def acrobot_vector() -> tuple[Space, ...]:
    """Return angles of either link within half a circle, and speeds up to their limits."""
    return within(3.1), within(3.1), within(4 * pi), within(9 * pi)


def acrobot_step() -> tuple[Space | int, ...]:
    """Return states, and an action."""
    return *acrobot_vector(), 3


def acrobot_slope() -> tuple[Space, ...]:
    """Return states, and a torque."""
    return *acrobot_vector(), Choice((-1.0, 0.0, 1.0))


def acrobot_angle() -> tuple[Space, ...]:
    """Return angles around half a circle, and more than a whole one."""
    return (near(-pi, pi, -8.0, 8.0),)


def acrobot_ends() -> tuple[Space, ...]:
    """Return angles all around, at none of which the tip is on the line itself."""
    around = Choice(tuple(0.3 * k for k in range(-10, 11)))
    return around, around, Choice((0.0,)), Choice((0.0,))


def highcard_deck() -> tuple[Space, ...]:
    """Return a generator, cards, and how many of them are left."""
    return KEY, Box((16,), "int8", (0.0,) * 16, (7.0,) * 16), Discrete(17)


def highcard_ranks() -> tuple[Space, ...]:
    """Return a generator, and the ranks played: -1 for none."""
    return KEY, Discrete(9, -1), Discrete(9, -1)
