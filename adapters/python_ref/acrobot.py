"""Acrobot: swing a two-link pendulum's tip above a line, with a torque of -1 (0), 0 (1) or +1 (2) on the middle joint.

Source: Sutton 1996, "Generalization in Reinforcement Learning", with the equations of Sutton and Barto 1998,
"Reinforcement Learning", section 11.3 ("book" in gymnasium, not "nips"); the Runge-Kutta step and limits as in
gymnasium's Acrobot-v1, whose order of operations is kept, so that both agree to the last bit.
"""

from __future__ import annotations

from math import cos, pi, sin

from control import Control, Task, Vector, uniform

from equivcheck.protocol.sampling import SplitMix64

GRAVITY = 9.8  # m/s^2. Source: Sutton and Barto 1998, section 11.3
MASS_1, MASS_2 = 1.0, 1.0  # kg. Source: Sutton and Barto 1998, section 11.3
LENGTH_1 = 1.0  # m. Source: Sutton and Barto 1998, section 11.3
CENTRE_1, CENTRE_2 = 0.5, 0.5  # m, from joint to centre of mass. Source: Sutton and Barto 1998, section 11.3
INERTIA_1, INERTIA_2 = 1.0, 1.0  # kg m^2. Source: Sutton and Barto 1998, section 11.3
SPEED_1_MAX, SPEED_2_MAX = 4 * pi, 9 * pi  # rad/s. Source: Sutton and Barto 1998, section 11.3
TORQUES = (-1.0, 0.0, 1.0)  # N m. Source: Sutton and Barto 1998, section 11.3
STEP_S = 0.2  # Source: gymnasium, Acrobot-v1
STEPS_MAX = 500  # Source: gymnasium, registration of Acrobot-v1
START_MAX = 0.1  # Source: gymnasium, Acrobot-v1, reset


def start(rng: SplitMix64) -> Vector:
    """Return theta1, theta2, dtheta1, dtheta2, each drawn from [-0.1, 0.1)."""
    return tuple(uniform(rng, -START_MAX, START_MAX) for _ in range(4))


def derivative(vector: Vector, torque: float) -> Vector:
    """Return the time derivative of theta1, theta2, dtheta1, dtheta2."""
    theta1, theta2, dtheta1, dtheta2 = vector
    d1 = MASS_1 * CENTRE_1**2 + MASS_2 * (LENGTH_1**2 + CENTRE_2**2 + 2 * LENGTH_1 * CENTRE_2 * cos(theta2)) + INERTIA_1 + INERTIA_2
    d2 = MASS_2 * (CENTRE_2**2 + LENGTH_1 * CENTRE_2 * cos(theta2)) + INERTIA_2
    phi2 = MASS_2 * CENTRE_2 * GRAVITY * cos(theta1 + theta2 - pi / 2.0)
    phi1 = (
        -MASS_2 * LENGTH_1 * CENTRE_2 * dtheta2**2 * sin(theta2)
        - 2 * MASS_2 * LENGTH_1 * CENTRE_2 * dtheta2 * dtheta1 * sin(theta2)
        + (MASS_1 * CENTRE_1 + MASS_2 * LENGTH_1) * GRAVITY * cos(theta1 - pi / 2)
        + phi2
    )
    ddtheta2 = (torque + d2 / d1 * phi1 - MASS_2 * LENGTH_1 * CENTRE_2 * dtheta1**2 * sin(theta2) - phi2) / (
        MASS_2 * CENTRE_2**2 + INERTIA_2 - d2**2 / d1
    )
    ddtheta1 = -(d2 * ddtheta2 + phi1) / d1
    return (dtheta1, dtheta2, ddtheta1, ddtheta2)


def advance(vector: Vector, action: int) -> Vector:
    """Return the vector one classical Runge-Kutta step later, angles wrapped and speeds bounded."""
    torque = TORQUES[action]
    half_s = STEP_S / 2.0
    k1 = derivative(vector, torque)
    k2 = derivative(_along(vector, half_s, k1), torque)
    k3 = derivative(_along(vector, half_s, k2), torque)
    k4 = derivative(_along(vector, STEP_S, k3), torque)
    theta1, theta2, dtheta1, dtheta2 = (
        y + STEP_S / 6.0 * (a + 2 * b + 2 * c + d) for y, a, b, c, d in zip(vector, k1, k2, k3, k4, strict=True)
    )
    return (
        wrap(theta1),
        wrap(theta2),
        min(max(dtheta1, -SPEED_1_MAX), SPEED_1_MAX),
        min(max(dtheta2, -SPEED_2_MAX), SPEED_2_MAX),
    )


def _along(vector: Vector, time_s: float, slope: Vector) -> Vector:
    return tuple(y + time_s * k for y, k in zip(vector, slope, strict=True))


def wrap(angle: float) -> float:
    """Return the angle turned by whole circles into [-pi, pi]."""
    while angle > pi:
        angle -= 2 * pi
    while angle < -pi:
        angle += 2 * pi
    return angle


def observe(vector: Vector) -> Vector:
    """Return cosine and sine of both angles, then both speeds."""
    theta1, theta2, dtheta1, dtheta2 = vector
    return (cos(theta1), sin(theta1), cos(theta2), sin(theta2), dtheta1, dtheta2)


def is_terminal(vector: Vector) -> bool:
    """Return whether the tip is above the line, one link's length over the upper joint."""
    return -cos(vector[0]) - cos(vector[1] + vector[0]) > 1.0


def make() -> Control:
    """Return a new instance."""
    return Control(
        Task(
            components=("theta1", "theta2", "dtheta1", "dtheta2"),
            action_count=3,
            steps_max=STEPS_MAX,
            start=start,
            advance=advance,
            observe=observe,
            is_terminal=is_terminal,
            reward=-1.0,
            reward_terminal=0.0,
            functions={"derivative": lambda *given: derivative(given[:-1], given[-1]), "wrap": wrap},
        )
    )
