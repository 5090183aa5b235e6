"""Records, for every interaction that the coverage lists, the shortest step of the reference that shows it.

    python adapters/jax_target/gen1/golden/record_interactions.py FILE.json.gz [BATTLES [SEED]]

interactions.json.gz is what 10,000 battles of `gen1coverage` under seed 1 gave.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parents[2]))

from equivcheck.backends.opening import Opening
from equivcheck.generation import DRIVERS, episode_seed, make_rolls
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode
from equivcheck.playback import roll_fresh
from gen1.coverage.counting import Tally, moments_of
from gen1.coverage.interactions import fired
from gen1.coverage.moments import SIDES, Moment
from gen1.coverage.report import render_coverage

BATTLES, SEED = 10_000, 1
LANES = 64
STEPS_MAX = 1_200


def record(file: Path, battles: int, seed: int) -> None:
    """Play battles on the reference, half of them under each driver, and write the steps that are kept."""
    reference = Opening(Path(__file__).parents[3]).open("node_showdown:gen1coverage")
    tally, kept = Tally(), dict[str, Moment]()
    space = reference.greeting.actions
    assert space is not None
    for driver in DRIVERS:
        for first in range(0, battles // 2, LANES):
            numbers = range(first, min(first + LANES, battles // 2))
            lanes = [(Episode(episode_seed(seed, number)),) for number in numbers]
            trace = roll_fresh(reference, make_rolls(driver, space, lanes, STEPS_MAX), FULL)
            tally.see(trace)
            for moment in moments_of(trace):
                for name in fired(moment):
                    if name not in kept or len(moment.lines) < len(kept[name].lines):
                        kept[name] = moment
    reference.close()
    print(render_coverage(tally))
    plain = {name: plain_moment(kept[name]) for name in sorted(kept)}
    file.write_bytes(gzip.compress(json.dumps(plain, separators=(",", ":")).encode(), mtime=0))


def plain_moment(moment: Moment) -> dict[str, Any]:
    """Return a step as JSON; of the state after it what differs from that before."""
    before = {side: _plain(moment.before[side].tree) for side in SIDES}
    after = {side: _changes(before[side], _plain(moment.after[side].tree)) for side in SIDES}
    events = ["|".join(line) for line in moment.lines]
    return {"before": before, "after": after, "turn": moment.turn, "winner": moment.winner, "events": events}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def _changes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for key, value in new.items():
        if isinstance(value, dict):
            changed[key] = _changes(old[key], value)
        elif value != old[key]:
            changed[key] = value
    return changed


if __name__ == "__main__":
    given = sys.argv[1:]
    record(Path(given[0]), *[int(number) for number in (*given[1:], *(BATTLES, SEED)[len(given) - 1 :])])
