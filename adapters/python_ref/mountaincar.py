"""MountainCar: rock a weak car out of a valley, pushing left (0), not at all (1) or right (2).

Source: Moore 1990, "Efficient Memory-based Learning for Robot Control", chapter 4; equations and bounds as in Sutton
and Barto 2018, "Reinforcement Learning", example 10.1; the goal's speed and the step limit as in gymnasium's
MountainCar-v0, whose order of operations is kept, so that both agree to the last bit.
"""

from __future__ import annotations

import math

from control import Control, Task, Vector, uniform

from equivcheck.protocol.sampling import SplitMix64

POSITION_MIN, POSITION_MAX = -1.2, 0.6  # Source: gymnasium, MountainCar-v0; the left bound also Sutton and Barto
SPEED_MAX = 0.07  # Source: Sutton and Barto 2018, example 10.1
GOAL_POSITION, GOAL_VELOCITY = 0.5, 0.0  # Source: Sutton and Barto 2018, example 10.1; gymnasium, MountainCar-v0
FORCE = 0.001  # Source: Sutton and Barto 2018, example 10.1
GRAVITY = 0.0025  # Source: Sutton and Barto 2018, example 10.1
STEPS_MAX = 200  # Source: gymnasium, registration of MountainCar-v0
START_MIN, START_MAX = -0.6, -0.4  # Source: Sutton and Barto 2018, example 10.1


def start(rng: SplitMix64) -> Vector:
    """Return a position drawn from [-0.6, -0.4) and the velocity 0, which is not drawn."""
    return (uniform(rng, START_MIN, START_MAX), 0.0)


def advance(vector: Vector, action: int) -> Vector:
    """Return position and velocity one step later; the left wall stops the car."""
    position, velocity = vector
    velocity += (action - 1) * FORCE + math.cos(3 * position) * (-GRAVITY)
    velocity = min(max(velocity, -SPEED_MAX), SPEED_MAX)
    position = min(max(position + velocity, POSITION_MIN), POSITION_MAX)
    if position == POSITION_MIN and velocity < 0:
        velocity = 0.0
    return (position, velocity)


def is_terminal(vector: Vector) -> bool:
    """Return whether the car is at the goal and does not roll back."""
    position, velocity = vector
    return position >= GOAL_POSITION and velocity >= GOAL_VELOCITY


def make() -> Control:
    """Return a new instance."""
    return Control(
        Task(
            components=("position", "velocity"),
            action_count=3,
            steps_max=STEPS_MAX,
            start=start,
            advance=advance,
            observe=lambda vector: vector,
            is_terminal=is_terminal,
            reward=-1.0,
            reward_terminal=-1.0,
        )
    )
