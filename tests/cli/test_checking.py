import pytest

from equivcheck.cli.checking import short_name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (".", "here"),
        ("..:walk", "walk"),
        ("gymnasium:CartPole-v1?render=1", "CartPole-v1"),
        ("adapters/rust_target", "adapters-rust-target"),
    ],
)
def test_a_side_has_a_short_name_whatever_its_address(address: str, name: str) -> None:
    assert short_name(address) == name
