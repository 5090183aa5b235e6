"""States near the ends of the four games, so that every way an episode can end is reached."""

import numpy as np


def cartpole():
    """Yield states that end by angle, by position, and by time."""
    for k in range(10):
        sign = 1 if k % 2 else -1
        yield {"x": 0.0, "x_dot": 0.1 * k, "theta": sign * 0.2, "theta_dot": sign * 0.05 * k, "elapsed": 0, "rng": 7}
        yield {"x": sign * 2.38, "x_dot": sign * 0.3 * k, "theta": 0.01, "theta_dot": 0.0, "elapsed": 10, "rng": 7}
        yield {"x": 0.0, "x_dot": 0.0, "theta": 0.003 * k, "theta_dot": 0.0, "elapsed": 490 + k, "rng": 7}


def mountaincar():
    """Yield states just below the goal with and without the speed to reach it, at the left wall, and close to the time limit."""
    for k in range(10):
        yield {"position": 0.45 + 0.005 * k, "velocity": 0.005 * k, "elapsed": 0, "rng": 7}
        yield {"position": -1.2 + 0.01 * k, "velocity": -0.007 * k, "elapsed": 50, "rng": 7}
        yield {"position": -0.5, "velocity": 0.0, "elapsed": 190 + k, "rng": 7}


def acrobot():
    """Yield states swinging toward the goal height, at both speed limits, and close to the time limit."""
    for k in range(10):
        sign = 1 if k % 2 else -1
        yield {"theta1": 1.5 + 0.05 * k, "theta2": 0.5, "dtheta1": 3.0, "dtheta2": 0.5 * k, "elapsed": 0, "rng": 7}
        yield {"theta1": 3.0, "theta2": -3.0, "dtheta1": sign * 12.5, "dtheta2": sign * 28.0, "elapsed": 20, "rng": 7}
        yield {"theta1": 0.1, "theta2": 0.0, "dtheta1": 0.0, "dtheta2": 0.0, "elapsed": 490 + k, "rng": 7}


def highcard():
    """Yield games close to the last turn, to a winning score, and to empty hands."""
    full = np.array([0, 1, 1, 2, 3, 4, 5, 6], np.int8)
    deck = np.concatenate([full, np.full(8, -1, np.int8)])
    hands = {"p1": np.array([7, 0, 4, 5], np.int8), "p2": np.array([7, 2, 3, 6], np.int8)}
    for k in range(10):
        passes = {"p1": k % 3, "p2": 2 - k % 3}
        yield {"rng": 10**18 + k, "deck": deck, "hands": hands, "scores": {"p1": 0, "p2": k}, "passes": passes, "turn": 36 + k % 4}
        yield {"rng": 10**17 + k, "deck": deck, "hands": hands, "scores": {"p1": 11, "p2": 11}, "passes": passes, "turn": k}
        last = {"p1": np.array([-1, k % 8, -1, -1], np.int8), "p2": np.array([-1, -1, -1, 7 - k % 8], np.int8)}
        empty = np.full(16, -1, np.int8)
        yield {"rng": 2**64 - 1 - k, "deck": empty, "hands": last, "scores": {"p1": k, "p2": 3}, "passes": passes, "turn": 12}
