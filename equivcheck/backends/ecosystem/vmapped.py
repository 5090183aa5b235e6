"""A gymnax-like environment as compiled functions over L lanes: the side of `functional` that speaks JAX.

L is padded by the caller, so that each function is compiled once for a size. No 64-bit types are switched on.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.backends.ecosystem.feeds import Dealt, Given
from equivcheck.backends.ecosystem.lanes import Block, Lanes, Leaves, Seen, advance_in_lockstep, settle
from equivcheck.backends.ecosystem.manners import MANNERS, Manner
from equivcheck.backends.ecosystem.parts import blank_parts
from equivcheck.backends.ecosystem.pytrees import leaves_by_path, nest
from equivcheck.backends.ecosystem.readings import fit
from equivcheck.model.paths import extend_path
from equivcheck.model.space import DictSpace, Discrete, Space
from equivcheck.model.values import Array
from equivcheck.recording.dense import Site, Table, blank_made
from equivcheck.recording.jax_draws import Draws

BLOCK_STEPS, BLOCK_BYTES = 128, 2**28
# More lanes are played in waves. Compiled for one lane, the same function rounds otherwise (measured: MountainCar and Acrobot on CPU).
LANES_MAX, LANES_MIN = 1_024, 4

_compilations_s: list[float] = []


def _note_duration(event: str, duration_secs: float, **_: Any) -> None:
    if event.startswith("/jax/core/compile/"):
        _compilations_s.append(duration_secs)


jax.monitoring.register_event_duration_secs_listener(_note_duration)


def compiled_s() -> float:
    """Return for how many seconds this process has compiled."""
    return sum(_compilations_s)


class Vmapped:
    """The environment, compiled.

    `paths` and `blank` are the paths and, as zeros, the leaves of one state; `seen_blank` is one Step.
    """

    def __init__(self, environment: Any, space: Space, agents: Sequence[str], manner: Manner = MANNERS[""]) -> None:
        self._environment, self._space, self._agents, self._map = environment, space, tuple(agents), manner.map
        spaces = space.items if isinstance(space, DictSpace) else [("", space)]
        self._seats = [(item, extend_path("legal", key) if agents else "legal") for key, item in spaces if isinstance(item, Discrete)]
        self._params = getattr(environment, "default_params", None)
        self.sites: Mapping[str, Site] = dict(getattr(environment, "sites", {}))
        self._records = (*getattr(environment, "records", ()), *(["draws"] if self.sites else []))
        self._blank_tape = {name: Table(*blank_made(site)[:2]) for name, site in self.sites.items()}
        self._reset_one = getattr(environment, "reset_env", environment.reset)
        self._step_one = getattr(environment, "step_env", environment.step)
        self._legal, self._get_obs, self._is_terminal, self._is_truncated = (
            self._hook(name) for name in ("legal", "get_obs", "is_terminal", "is_truncated")
        )
        self.masked, self.loads = self._legal is not None, self._get_obs is not None
        key = np.zeros(2, np.uint32)
        _, state = jax.eval_shape(lambda key: self._reset_one(key, self._params), key)
        named = leaves_by_path("state", state)
        self.paths, self._tree = tuple(named), jax.tree_util.tree_structure(state)
        self._typed = [jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) for leaf in named.values()]
        shapes, _ = jax.eval_shape(self._reset, key[None])
        self.blank = tuple(np.zeros(leaf.shape[1:], leaf.dtype) for leaf in shapes)
        stepped = (np.zeros(2, np.uint32), np.int32(0), self.blank, blank_parts(space), self._blank_tape)
        manner.check_size(self._step, *stepped)
        _, seen = jax.eval_shape(self._step, *stepped)
        self.seen_blank = {path: np.zeros(leaf.shape, leaf.dtype) for path, leaf in seen.items()}
        self.lanes = Lanes
        self.reset, self.view = manner.prepare(self._reset), manner.prepare(self._view)
        self.masks = manner.prepare(self._map(self._legal_of))
        self.advance: Callable[..., Block] = jax.jit(self._advance, static_argnames=("steps", "kept"))
        fixed: int | None = manner.lanes or getattr(environment, "lanes", None)
        self.lanes_max, self._lanes_min = fixed or LANES_MAX, fixed or LANES_MIN
        if fixed is not None:
            self.choose, self.act = manner.prepare(self._choose), manner.prepare(self._act)
            self.advance = partial(advance_in_lockstep, self)

    def width(self, count: int) -> int:
        """Return how many lanes `count` are padded to: few sizes, since each takes seconds to compile."""
        width = self._lanes_min
        while width < count:
            width *= 4
        return width

    def refusal(self, legal: Mapping[str, Array], action: Any) -> str:
        """Say why one lane does not take an action, by its masks bool[n]."""
        if self._agents and legal and isinstance(action, Mapping):
            asked = [(agent, seat) for agent, seat in zip(self._agents, self._masks(legal), strict=True) if seat[0].any()]
            for agent, (mask, space) in asked:
                if action.get(agent) not in (np.flatnonzero(mask) + space.start).tolist():
                    return f"{agent}: action {action.get(agent)!r} is not legal now"
            return f"only {' and '.join(agent for agent, _ in asked)} may act now"
        return f"{action!r} is not in the action space, or not legal now"

    def block_steps(self, lane_count: int) -> int:
        """Return how many steps a block of so many lanes has: fewer where a Step is large."""
        row_bytes = sum(leaf.nbytes for leaf in (*self.seen_blank.values(), *self.blank))
        fitting = BLOCK_BYTES // (row_bytes * lane_count)
        return max(1, min(BLOCK_STEPS, 1 << max(0, fitting.bit_length() - 1)))

    def state_tree(self, leaves: Sequence[Array]) -> Any:
        """Return the environment's own state for leaves on the host, keys as the words they hold."""
        return jax.tree_util.tree_unflatten(self._tree, leaves)

    def state_leaves(self, state: Any) -> list[Array]:
        """Return N states as leaves `[N, ...]`. Raises: ValueError where they do not fit."""
        leaves, tree = jax.tree_util.tree_flatten(state)
        if str(tree) != str(self._tree):
            raise ValueError(f"`import_state` made {tree}, and a state is {self._tree}")
        return [fit(np.asarray(leaf), blank, path) for leaf, blank, path in zip(leaves, self.blank, self.paths, strict=True)]

    def _hook(self, name: str) -> Any:
        """Return a function of (state) that calls the hook, with params if it takes them; None where there is none."""
        found = getattr(self._environment, name, None)
        if not callable(found):
            return None
        plain = [p for p in inspect.signature(found).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        return (lambda state: found(state, self._params)) if len(plain) > 1 else found

    def _flatten(self, state: Any) -> Leaves:
        leaves = map(jnp.asarray, jax.tree_util.tree_leaves(state))
        return tuple(jax.random.key_data(leaf) if typed else leaf for leaf, typed in zip(leaves, self._typed, strict=True))

    def _unflatten(self, leaves: Sequence[Any]) -> Any:
        pairs = zip(leaves, self._typed, strict=True)
        return jax.tree_util.tree_unflatten(self._tree, [jax.random.wrap_key_data(leaf) if typed else leaf for leaf, typed in pairs])

    def _reset(self, keys: Any) -> tuple[Leaves, Seen]:
        """Return the state's leaves and what is seen, for seeds uint32[L, 2]."""

        def one(key: Any) -> Any:
            obs, state = self._reset_one(key, self._params)
            return self._flatten(state), self._see(obs, state)

        leaves, seen = self._map(one)(keys)
        return leaves, seen

    def _view(self, leaves: Leaves) -> Seen:
        """Return what is seen in states that were put there."""

        def one(leaves: Any) -> Seen:
            state = self._unflatten(leaves)
            return self._see(self._get_obs(state), state)

        seen: Seen = self._map(one)(leaves)
        return seen

    def _see(self, obs: Any, state: Any, done: Any = None, info: Mapping[str, Any] | None = None) -> Seen:
        """Return the fields of one Step but its reward and state; `done` and `info` are those of a step."""
        said = info if isinstance(info, Mapping) else {}
        truncated = self._is_truncated(state) if self._is_truncated else said.get("truncated", False)
        if self._is_terminal and (self._is_truncated or done is None):
            terminated = self._is_terminal(state)
        elif done is None:
            terminated = False
        else:
            terminated = said.get("terminated", jnp.asarray(done, bool) & ~jnp.asarray(truncated, bool))
        flags = {"terminated": jnp.asarray(terminated, bool), "truncated": jnp.asarray(truncated, bool)}
        legal = leaves_by_path("legal", self._legal(state)) if self._legal else {}
        return {**leaves_by_path("obs", obs), **flags, **legal}

    def _step(self, key: Any, clock: Any, leaves: Leaves, parts: Any, tape: Any) -> tuple[Leaves, Seen]:
        """Take one action on one lane; the key of a step depends on the seed and the number of the step alone."""
        state, action = self._unflatten(leaves), nest(self._space, iter(parts))
        key = jax.random.fold_in(key, clock)
        draws = Draws.taped(key, self.sites, tape) if self.sites else key
        obs, state, reward, done, info = self._step_one(draws, state, action, self._params)
        seen = {**self._see(obs, state, done, info), **leaves_by_path("reward", reward)}
        for name in self._records:
            seen |= leaves_by_path(name, info[name])
        return self._flatten(state), seen

    def _advance(self, lanes: Lanes, feed: Given | Dealt, *, steps: int, kept: bool) -> Block:
        """Take up to `steps` steps on the lanes that are alive; with `kept` the states are seen as well."""
        zeros = jnp.zeros(len(lanes.alive), jnp.int32)

        def act(at: Any, lanes: Lanes, legal: Seen, drawn: Any) -> Any:
            parts, asked, able, drawn = self._choose(feed, at, legal, drawn)
            leaves, seen = jax.vmap(self._step)(lanes.keys, lanes.clock, lanes.leaves, parts, self.tape(feed, at, len(zeros)))
            row = (seen, leaves if kept else None, (parts, asked) if isinstance(feed, Dealt) else None)
            return row, leaves, able, drawn

        def advance(carry: Any) -> Any:
            at, lanes, legal, counts, drawn, rows = carry
            row, leaves, able, drawn = act(at, lanes, legal, drawn)
            rows = jax.tree_util.tree_map(lambda whole, part: _put(whole, part, at), rows, row)
            acts = lanes.alive & able & (at < feed.counts)
            lanes = settle(lanes, leaves, row[0], acts)
            legal = {path: row[0][path] for path in legal}
            return at + 1, lanes, legal, counts + acts, drawn, rows

        legal = jax.vmap(self._legal_of)(lanes.leaves)
        shapes = jax.eval_shape(act, jnp.int32(0), lanes, legal, zeros)[0]
        rows = jax.tree_util.tree_map(lambda shape: jnp.zeros((steps, *shape.shape), shape.dtype), shapes)
        _, lanes, _, counts, drawn, (seen, states, chosen) = jax.lax.while_loop(
            lambda carry: (carry[0] < steps) & carry[1].alive.any(),
            advance,
            (jnp.int32(0), lanes, legal, zeros, zeros, rows),
        )
        parts, asked = chosen or (None, None)
        return Block(lanes, seen, states, counts, drawn, parts, asked)

    def tape(self, feed: Given | Dealt, at: Any, width: int) -> Any:
        """Return what is to be drawn at step `at`, [L, ...]: nothing where nobody says."""
        if isinstance(feed, Given) and feed.tape:
            return jax.tree_util.tree_map(lambda part: _row(part, at), feed.tape)
        return jax.tree_util.tree_map(lambda part: jnp.zeros((width, *part.shape), part.dtype), self._blank_tape)

    def _act(self, lanes: Lanes, parts: Any, tape: Any, able: Any) -> tuple[Lanes, Seen, Any]:
        """Take one action on the lanes that are alive and able to; return the lanes after it, what is seen, and who acted."""
        leaves, seen = self._map(self._step)(lanes.keys, lanes.clock, lanes.leaves, parts, tape)
        acts = lanes.alive & able
        return settle(lanes, leaves, seen, acts), seen, acts

    def _legal_of(self, leaves: Leaves) -> Seen:
        """Return the masks of one lane by path; nothing where there are none."""
        return leaves_by_path("legal", self._legal(self._unflatten(leaves))) if self._legal else {}

    def _choose(self, feed: Given | Dealt, at: Any, legal: Any, drawn: Any) -> tuple[Any, Any, Any, Any]:
        """Return for step `at`: parts, asked bool[L, A], whose action is legal bool[L], words used so far."""
        if isinstance(feed, Dealt):
            return self._choose_dealt(feed, legal, drawn)
        parts, asked = tuple(_row(part, at) for part in feed.parts), _row(feed.asked, at)
        lawful = jnp.ones(feed.counts.shape, bool)
        for seat, (mask, space) in enumerate(self._masks(legal)):
            fits = jnp.take_along_axis(mask, (parts[seat] - space.start)[:, None], axis=1)[:, 0]
            if self._agents:
                fits = jnp.where(asked[:, seat], fits, ~mask.any(axis=1))
            lawful &= fits
        if self._agents and not legal:
            lawful &= asked.all(axis=1)
        return parts, asked, lawful, drawn

    def _choose_dealt(self, feed: Dealt, legal: Any, drawn: Any) -> tuple[Any, Any, Any, Any]:
        lane_numbers, parts, asked = jnp.arange(len(drawn)), [], []
        for seat, (mask, space) in enumerate(self._masks(legal)):
            word = feed.words[jnp.minimum(drawn, len(feed.words) - 1), lane_numbers]
            parts.append(_pick(word, feed.values[seat], feed.listed[seat], mask, space.start))
            asked.append(mask.any(axis=1))
            drawn = drawn + asked[-1]
        acting = jnp.stack(asked, axis=1)
        able = jnp.ones(len(drawn), bool) if self._agents else acting[:, 0]
        return tuple(parts), acting[:, : len(self._agents)], able, drawn

    def _masks(self, legal: Mapping[str, Any]) -> list[tuple[Any, Discrete]]:
        """Return the mask bool[L, n] and the space of each agent, or of the only one; nothing without masks."""
        return [(legal[path], space) for space, path in self._seats if path in legal]


_put, _row = partial(jax.lax.dynamic_update_index_in_dim, axis=0), partial(jax.lax.dynamic_index_in_dim, keepdims=False)


def _pick(word: Any, values: Any, listed: Any, mask: Any, start: int) -> Any:
    """Return actions int32[L]: of those listed and allowed, or, where there is none, of all that are allowed."""
    count, width = mask.shape[1], values.shape[1]
    allowed = listed & jnp.take_along_axis(mask, jnp.clip(values - start, 0, count - 1), axis=1)
    narrow = allowed.any(axis=1, keepdims=True)
    candidates = jnp.where(narrow, allowed, jnp.pad(mask, ((0, 0), (0, width - count))))
    options = jnp.where(narrow, values, jnp.arange(width, dtype=jnp.int32) + start)
    total = jnp.maximum(candidates.sum(axis=1), 1).astype(jnp.uint32)
    hit = candidates & (jnp.cumsum(candidates, axis=1) - 1 == _remainder(word, total)[:, None])
    return jnp.take_along_axis(options, hit.argmax(axis=1)[:, None], axis=1)[:, 0]


def _remainder(word: Any, divisor: Any) -> Any:
    """Return int32: a 64-bit number uint32[L, 2] modulo a divisor of at most 2^16, in 32-bit arithmetic."""
    shift = (jnp.uint32(2**32 - 1) % divisor + 1) % divisor
    upper = (word[:, 0] % divisor) * shift % divisor
    return ((upper + word[:, 1] % divisor) % divisor).astype(jnp.int32)
