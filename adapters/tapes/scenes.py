"""States of MinAtar's games in which what ordinary play seldom comes to is near."""

import numpy as np

NOTHING = np.zeros((10, 10), bool)


def only(*places):
    """Return a map of these places alone."""
    chart = NOTHING.copy()
    for place in places:
        chart[place] = True
    return chart


def breakout():
    """Yield balls about to hit a lone brick, one behind another, a corner, and the paddle's middle and side when all bricks are broken."""
    base = {"strike": False, "terminal": False, "last_action": 0}
    for x in range(10):
        for heading in range(4):
            ball = {**base, "ball_x": x, "ball_dir": heading, "last_x": x, "pos": x}
            ahead = min(max(x + (-1, 1, 1, -1)[heading], 0), 9)
            yield {**ball, "ball_y": 4, "last_y": 4, "brick_map": only((3, ahead), (5, ahead))}
            yield {**ball, "ball_y": 2, "last_y": 1, "brick_map": only((1, ahead), (3, ahead), (2, x)), "strike": True}
            yield {**ball, "ball_y": 0, "last_y": 0, "brick_map": only((0, ahead), (1, ahead))}
            yield {**ball, "ball_y": 8, "last_y": 7, "brick_map": NOTHING}
            yield {**ball, "ball_y": 8, "last_y": 7, "brick_map": NOTHING, "pos": ahead}


def space_invaders():
    """Yield a last alien about to be shot in every wave, and aliens at a border, at the bottom, and beside and above the cannon."""
    base = {"e_bullet_map": NOTHING, "terminal": False, "shot_timer": 0, "last_action": 5}
    for interval in range(6, 13):
        wave = {**base, "enemy_move_interval": interval, "ramp_index": 12 - interval}
        for k in range(10):
            aim = {**wave, "pos": k, "alien_dir": (-1, 1)[k % 2], "alien_move_timer": k % 3, "alien_shot_timer": k % 2}
            yield {**aim, "alien_map": only((2, k)), "f_bullet_map": only((3, k), (9, 9 - k))}
            yield {**aim, "alien_map": only((9 - k % 2, 0), (5, 9)), "f_bullet_map": NOTHING}
            yield {**aim, "alien_map": only((9, k), (3, max(k - 2, 0)), (4, min(k + 2, 9))), "f_bullet_map": NOTHING}
            yield {**aim, "alien_map": only((9, (k + 1) % 10), (8, k)), "f_bullet_map": NOTHING, "e_bullet_map": only((8, k))}
