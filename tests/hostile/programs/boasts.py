"""Says hello in ways that no adapter can mean."""

from __future__ import annotations

from typing import Any

from wire import Adapter, frame, say, variant, write

DEEP_SPACE = b"\x82\xa4type\xa5tuple\xa5items\x91" * 10_000 + b"\xc0"


def nested(depth: int) -> dict[str, Any]:
    space: dict[str, Any] = {"type": "discrete", "n": 5, "start": 0}
    for _ in range(depth):
        space = {"type": "tuple", "items": [space]}
    return space


def field() -> dict[str, Any]:
    return {"kind": "int", "dtype": "", "shape": [], "optional": True}


CHANGES: dict[str, Any] = {
    "a_million_fields": lambda: {"fields": {f"f{number}": 0 for number in range(1_000_000)}},
    "five_thousand_fields": lambda: {"fields": {f"f{number}.a": field() for number in range(5_000)}},
    "field_patterns_that_backtrack": lambda: {"fields": {"**." * 40 + "x": field()}},
    "field_of_a_mebibyte": lambda: {"fields": {"a" * 2**20: field()}},
    "fields_that_are_no_path": lambda: {"fields": {"a[": field()}},
    "lanes_2_40": lambda: {"lanes": 2**40},
    "lanes_2_32": lambda: {"lanes": 2**32 - 1},
    "lanes_below_zero": lambda: {"lanes": -1},
    "wide_actions": lambda: {"actions": {"type": "discrete", "n": 2**31, "start": 0}},
    "actions_below_zero": lambda: {"actions": {"type": "discrete", "n": -5, "start": 0}},
    "box_of_a_billion": lambda: {"actions": {"type": "box", "shape": [2**30], "dtype": "int8", "low": [0], "high": [1]}},
    "space_24_deep": lambda: {"actions": nested(24)},
    "space_of_no_kind": lambda: {"actions": {"type": "ring"}},
    "same_environment_twice": lambda: {"environments": ["counter", "counter"]},
    "same_agent_twice": lambda: {"agents": ["a", "a"], "actions": {"type": "dict", "items": {"a": nested(0)}}},
    "number_as_name": lambda: {"name": 7},
    "version_nan": lambda: {"protocol": float("nan")},
    "capability_of_flight": lambda: {"capabilities": ["flight"]},
    "refusal_in_a_mebibyte": lambda: {"type": "refused", "words": "no " * 349_000},
}


class Boaster(Adapter):
    def hello(self, message: dict[str, Any]) -> None:
        if variant() == "space_10_000_deep":
            write(frame(b"\x82\xa4type\xa5hello\xa7actions" + DEEP_SPACE))
        else:
            say({**self.greeting(), **CHANGES[variant()]()})


Boaster().serve()
