"""CartPole: balance a pole that is hinged to a cart, by pushing the cart left (0) or right (1).

Source: Barto, Sutton and Anderson 1983, doi:10.1109/TSMC.1983.6313077, section IV; the equations without friction as
corrected in Florian 2007, "Correct equations for the dynamics of the cart-pole system"; limits and the Euler step as in
gymnasium's CartPole-v1, whose order of operations is kept, so that both agree to the last bit.
"""

from __future__ import annotations

import math

from control import Control, Task, Vector, uniform

from equivcheck.protocol.sampling import SplitMix64

GRAVITY = 9.8  # m/s^2. Source: Barto 1983, appendix
CART_MASS, POLE_MASS = 1.0, 0.1  # kg. Source: Barto 1983, appendix
TOTAL_MASS = POLE_MASS + CART_MASS
HALF_LENGTH = 0.5  # m, from the hinge to the pole's centre. Source: Barto 1983, appendix
POLE_MASS_LENGTH = POLE_MASS * HALF_LENGTH
FORCE = 10.0  # N. Source: Barto 1983, appendix
STEP_S = 0.02  # Source: Barto 1983, appendix
X_MAX = 2.4  # m. Source: Barto 1983, section IV
THETA_MAX = 12 * 2 * math.pi / 360  # rad: 12 degrees. Source: Barto 1983, section IV
STEPS_MAX = 500  # Source: gymnasium, registration of CartPole-v1
START_MAX = 0.05  # Source: gymnasium, CartPole-v1, reset


def start(rng: SplitMix64) -> Vector:
    """Return x, x_dot, theta, theta_dot, each drawn from [-0.05, 0.05)."""
    return tuple(uniform(rng, -START_MAX, START_MAX) for _ in range(4))


def advance(vector: Vector, action: int) -> Vector:
    """Return the vector one explicit Euler step later."""
    x, x_dot, theta, theta_dot = vector
    force = FORCE if action == 1 else -FORCE
    cos_theta, sin_theta = math.cos(theta), math.sin(theta)
    push = (force + POLE_MASS_LENGTH * (theta_dot * theta_dot) * sin_theta) / TOTAL_MASS
    theta_acc = (GRAVITY * sin_theta - cos_theta * push) / (HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * (cos_theta * cos_theta) / TOTAL_MASS))
    x_acc = push - POLE_MASS_LENGTH * theta_acc * cos_theta / TOTAL_MASS
    return (x + STEP_S * x_dot, x_dot + STEP_S * x_acc, theta + STEP_S * theta_dot, theta_dot + STEP_S * theta_acc)


def is_terminal(vector: Vector) -> bool:
    """Return whether the cart left the track or the pole fell."""
    x, _, theta, _ = vector
    return x < -X_MAX or x > X_MAX or theta < -THETA_MAX or theta > THETA_MAX


def make() -> Control:
    """Return a new instance."""
    return Control(
        Task(
            components=("x", "x_dot", "theta", "theta_dot"),
            action_count=2,
            steps_max=STEPS_MAX,
            start=start,
            advance=advance,
            observe=lambda vector: vector,
            is_terminal=is_terminal,
            reward=1.0,
            reward_terminal=1.0,
        )
    )
