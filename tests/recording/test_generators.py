"""Every method of every generator: what it draws with a tape is what it draws without, and what the tape has is what it draws again."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from equivcheck.model.values import same_value
from equivcheck.recording import Tape, TapedGenerator, TapedRandom, TapedRandomState

LAWS = {
    "beta": (2.0, 3.0), "binomial": (10, 0.3), "chisquare": (2.0,), "dirichlet": ([1.0, 2.0],), "exponential": (2.0,), "f": (3.0, 4.0),
    "gamma": (2.0, 0.5), "geometric": (0.2,), "gumbel": (), "hypergeometric": (5, 6, 4), "laplace": (1.0,), "logistic": (), "lognormal": (),
    "logseries": (0.4,), "multinomial": (9, [0.2, 0.3, 0.5]), "multivariate_normal": ([0.0, 1.0], [[1.0, 0.2], [0.2, 2.0]]),
    "negative_binomial": (5, 0.4), "noncentral_chisquare": (2.0, 1.0), "noncentral_f": (3.0, 4.0, 1.0), "normal": (1.0, 2.0),
    "pareto": (3.0,), "poisson": (4.0,), "power": (2.0,), "rayleigh": (), "standard_cauchy": (), "standard_exponential": (),
    "standard_gamma": (2.0,),
    "standard_normal": (), "standard_t": (5.0,), "triangular": (0.0, 0.5, 1.0), "uniform": (-1.0, 2.0), "vonmises": (0.0, 1.0),
    "wald": (1.0, 2.0), "weibull": (2.0,), "zipf": (3.0,),
}  # fmt: skip


def law(name: str, given: tuple[Any, ...]) -> Callable[[Any], Any]:
    return lambda rng: getattr(rng, name)(*given)


COMMON = {
    **{name: law(name, given) for name, given in LAWS.items()},
    "bytes": lambda rng: rng.bytes(5),
    "choice": lambda rng: (
        rng.choice(5),
        rng.choice([3, 1, 2], size=4, p=[0.2, 0.3, 0.5]),
        rng.choice(6, 3, False),
        rng.choice(["a", "b"]),
    ),
    "permutation": lambda rng: (rng.permutation(6), rng.permutation([[1, 2], [3, 4], [5, 6]])),
    "shuffle": lambda rng: (shuffled(rng, np.arange(7)), shuffled(rng, list("abcdef")), shuffled(rng, np.arange(8).reshape(4, 2))),
}
GENERATOR: dict[str, Callable[[Any], Any]] = {
    **COMMON,
    "integers": lambda rng: (
        rng.integers(9),
        rng.integers(2, 5, size=(2, 3)),
        rng.integers(0, 3, dtype=np.uint8, endpoint=True),
        rng.integers([3, 9]),
    ),
    "multivariate_hypergeometric": lambda rng: rng.multivariate_hypergeometric([3, 4, 5], 6),
    "permuted": lambda rng: (rng.permuted(np.arange(6)), rng.permuted(np.arange(6).reshape(2, 3), axis=1)),
    "random": lambda rng: (rng.random(), rng.random(3), rng.random(out=np.zeros(2)), rng.random(2, dtype=np.float32)),
}
STATE: dict[str, Callable[[Any], Any]] = {
    **COMMON,
    "rand": lambda rng: (rng.rand(), rng.rand(2, 3)),
    "randint": lambda rng: (rng.randint(9), rng.randint(2, 5, 4)),
    "randn": lambda rng: (rng.randn(), rng.randn(2)),
    "random": lambda rng: (rng.random(), rng.random(3)),
    "random_integers": lambda rng: rng.random_integers(1, 6),
    "random_sample": lambda rng: rng.random_sample(2),
    "ranf": lambda rng: rng.ranf(),
    "sample": lambda rng: rng.sample(2),
    "tomaxint": lambda rng: rng.tomaxint(3),
}
PYTHON: dict[str, Callable[[Any], Any]] = {
    "betavariate": lambda rng: rng.betavariate(1.0, 2.0),
    "binomialvariate": lambda rng: rng.binomialvariate(5, 0.5),
    "choice": lambda rng: rng.choice("abcdef"),
    "choices": lambda rng: (rng.choices("abc", k=4), rng.choices([1, 2, 3], [1, 2, 3], k=2), rng.choices([1, 2], cum_weights=[1, 4])),
    "expovariate": lambda rng: rng.expovariate(0.5),
    "gammavariate": lambda rng: rng.gammavariate(2.0, 0.5),
    "gauss": lambda rng: (rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)),
    "getrandbits": lambda rng: rng.getrandbits(40),
    "lognormvariate": lambda rng: rng.lognormvariate(0.0, 1.0),
    "normalvariate": lambda rng: rng.normalvariate(1.0, 2.0),
    "paretovariate": lambda rng: rng.paretovariate(2.0),
    "randbytes": lambda rng: rng.randbytes(3),
    "randint": lambda rng: rng.randint(1, 6),
    "random": lambda rng: rng.random(),
    "randrange": lambda rng: (rng.randrange(9), rng.randrange(3, 7), rng.randrange(1, 20, 4)),
    "sample": lambda rng: (rng.sample(range(9), 4), rng.sample("ab", counts=[2, 3], k=3)),
    "shuffle": lambda rng: shuffled(rng, list(range(9))),
    "triangular": lambda rng: (rng.triangular(), rng.triangular(0.0, 2.0, 1.5)),
    "uniform": lambda rng: rng.uniform(1.0, 2.0),
    "vonmisesvariate": lambda rng: rng.vonmisesvariate(0.5, 1.0),
    "weibullvariate": lambda rng: rng.weibullvariate(1.0, 2.0),
}
KINDS: dict[str, tuple[Callable[[int], Any], Callable[[int, Tape], Any], type, dict[str, Callable[[Any], Any]], set[str]]] = {
    "generator": (
        np.random.default_rng,
        lambda seed, tape: TapedGenerator(np.random.default_rng(seed).bit_generator, tape),
        np.random.Generator,
        GENERATOR,
        {"bit_generator", "spawn"},
    ),
    "state": (np.random.RandomState, TapedRandomState, np.random.RandomState, STATE, {"get_state", "set_state", "seed"}),
    "python": (random.Random, TapedRandom, random.Random, PYTHON, {"getstate", "setstate", "seed", "VERSION"}),
}  # fmt: skip
METHODS = [(kind, method) for kind, (_, _, plain, uses, _) in KINDS.items() for method in uses if hasattr(plain, method)]


def shuffled(rng: Any, x: Any) -> Any:
    rng.shuffle(x)
    return x


def values(drawn: Any) -> list[Any]:
    return [np.asarray(each).tolist() for each in (drawn if isinstance(drawn, tuple) else (drawn,))]


@pytest.mark.parametrize("kind", KINDS)
def test_no_method_that_draws_is_left_out(kind: str) -> None:
    _, _, plain, uses, quiet = KINDS[kind]
    offered = {name for name in dir(plain) if not name.startswith("_")}
    assert offered - quiet <= set(uses)
    assert not quiet & set(uses)


@pytest.mark.parametrize(("kind", "method"), METHODS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_draws_what_the_plain_one_does_and_again_what_the_tape_has(kind: str, method: str) -> None:
    make_plain, make_taped, _, uses, _ = KINDS[kind]
    tape, again = Tape(), Tape()
    plain, taped, other = make_plain(7), make_taped(7, tape), make_taped(8, again)
    for _ in range(5):
        wanted, drawn = uses[method](plain), uses[method](taped)
        records = tape.take()
        again.feed(records)
        repeated = uses[method](other)
        assert values(wanted) == values(drawn) == values(repeated)
        assert same_value(again.take(), records)
        assert records
        types = [[type(each) for each in (some if isinstance(some, tuple) else (some,))] for some in (wanted, drawn, repeated)]
        assert types[0] == types[1] == types[2]


@pytest.mark.parametrize("kind", ["generator", "state"])
def test_a_copy_has_a_tape_of_its_own(kind: str) -> None:
    taped = KINDS[kind][1](3, Tape())
    other = copy.deepcopy(taped)
    assert other.random() == taped.random()
    assert len(other.tape.take()) == len(taped.tape.take()) == 1


class Cave:
    def __init__(self, tape: Tape) -> None:
        self.tape, self.rng = tape, random_of(tape)

    def explore(self) -> list[int]:
        return [int(self.rng.integers(3)) for _ in range(2)]


def random_of(tape: Tape) -> TapedGenerator:
    return TapedGenerator(np.random.default_rng(0).bit_generator, tape)


def test_a_draw_is_called_after_the_function_around_it() -> None:
    cave = Cave(Tape())
    cave.explore()
    with cave.tape.about("bat"):
        TapedRandom(0, cave.tape).choice("ab")
    name = "test_a_draw_is_called_after_the_function_around_it"
    records = [(record["site"], record["key"], record["domain"]) for record in cave.tape.take()]
    assert records == [(site, key, {"kind": "integers", "low": 0, "high": high}) for site, key, high in (
        ("Cave.explore", "", 3), ("Cave.explore", "", 3), (name, "bat", 2))]  # fmt: skip
