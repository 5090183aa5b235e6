"""The adapters against each other, as adapters/equivcheck.toml says, with fewer episodes; and a long float episode."""

import shutil
from pathlib import Path

import pytest

from equivcheck.backends.opening import Opening
from equivcheck.model.contract import read_contract
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.verdict import Outcome
from equivcheck.pair import Budget, Pair, Side
from equivcheck.probing import named_mode
from equivcheck.runner import Run, check_pair

FOLDER = Path(__file__).parents[2] / "adapters"
PAIRS = {pair.name: pair for pair in read_contract((FOLDER / "equivcheck.toml").read_text())}
EPISODES = 30  # the contract's 1,000 take ten minutes; 30 go through every one of the start states


def needing(name):
    """Return the markers of a pair, so that what is not installed is left out."""
    cargo = [pytest.mark.rust, pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")]
    return pytest.param(name, marks=[*cargo * ("rust" in name), *[pytest.mark.jax] * ("jax" in name)])


@pytest.mark.parametrize("name", [needing(name) for name, pair in PAIRS.items() if "rollout" in pair.spec.levels])
def test_a_port_is_equivalent_to_the_reference(name):
    if "jax" in name:
        pytest.importorskip("jax")
    report = check_pair(PAIRS[name], Run(Opening(FOLDER), Budget(episodes=EPISODES), ("rollout",), save=False))
    (verdict,) = report.levels
    assert verdict.outcome is Outcome.EQUIVALENT, verdict.reason
    assert verdict.coverage.episodes == EPISODES
    if name.endswith("-ends"):
        assert verdict.coverage.flags["terminated"]
        assert verdict.coverage.flags["truncated"]
    if name.startswith("highcard"):
        assert verdict.coverage.fields["state.rng"].compared == verdict.coverage.steps
        assert verdict.coverage.fields["state.rng"].changed
    if "jax" not in name or name.startswith("highcard"):
        assert not verdict.coverage.loosenings


BELOW = {name: [level for level in pair.spec.levels if level in ("property", "interaction")] for name, pair in PAIRS.items()}


@pytest.mark.parametrize("name", [needing(name) for name, levels in BELOW.items() if levels])
def test_components_and_what_interacts_agree_as_well(name):
    pytest.importorskip("jax")
    report = check_pair(PAIRS[name], Run(Opening(FOLDER), Budget(), tuple(BELOW[name]), save=False))
    assert [verdict.outcome for verdict in report.levels] == [Outcome.EQUIVALENT] * len(BELOW[name]), [one.reason for one in report.levels]


def balanced_episode(side):
    """Return 500 actions that keep the pole up: push to the side that it falls to."""
    obs = side.backend.reset([0], [Episode(3)], FULL).step(0)["obs"]
    actions = []
    while True:
        actions.append(int(obs[2] + 0.5 * obs[3] + 0.02 * obs[0] + 0.05 * obs[1] > 0))
        step = side.backend.step([0], [actions[-1]], FULL).step(0)
        obs = step["obs"]
        if step["terminated"] or step["truncated"]:
            return Script((Episode(3, tuple(actions)),))


@pytest.mark.jax
def test_a_balanced_episode_of_500_steps_agrees_one_step_at_a_time():
    pytest.importorskip("jax")
    given = PAIRS["cartpole-jax-teacher"]
    opening = Opening(FOLDER)
    mode = named_mode(given.spec)
    pair = Pair("balanced", Side(given.reference, opening), Side(given.target, opening), given.spec, mode)
    try:
        played = pair.play([balanced_episode(pair.reference)])
    finally:
        pair.close()
    assert played.reference.step_count == 501
    assert played.reference.flag("truncated")[-1]
    assert not played.comparison.divergences
