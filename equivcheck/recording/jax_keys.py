"""Draws from JAX keys, recorded where they are made: by which function, from which key, by which sampler, from what.

```python
tape = Tape()
keys = JaxKeys(tape)
with keys.recording({"": key}):          # the keys that a step begins with, by name
    obs, state, *_ = game.step(key, state, action, params)   # whose code is as it ever was, jit, scan and vmap in it or not
tape.take()
```

Within, jax.random is watched, and functions run uncompiled, since what is drawn inside of a compiled one is nowhere to be seen. Outside
nothing is changed, and nothing costs. The key of a record says where its JAX key comes from: `1` is the second of those that the step's own
key was split into, `1.0` the first of its own, `1+7` what 7 was folded into; `PRNGKey(0)` was made within, `0x2a` is not of the step.
A JAX key that was drawn from before is `reused`. This module needs JAX.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.recording.jax_samplers import Given, Sampler, domain_of, draw_places, is_sampler, told
from equivcheck.recording.tape import Tape, calling_function

# One element of a map after the other: what is done anyway where that cannot be asked for, before JAX 0.4.34.
_IN_TURN: Final[dict[str, Any]] = {"vmap_method": "sequential"} if "vmap_method" in inspect.signature(jax.pure_callback).parameters else {}


class KeyWatch:
    """Watches jax.random, and everything of it that other modules have imported by now; what is jitted within runs uncompiled then."""

    def __init__(self) -> None:
        watched = {"split": self._split, "fold_in": self._fold_in, "PRNGKey": self._make, "key": self._make}
        originals = {name: function for name, function in vars(jax.random).items() if name in watched or is_sampler(name, function)}
        wrapped = {id(original): watched.get(name, self._sample)(name, original) for name, original in originals.items()}
        self._places = [(place, name, held, wrapped[id(held)]) for place, name, held in _places_of(originals.values())]

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Have what is drawn within told to the methods below."""
        for place, name, _, wrapped in self._places:
            setattr(place, name, wrapped)
        try:
            with jax.disable_jit():
                yield
        finally:
            for place, name, original, _ in self._places:
                setattr(place, name, original)

    def on_draw(self, site: str, name: str, original: Sampler, given: Given) -> Any:
        """Return what a sampler draws. `site`: the function that calls it."""
        raise NotImplementedError

    def on_split(self, parent: Any, children: Any) -> None:
        """Hear of keys that were split off one, all by their words uint32[..., 2]."""
        raise NotImplementedError

    def on_fold_in(self, parent: Any, data: Any, child: Any) -> None:
        """Hear of a key that data was folded into."""
        raise NotImplementedError

    def on_make(self, name: str, seed: Any, made: Any) -> None:
        """Hear of a key that `name` made of a seed."""
        raise NotImplementedError

    def _sample(self, name: str, original: Sampler) -> Sampler:
        signature = inspect.signature(original)

        @functools.wraps(original)
        def sample(*arguments: Any, **keywords: Any) -> Any:
            bound = signature.bind(*arguments, **keywords)
            bound.apply_defaults()
            return self.on_draw(calling_function(("equivcheck", "jax", "contextlib")), name, original, bound.arguments)

        return sample

    def _split(self, _: str, original: Sampler) -> Sampler:
        @functools.wraps(original)
        def split(key: Any, *arguments: Any, **keywords: Any) -> Any:
            with jax.disable_jit(False):
                children = original(key, *arguments, **keywords)
            self.on_split(key_words(key), key_words(children))
            return children

        return split

    def _fold_in(self, _: str, original: Sampler) -> Sampler:
        @functools.wraps(original)
        def fold_in(key: Any, data: Any) -> Any:
            with jax.disable_jit(False):
                child = original(key, data)
            self.on_fold_in(key_words(key), jnp.asarray(data), key_words(child))
            return child

        return fold_in

    def _make(self, name: str, original: Sampler) -> Sampler:
        @functools.wraps(original)
        def make(seed: Any, **keywords: Any) -> Any:
            with jax.disable_jit(False):
                key = original(seed, **keywords)
            self.on_make(name, jnp.asarray(seed), key_words(key))
            return key

        return make


class JaxKeys(KeyWatch):
    """Records on a tape what is drawn, draw by draw, whatever loops, branches and maps it is in; answers by what the tape has."""

    def __init__(self, tape: Tape) -> None:
        super().__init__()
        self.tape = tape
        self._names: dict[bytes, str] = {}
        self._drawn: set[bytes] = set()

    @contextmanager
    def recording(self, roots: Mapping[str, Any]) -> Iterator[None]:
        """Record what is drawn within; `roots` are keys by name, and their names are what those of other keys are made of."""
        self._names, self._drawn = {key_words(key).tobytes(): name for name, key in roots.items()}, set()
        with self.watching():
            yield

    def on_draw(self, site: str, name: str, original: Sampler, given: Given) -> Any:
        """See KeyWatch."""
        if self.tape.drawing:
            return original(**given)
        return _on_host(lambda given: self._draw(site, name, original, given), original, given)

    def on_split(self, parent: Any, children: Any) -> None:
        """See KeyWatch."""
        _tell(self._note_children, parent, children)

    def on_fold_in(self, parent: Any, data: Any, child: Any) -> None:
        """See KeyWatch."""
        _tell(self._note_folded, parent, data, child)

    def on_make(self, name: str, seed: Any, made: Any) -> None:
        """See KeyWatch."""
        _tell(lambda seed, made: self._note(made, made_name(name, int(seed))), seed, made)

    def _draw(self, site: str, name: str, original: Sampler, given: Given) -> Any:
        """Draw as the original does, or what the tape has, and record it."""
        words = key_words(given["key"]).tobytes()
        key = drawn_name(self._name(words), words in self._drawn)
        self._drawn.add(words)
        with jax.disable_jit(False):
            value, finish = draw_places(name, original, given)
            array = told(value)
            own = array if array.ndim else array.item()
            with self.tape.about(key):
                drawn = self.tape.draw(site, domain_of(name, given, value.dtype), lambda: own)
            return finish(value if drawn is own else jnp.asarray(drawn).astype(value.dtype))

    def _note_children(self, parent: Any, children: Any) -> None:
        name, places = self._name(np.asarray(parent).tobytes()), np.ndindex(np.shape(children)[: -np.ndim(parent)])
        for place in places:
            self._note(np.asarray(children)[place], child_name(name, place))

    def _note_folded(self, parent: Any, data: Any, child: Any) -> None:
        self._note(child, folded_name(self._name(np.asarray(parent).tobytes()), int(data)))

    def _note(self, words: Any, name: str) -> None:
        self._names.setdefault(np.asarray(words).tobytes(), name)

    def _name(self, words: bytes) -> str:
        """Return where a key comes from; where that is not known, what it is."""
        known = self._names.get(words)
        return hex_name(np.frombuffer(words, np.uint32)) if known is None else known


def child_name(parent: str, place: tuple[int, ...]) -> str:
    """Return the name of one of the keys that another was split into."""
    return f"{parent}.{','.join(map(str, place))}".removeprefix(".")


def folded_name(parent: str, data: int) -> str:
    """Return the name of a key that data was folded into."""
    return f"{parent}+{data}"


def made_name(maker: str, seed: int) -> str:
    """Return the name of a key that was made of a seed."""
    return f"{maker}({seed})"


def drawn_name(name: str, is_reused: bool) -> str:
    """Return the key of a record of what is drawn from a key with a name."""
    return f"{name} reused".strip() if is_reused else name


def hex_name(words: np.ndarray[Any, np.dtype[np.uint32]]) -> str:
    """Return the name of a key that comes from nowhere."""
    return hex(int.from_bytes(words.astype(">u4").tobytes()))


def key_words(key: Any) -> Any:
    """Return the words uint32[..., 2] of a key of either kind, on the host where it is not traced."""
    data = jax.random.key_data(key) if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key
    return data if isinstance(data, jax.core.Tracer) else np.asarray(data)


def _places_of(originals: Any) -> list[tuple[Any, str, Any]]:
    """Return the modules, outside of JAX, that have one of these functions, jax.random before them; the name, and the function."""
    by_id = set(map(id, originals))
    outside = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] not in ("jax", "jaxlib", "equivcheck")]
    return [
        (module, name, held)
        for module in (jax.random, *outside)
        for name, held in list(getattr(module, "__dict__", {}).items())
        if id(held) in by_id
    ]


def _tell(note: Callable[..., None], *arrays: Any) -> None:
    """Call `note` with arrays; once for each element where they are mapped over."""
    if any(isinstance(array, jax.core.Tracer) for array in arrays):
        jax.debug.callback(note, *arrays)
    else:
        note(*arrays)


def _on_host(draw: Callable[[Given], Any], original: Sampler, given: Given) -> Any:
    """Return what `draw` draws; once for each element where arguments are mapped over."""
    mapped = {name: value for name, value in given.items() if isinstance(value, jax.core.Tracer)}
    if not mapped:
        return draw(given)
    kind = jax.random.key_impl(given["key"]) if jnp.issubdtype(given["key"].dtype, jax.dtypes.prng_key) else None
    with jax.disable_jit(False):
        shape = jax.eval_shape(lambda mapped: original(**{**given, **mapped}), mapped)

    def call(mapped: Given) -> Any:
        own = {**given, **mapped}
        if kind is not None and "key" in mapped:
            own["key"] = jax.random.wrap_key_data(jnp.asarray(mapped["key"]), impl=kind)
        return np.asarray(draw(own))

    words = {**mapped, **({"key": key_words(given["key"])} if "key" in mapped else {})}
    return jax.pure_callback(call, shape, words, **_IN_TURN)
