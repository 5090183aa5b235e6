"""The keys of equivcheck.toml: one table that both the reader and the JSON Schema are made from."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, get_args

from equivcheck.model.divergence import Kind
from equivcheck.model.paths import Pattern
from equivcheck.model.script import SEED_END
from equivcheck.model.spec import (
    PRESETS,
    ComponentPlan,
    Draws,
    FieldRule,
    InteractionPlan,
    Known,
    PairSpec,
    Resync,
    RolloutPlan,
    ShrinkPlan,
    Spec,
    Start,
    Views,
)

LEVEL_NAMES: Final = ("self", "property", "interaction", "rollout", "transfer")
DRIVER_NAMES: Final = ("uniform", "swarm")
_END: Final = r"$(?!\n)"  # Python's $ alone would let a line break follow


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""


@dataclass(frozen=True, slots=True)
class Number:
    """A finite float or int of at least 0, read as a float."""

    most: float = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Whole:
    """An int from `least` to `most`; a float without a fraction is one too, as JSON Schema has it."""

    least: int
    most: int = 2**32


@dataclass(frozen=True, slots=True)
class Text:
    """A string: one of `choices`, or one in which `regex` (empty: none) finds something, which `words` describe."""

    choices: tuple[str, ...] = ()
    regex: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A string that paths.Pattern can read, other than the empty one."""


@dataclass(frozen=True, slots=True)
class Day:
    """A TOML date, or a string such as "2027-01-31"."""

    regex: str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}" + _END


@dataclass(frozen=True, slots=True)
class Names:
    """A list of at least one string, none twice."""

    item: Text


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table; `attribute` is its name in the model, where that is another one."""

    name: str
    shape: Shape
    about: str
    required: bool = False
    example: str = ""
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with these keys, which changes `record`, a model value that has the defaults.

    `apart`: pairs of keys of which at most one may differ from its default. `reasoned`: keys that may differ from
    theirs only beside `because`. `some_of`: where it is not empty, at least one of these keys must be there.
    """

    record: Any
    keys: tuple[Key, ...]
    apart: tuple[tuple[str, str], ...] = ()
    reasoned: tuple[str, ...] = ()
    some_of: tuple[str, ...] = ()

    def default_of(self, name: str) -> Any:
        """Return what a key that is not there stands for, None where it must be there."""
        key = next(key for key in self.keys if key.name == name)
        return None if key.required else getattr(self.record, key.attribute or name)


@dataclass(frozen=True, slots=True)
class TablesByName:
    """A table of tables under names that the user chooses; `build` makes each (name, attributes) a model value."""

    name: Text | PathPattern
    item: Table
    build: Callable[[Any, Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class TableList:
    """A list of tables: `[[...]]`."""

    item: Table


Shape: TypeAlias = Flag | Number | Whole | Text | PathPattern | Day | Names | Table | TablesByName | TableList

_ANY_TEXT = Text(regex=r"\S", words="text that is not blank")
_FUNCTION_REGEX = r"^\w+(\.\w+)*:\w+(\.\w+)*" + _END
_FUNCTION_WORDS = 'a function of yours as "package.module:function"'
_FUNCTION = Text(regex=_FUNCTION_REGEX, words=_FUNCTION_WORDS)
_PAIR_NAME = Text(regex=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}" + _END, words="a name of letters, digits, `.`, `_` and `-`")


def _row_names(choices: tuple[str, ...]) -> Names:
    return Names(Text(choices, _FUNCTION_REGEX, _FUNCTION_WORDS))


_SORTINGS = ("set", "bag", "ordered", "keyed")
_LOOSENINGS = ("atol", "rtol", "ulps", "dtype", "nan", "set", "bag", "keyed", "alias", "ignore")

_RULE = Table(
    FieldRule(Pattern("**")),
    (
        Key("atol", Number(), "Numbers may differ by atol + rtol * |reference|."),
        Key("rtol", Number(), "Numbers may differ by atol + rtol * |reference|."),
        Key("ulps", Whole(0), "Floats may be so many representable numbers apart, in the narrower of the two dtypes."),
        Key("dtype", Text(("same", "any")), '"any": numbers are compared by value, whatever their kind and width.'),
        Key("nan", Text(("differs", "equal")), '"equal": two NaN agree.'),
        Key("set", Flag(), "The order of a list, and how often an item is in it, do not count."),
        Key("bag", Flag(), "The order of a list does not count."),
        Key("ordered", Flag(), "The order of a list counts, although a wider pattern says set or bag."),
        Key("keyed", _ANY_TEXT, "The dicts in a list are matched by what they hold under this key, not by place."),
        Key("alias", Flag(), "Equal up to a renaming, one to one and the same for a whole episode."),
        Key("ignore", Flag(), "Not compared at all."),
        Key("because", _ANY_TEXT, 'Why this is right; reports show it. "unreviewed ..." marks a guess of `init`.'),
    ),
    apart=tuple(itertools.combinations(_SORTINGS, 2)),
    reasoned=_LOOSENINGS,
    some_of=(*_LOOSENINGS, "ordered"),
)

_KNOWN = Table(
    Known(Pattern("**"), ""),
    (
        Key("field", PathPattern(), "Path or pattern of the leaves that differ.", True, "state.x", attribute="pattern"),
        Key("because", _ANY_TEXT, "What the difference is, and where it is written down.", True, "see issue 12"),
        Key("kind", Text(get_args(Kind)), "Only differences of this kind; of any kind where it is left out."),
        Key("until", Day(), "The day from which it is no longer accepted."),
    ),
)

_ROLLOUT = Table(
    RolloutPlan(),
    (
        Key("episodes", Whole(1), "Episodes per driver."),
        Key("drivers", _row_names(DRIVER_NAMES), "How actions are chosen."),
        Key("steps_max", Whole(1), "An episode is cut after so many steps."),
        Key("starts", _FUNCTION, "A function that yields states to load into both sides before an episode."),
    ),
)

_COMPONENT = Table(
    ComponentPlan(),
    (
        Key("arguments", _FUNCTION, "A function that returns what each argument may be.", True, "my_env.arguments:damage"),
        Key("of", _FUNCTION, "A function that returns the lists of arguments at a Step and the action after it."),
        Key("examples", Whole(1), "Lists of arguments that are tried where there are too many for all."),
    ),
)

_INTERACTION = Table(
    InteractionPlan(),
    (
        Key("factors", _FUNCTION, "A function that returns a map of each factor to its values.", True, "my_env.factors:factors"),
        Key("script", _FUNCTION, "A function that makes an episode of one value for each factor.", True, "my_env.factors:script"),
        Key("constraints", Names(_FUNCTION), "Functions that say of the factors they are called with whether these may occur together."),
        Key("triples", Names(_ANY_TEXT), "Factors all of whose combinations of three are covered, beside all of two."),
    ),
)

_SHRINK = Table(
    ShrinkPlan(),
    (
        Key("replays_max", Whole(0), "Scripts that one shrink may play on both sides."),
        Key("seconds_max", Number(), "Seconds that one shrink may take."),
    ),
)

_VIEW = Table(
    Views(),
    (
        Key("reference", _FUNCTION, "Turns a Step of the reference into the canonical one."),
        Key("target", _FUNCTION, "Turns a Step of the target into the canonical one."),
    ),
)

SPEC: Final = Table(
    Spec(),
    (
        Key("mode", Text(tuple(PRESETS)), "How the sides are kept together: all three axes at once."),
        Key("start", Text(get_args(Start)), "Each side resets itself, or the target loads the reference's state."),
        Key(
            "draws",
            Text(get_args(Draws)),
            "Where random draws come from. Probed, like the other axes, where neither it nor a mode is given.",
        ),
        Key("resync", Text(get_args(Resync)), "Whether the target gets the reference's state before every step."),
        Key("seed", Whole(0, SEED_END - 1), "The seed that the whole run follows from."),
        Key("levels", _row_names(LEVEL_NAMES), "The levels to run."),
        Key(
            "fields",
            TablesByName(PathPattern(), _RULE, lambda pattern, rule: FieldRule(pattern, **rule)),
            'How leaves are compared, by pattern: "state.x" = { atol = 1e-4, because = "..." }; others exactly.',
        ),
        Key("known", TableList(_KNOWN), "Differences people know of, which are not counted as divergences."),
        Key(
            "components",
            TablesByName(_ANY_TEXT, _COMPONENT, lambda name, plan: ComponentPlan(name, **plan)),
            "Functions that both sides export, compared call by call at the level property.",
        ),
        Key("laws", Names(_FUNCTION), "Laws of your own, which the level property holds both sides to, beside those of the package."),
        Key("interaction", _INTERACTION, "What the level interaction brings together."),
        Key("rollout", _ROLLOUT, "How the level rollout plays."),
        Key("shrink", _SHRINK, "The budget of one shrink."),
        Key("view", _VIEW, "Functions that bring the names and encodings of the sides together.", attribute="views"),
    ),
    apart=(("mode", "start"), ("mode", "draws"), ("mode", "resync")),
)


def build_spec(attributes: Mapping[str, Any]) -> Spec:
    """Return the Spec with these attributes; where no levels are named, those that it has a table for are run beside the others."""
    spec = Spec(**attributes)
    if "levels" in attributes:
        return spec
    further = ["property"] * bool(spec.components or spec.laws) + ["interaction"] * bool(spec.interaction.factors)
    return replace(spec, levels=tuple(name for name in LEVEL_NAMES if name in (*spec.levels, *further)))


def _build_pair(name: str, attributes: Mapping[str, Any]) -> PairSpec:
    rest = dict(attributes)
    return PairSpec(name, rest.pop("reference"), rest.pop("target"), build_spec(rest))


_PAIR = Table(
    SPEC.record,
    (
        Key("reference", _ANY_TEXT, "Address of the side that is right.", True, "gymnasium:CartPole-v1"),
        Key("target", _ANY_TEXT, "Address of the side that is checked.", True, "python:my_env.cartpole:make"),
        *SPEC.keys,
    ),
    SPEC.apart,
)

CONTRACT: Final = Table(None, (Key("pair", TablesByName(_PAIR_NAME, _PAIR, _build_pair), "The pairs to check, by name.", required=True),))
