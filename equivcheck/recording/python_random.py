"""Python's random.Random with a tape: every method that draws, recorded or answered."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from equivcheck.recording import domains
from equivcheck.recording.tape import Tape, calling_function


class TapedRandom(random.Random):
    """A Random that draws what the plain one with the same seed does, with a tape."""

    def __new__(cls, *arguments: Any) -> TapedRandom:
        """Make one."""
        return super().__new__(cls)

    def __init__(self, seed: Any, tape: Tape) -> None:
        self.tape = tape
        super().__init__(seed)

    def random(self) -> float:
        """See random.Random."""
        return float(self._draw(domains.distribution("uniform", low=0.0, high=1.0), super().random))

    def getrandbits(self, k: int) -> int:
        """See random.Random."""
        return int(self._draw(domains.integers(0, 2**k), super().getrandbits, k))

    def randbytes(self, n: int) -> bytes:
        """See random.Random."""
        return bytes(self._draw(domains.distribution("bytes", length=n), super().randbytes, n))

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """See random.Random; with a step, what is recorded is the number of steps."""
        numbers = range(start) if stop is None else range(start, stop, step)
        if step == 1:
            return int(self._draw(domains.integers(numbers.start, numbers.stop), super().randrange, start, stop, step))
        return numbers[int(self._draw(domains.integers(0, len(numbers)), super().randrange, len(numbers)))]

    def randint(self, a: int, b: int) -> int:
        """See random.Random."""
        return self.randrange(a, b + 1)

    def choice(self, seq: Any) -> Any:
        """See random.Random; what is recorded is the place in the sequence."""
        if not len(seq):
            raise IndexError("Cannot choose from an empty sequence")
        return seq[self._draw(domains.integers(0, len(seq)), super().choice, range(len(seq)))]

    def choices(self, population: Any, weights: Any = None, *, cum_weights: Any = None, k: int = 1) -> list[Any]:
        """See random.Random; what is recorded are the places in the population."""
        count = len(population)
        if weights is None and cum_weights is None:
            domain = domains.integers(0, count, (k,))
        else:
            sums = np.array(list(accumulate(weights)) if cum_weights is None else cum_weights, np.float64)
            domain = domains.choice(np.diff(sums, prepend=0.0) / sums[-1], (k,))
        places = self._draw(domain, lambda: np.array(super(TapedRandom, self).choices(range(count), weights, cum_weights=cum_weights, k=k)))
        return [population[at] for at in places]

    def shuffle(self, x: Any) -> None:
        """See random.Random."""

        def make() -> np.ndarray:
            order = list(range(len(x)))
            super(TapedRandom, self).shuffle(order)
            return np.array(order, np.int64)

        order = self._draw(domains.permutation(len(x)), make)
        x[:] = [x[at] for at in order]

    def sample(self, population: Sequence[Any], k: int, *, counts: Any = None) -> list[Any]:
        """See random.Random; what is recorded are the places in the population, `counts` told out."""
        if counts is not None:
            population = [each for each, count in zip(population, counts, strict=True) for _ in range(count)]
        domain = {**domains.integers(0, len(population), (k,)), "replace": False}
        places = self._draw(domain, lambda: np.array(super(TapedRandom, self).sample(range(len(population)), k), np.int64))
        return [population[at] for at in places]

    def uniform(self, a: float, b: float) -> float:
        """See random.Random."""
        return self._law("uniform", (a, b), low=a, high=b)

    def triangular(self, low: float = 0.0, high: float = 1.0, mode: float | None = None) -> float:
        """See random.Random."""
        return self._law("triangular", (low, high, mode), left=low, mode=(low + high) / 2 if mode is None else mode, right=high)

    def normalvariate(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """See random.Random."""
        return self._law("normal", (mu, sigma), "normalvariate", loc=mu, scale=sigma)

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """See random.Random."""
        return self._law("normal", (mu, sigma), "gauss", loc=mu, scale=sigma)

    def lognormvariate(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """See random.Random."""
        return self._law("lognormal", (mu, sigma), "lognormvariate", mean=mu, sigma=sigma)

    def expovariate(self, lambd: float = 1.0) -> float:
        """See random.Random."""
        return self._law("exponential", (lambd,), "expovariate", scale=1.0 / lambd)

    def vonmisesvariate(self, mu: float, kappa: float) -> float:
        """See random.Random."""
        return self._law("vonmises", (mu, kappa), "vonmisesvariate", mu=mu, kappa=kappa)

    def gammavariate(self, alpha: float, beta: float) -> float:
        """See random.Random."""
        return self._law("gamma", (alpha, beta), "gammavariate", shape=alpha, scale=beta)

    def betavariate(self, alpha: float, beta: float) -> float:
        """See random.Random."""
        return self._law("beta", (alpha, beta), "betavariate", a=alpha, b=beta)

    def paretovariate(self, alpha: float) -> float:
        """See random.Random."""
        return self._law("paretovariate", (alpha,), a=alpha)

    def weibullvariate(self, alpha: float, beta: float) -> float:
        """See random.Random."""
        return self._law("weibullvariate", (alpha, beta), a=beta, scale=alpha)

    def binomialvariate(self, n: int = 1, p: float = 0.5) -> int:
        """See random.Random, of Python 3.12 or newer."""
        return int(self._draw(domains.distribution("binomial", n=n, p=p), super().binomialvariate, n, p))  # type: ignore[misc]

    def _law(self, kind: str, arguments: tuple[Any, ...], method: str = "", **parameters: Any) -> float:
        make = getattr(super(), method or kind)
        return float(self._draw(domains.distribution(kind, **parameters), make, *arguments))

    def _draw(self, domain: domains.Domain, make: Any, *arguments: Any) -> Any:
        return self.tape.draw(calling_function(("equivcheck", "random")), domain, lambda: make(*arguments))
