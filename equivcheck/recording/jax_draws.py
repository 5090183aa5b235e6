"""Draws of a port in JAX: by its key, or by a table that the reference's draws lie in, without a callback.

```python
sites = {"Cave.flutter": Site("integers", keys=("0", "1")), "Cave.dig": Site("choice", size=3)}

def step(key, state, action, params):
    draws = Draws.of(key)                                            # a key in production, Draws with a table in a check
    way, draws = draws.integers("Cave.flutter", 0, 3, key=bat)       # int32, low to high - 1
    gold, draws = draws.choice("Cave.dig", odds, when=action == 1)   # int32, by probabilities f32[n]; masked code says when it counts
    return obs, state, reward, done, {"draws": draws.made}           # None in production
```

Without a table a sampler splits the key and calls jax.random, and that is all. With one, compiled once for all tapes: a draw is
answered by what the table has next for its site and key, as long as its own domain holds that; `made` is what was drawn, with domains.
Draws go through jit, vmap, scan and cond like any other value. This module needs JAX; nothing else of the package does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from equivcheck.recording.dense import PARAMETERS, Site, Table, blank_made


class Made(NamedTuple):
    """What was drawn at a site, of K keys, T being its `times` and one: how often int32[K], values and parameters [K, T, ...]."""

    count: Any
    value: Any
    parameters: Mapping[str, Any]


@partial(jax.tree_util.register_dataclass, data_fields=["rng", "given", "made"], meta_fields=["kinds"])
@dataclass(frozen=True)
class Draws:
    """A key; with a table of what to draw, by site, what was drawn as well, and the kinds of each site."""

    rng: Any
    given: Mapping[str, Table] | None = None
    made: Mapping[str, Made] | None = None
    kinds: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @staticmethod
    def of(key: Any) -> Draws:
        """Return what a step draws from: a key's own draws, or those that a check gives in the place of the key."""
        return key if isinstance(key, Draws) else Draws(key)

    @staticmethod
    def taped(key: Any, sites: Mapping[str, Site], given: Mapping[str, Table]) -> Draws:
        """Return draws that are answered by a table, and by the key where it has nothing."""
        made = {name: Made(*map(_on_device, blank_made(site))) for name, site in sites.items()}
        return Draws(key, dict(given), made, tuple((name, site.kinds) for name, site in sites.items()))

    def integers(self, site: str, low: Any, high: Any, *, key: Any = 0, when: Any = True) -> tuple[Any, Draws]:
        """Draw a whole number int32 from `low` to `high`, left out. `key`: the number of the site's key; `when`: whether it counts."""
        low, high = jnp.asarray(low, jnp.int32), jnp.asarray(high, jnp.int32)
        fits = lambda value: (low <= value) & (value < high)  # noqa: E731
        sample = lambda rng: jax.random.randint(rng, (), low, high)  # noqa: E731
        return self._draw("integers", site, key, when, sample, {"low": low, "high": high}, fits)

    def choice(self, site: str, p: Any, *, among: Any = None, key: Any = 0, when: Any = True) -> tuple[Any, Draws]:
        """Draw a number int32 below n by its probability, f32[n]; with `among`, of the first so many alone."""
        p = jnp.asarray(p, jnp.float32)
        among = jnp.int32(len(p)) if among is None else jnp.asarray(among, jnp.int32)
        p = jnp.where(jnp.arange(len(p)) < among, p, 0.0)
        fits = lambda value: (value >= 0) & (value < among) & (p[jnp.clip(value, 0, len(p) - 1)] > 0)  # noqa: E731
        return self._draw("choice", site, key, when, lambda rng: _pick(rng, p), {"p": p, "among": among}, fits)

    def permutation(self, site: str, n: int, *, key: Any = 0, when: Any = True) -> tuple[Any, Draws]:
        """Draw an order int32[n] of the numbers below `n`."""
        fits = lambda value: (jnp.sort(value) == jnp.arange(n)).all()  # noqa: E731
        sample = lambda rng: jax.random.permutation(rng, n).astype(jnp.int32)  # noqa: E731
        return self._draw("permutation", site, key, when, sample, {"n": jnp.int32(n)}, fits)

    def uniform(self, site: str, low: Any = 0.0, high: Any = 1.0, *, key: Any = 0, when: Any = True) -> tuple[Any, Draws]:
        """Draw a float32 between two."""
        low, high = jnp.float32(low), jnp.float32(high)
        fits = lambda value: (low <= value) & (value <= high)  # noqa: E731
        sample = lambda rng: jax.random.uniform(rng, (), minval=low, maxval=high)  # noqa: E731
        return self._draw("uniform", site, key, when, sample, {"low": low, "high": high}, fits)

    def normal(self, site: str, loc: Any = 0.0, scale: Any = 1.0, *, key: Any = 0, when: Any = True) -> tuple[Any, Draws]:
        """Draw a float32 of the normal distribution."""
        loc, scale = jnp.float32(loc), jnp.float32(scale)
        sample = lambda rng: loc + scale * jax.random.normal(rng)  # noqa: E731
        return self._draw("normal", site, key, when, sample, {"loc": loc, "scale": scale}, lambda value: jnp.bool_(True))

    def _draw(
        self, kind: str, site: str, key: Any, when: Any,
        sample: Callable[[Any], Any], parameters: Mapping[str, Any], fits: Callable[[Any], Any],
    ) -> tuple[Any, Draws]:  # fmt: skip
        rng, own = jax.random.split(self.rng)
        value = sample(own)
        if self.given is None or self.made is None:
            return value, replace(self, rng=rng)
        table, made, when = self.given[site], self.made[site], jnp.asarray(when, bool)
        kinds = dict(self.kinds)[site]
        if kind not in kinds:
            raise TypeError(f"{site!r} draws {kind}, and its Site says {', '.join(kinds)}")
        at = (key, jnp.minimum(made.count[key], made.value.shape[1] - 1))
        offered = table.value[at].astype(value.dtype)
        value = jnp.where((made.count[key] < table.count[key]) & fits(offered), offered, value)
        put: Callable[[Any, Any], Any] = lambda whole, part: whole.at[at].set(jnp.where(when, part, whole[at]))  # noqa: E731
        told = {name: put(made.parameters[name], part) for name, part in {**parameters, "kind": kinds.index(kind)}.items()}
        noted = Made(made.count.at[key].add(when), put(made.value, value), {**made.parameters, **told})
        return value, replace(self, rng=rng, made={**self.made, site: noted})


def _pick(rng: Any, p: Any) -> Any:
    return jax.random.choice(rng, len(p), p=p).astype(jnp.int32)


def _on_device(part: Any) -> Any:
    return jax.tree_util.tree_map(jnp.asarray, part)


assert set(PARAMETERS) == {"integers", "choice", "permutation", "uniform", "normal"}
