"""Gymnax-like environments, pure `reset(key, params)` and `step(key, state, action, params)`, over vmapped lanes.

```python
class Walk:                                   # an object, or a module of functions
    actions = 2                               # or num_actions, or action_space(params); a dict: its keys are agents
    def reset(self, key, params): ...         # -> obs, state; `reset_env`, without auto-reset, is preferred
    def step(self, key, state, action, params): ...  # -> obs, state, reward, done, info; so is `step_env`
    # optional: default_params, and each of these makes more checkable:
    # get_obs(state, params)       f32[...]   what is seen in a state: with it, states can be loaded
    # is_terminal(state, params)   bool       with is_truncated: what `done` was, else info["truncated"] says it
    # is_truncated(state, params)  bool
    # legal(state, params)         bool[n]    or a dict of agent to bool[n]; who may do nothing is not asked to act
    # export_state(state)          N states, arrays [N, ...] on the host, as a dict of arrays: the canonical state; a leaf that only some
    #                              have, such as the third card of a list of cards, is a masked array
    # import_state(tree)           the reverse; without both, the state is compared and loaded as it is
    # components                   a dict of name to function, for `call`; of a dict that one returns, `records` reads its fields
    # lanes                        an int: how many are always played side by side; a step is then compiled once, whatever is asked
    # records                      a dict of field to function, on the host: the N values that info[field], arrays [N, ...], stands for
    # optional                     those of the records that are shown only in an episode with an option of that name
    # x64                          True: it plays the same with 64-bit types, floats aside (jax_enable_x64)
    # sites                        a dict of name to Site: where a step draws (see `equivcheck.recording.jax_draws`); `key` is then a Draws,
    #                              and info["draws"] what it has `made`
    # begin(options, seed)         on the host: the canonical state an episode with options begins in, None for the reset's; or ValueError
```

`key` is the seed as uint32[2], high word first: what `jax.random.PRNGKey(seed)` is. The key of a step is folded from it
and the number of the step. No lane resets itself.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from equivcheck.backends.ecosystem.feeds import Rolled, Scripted
from equivcheck.backends.ecosystem.pool import FRESH, RUNNING, Pool
from equivcheck.backends.ecosystem.readings import Piece, Readings
from equivcheck.backends.ecosystem.waves import NO_LOAD, STEP_ROWS, Job, Played, Waves
from equivcheck.backends.local import Refused, error_words
from equivcheck.backends.plain import read_space
from equivcheck.errors import AdapterError, EquivcheckError
from equivcheck.model.columns import Columns, join_columns
from equivcheck.model.implied import with_runs
from equivcheck.model.paths import extend_path, field_of
from equivcheck.model.request import Ask, Greeting, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import DictSpace, Discrete, Space
from equivcheck.model.trace import End, Run, Trace
from equivcheck.model.values import Array, Value
from equivcheck.protocol.digest import narrow

MASKED_ACTIONS_MAX = 2**16


class FunctionalBackend:
    """See Backend, and the docstring of this module for what is played."""

    def __init__(self, environment: Any, greeting: Greeting, manner: str = "") -> None:
        """`manner`: a row of MANNERS. Raises: AdapterError where JAX is missing, or the environment is not of the kind, or too large."""
        self._space, self._agents = _space_of(environment, greeting.name)
        try:
            vmapped = importlib.import_module("equivcheck.backends.ecosystem.vmapped")
        except ImportError as error:
            raise AdapterError(f"{greeting.name} needs JAX: {error}", hint="pip install 'equivcheck[jax]'") from error
        how = vmapped.MANNERS[manner]
        try:
            with how.tracing():
                device = vmapped.Vmapped(environment, self._space, self._agents, how)
                self._readings = Readings(environment, device, self._agents)
                fields = self._readings.declarations()
        except EquivcheckError:
            raise
        except Exception as error:
            hint = "reset(key, params) returns obs, state; step(key, state, action, params) five: obs to info"
            raise AdapterError(f"{greeting.name} cannot be traced: {error_words(error)}", hint=hint) from error
        self._device, self._masked = device, device.masked
        self._compiled_s: Callable[[], float] = vmapped.compiled_s
        if self._masked:
            _check_masked(self._space, self._agents, device.seen_blank, greeting.name)
        self._pool = Pool(device.blank)
        self._waves = Waves(device, self._readings, self._pool)
        side_by_side = importlib.import_module("equivcheck.backends.ecosystem.components").SideBySide
        records = getattr(environment, "records", {})
        self._components = {name: side_by_side(function, records) for name, function in getattr(environment, "components", {}).items()}
        able = {"load": self._readings.loads, "snapshot": True, "call": bool(self._components), "tape": bool(device.sites)}
        able |= {"eager": True, "x64": bool(getattr(environment, "x64", False))}
        self.greeting = replace(
            greeting,
            actions=self._space,
            agents=self._agents,
            fields=fields,
            capabilities=frozenset(name for name, can in able.items() if can),
            components=tuple(self._components),
            lanes=device.lanes_max,
        )

    @property
    def compiled_s(self) -> float:
        """For how many seconds JAX has compiled in this process."""
        return self._compiled_s()

    def reset(self, lanes: Sequence[int], episodes: Sequence[Episode], ask: Ask) -> Trace:
        """See Backend."""
        return self.play(lanes, [Script((replace(episode, actions=()),)) for episode in episodes], ask)

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        pairs = enumerate(zip(lanes, scripts, strict=True))
        jobs = [Job(s, n, lane, e) for s, (lane, script) in pairs for n, e in enumerate(script.episodes)]
        tape = self._play(jobs, ask)
        return tape.trace(tuple(scripts), self._provenance)

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """See Backend."""
        jobs = []
        for index, (lane, roll) in enumerate(zip(lanes, rolls, strict=True)):
            spaces = [space or self._space for space in roll.spaces] or [self._space] * len(roll.episodes)
            for number, (episode, chooser, space) in enumerate(zip(roll.episodes, roll.choosers, spaces, strict=True)):
                jobs.append(Job(index, number, lane, replace(episode, actions=()), chooser, space, roll.steps_max))
        tape = self._play(jobs, ask)
        episodes: list[list[Episode]] = [[] for _ in rolls]
        for job, actions in tape.taken:
            episodes[job.script].append(replace(job.episode, actions=actions))
        return tape.trace(tuple(Script(tuple(played)) for played in episodes), self._provenance)

    def step(self, lanes: Sequence[int], actions: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        held = self._pool.read(lanes, self._device.width(len(lanes)))
        feed = Scripted(self._space, self._agents, [(action,) for action in actions], len(held))
        played = self._waves.advance(held, held["phase"] == RUNNING, feed, ask.detail != "bare", STEP_ROWS)
        self._pool.write(lanes, played.held[: len(lanes)])
        went = played.lengths[: len(lanes)] == 1
        words = self._waves.refuse(held, {index: actions[index] for index in np.flatnonzero(~went).tolist()})
        return self._trace_once(played.pieces, went, held, words, ask)

    def load(self, lanes: Sequence[int], states: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        if not self._readings.loads:
            raise Refused(NO_LOAD)
        held = self._pool.read(lanes, self._device.width(len(lanes)))
        fresh = np.flatnonzero(held["phase"][: len(lanes)] == FRESH).tolist()
        words = self._waves.put_states(held, dict(enumerate(states)))
        words |= dict.fromkeys(fresh, "no load: the lane was not reset")
        piece = self._waves.view(held)
        went = ~np.isin(np.arange(len(lanes)), list(words))
        self._pool.write([lane for lane, goes in zip(lanes, went, strict=True) if goes], held[: len(lanes)][went])
        return self._trace_once([piece], went, held, words, ask)

    def snapshot(self, lanes: Sequence[int]) -> list[bytes]:
        """See Backend. Raises: Refused for a lane that was not reset."""
        held = self._pool.read(lanes, len(lanes))
        if (held["phase"] == FRESH).any():
            raise Refused("no snapshot: a lane was not reset")
        return [record.tobytes() for record in held]

    def restore(self, lanes: Sequence[int], tokens: Sequence[bytes]) -> None:
        """See Backend. Raises: Refused for what is no token of this environment."""
        if any(len(token) != self._pool.record.itemsize for token in tokens):
            raise Refused(f"a token of this environment has {self._pool.record.itemsize} bytes")
        self._pool.write(lanes, np.frombuffer(b"".join(tokens), self._pool.record))

    def call(self, component: str, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """See Backend. Raises: Refused where there is no such component."""
        if component not in self._components:
            raise Refused(f"no component {component!r}; there are: {', '.join(self._components) or 'none'}")
        answers: list[Value] = self._components[component](arguments)
        return answers

    def discard(self, lanes: Sequence[int]) -> None:
        """See Backend."""
        self._pool.write(lanes, np.zeros(len(lanes), self._pool.record))

    def close(self) -> None:
        """See Backend."""
        self._pool.clear()

    def _play(self, jobs: Sequence[Job], ask: Ask) -> _Tape:
        """Play jobs in waves, those of about one length together where it is known: a wave lasts as long as its longest."""
        if len(jobs) > self._device.lanes_max and jobs[0].space is None:
            tape = self._play_waves(sorted(jobs, key=lambda job: len(job.episode.actions)), ask)
            if not tape.left:
                return tape
        return self._play_waves(jobs, ask)

    def _play_waves(self, jobs: Sequence[Job], ask: Ask) -> _Tape:
        """Play jobs in their order; a script is left where one of its jobs stops."""
        tape = _Tape()
        last: dict[int, tuple[int, Array]] = {}
        for first in range(0, len(jobs), self._device.lanes_max):
            wave = [job for job in jobs[first : first + self._device.lanes_max] if job.script not in tape.left]
            if wave:
                played = self._waves.play(wave, self._make_feed, ask.detail != "bare")
                tape.take(wave, played)
                tape.columns.append((self._read(played.pieces, played.lengths, played.held["shown"], ask), int(played.lengths.sum())))
                for row in np.flatnonzero(played.lengths).tolist():
                    number, lane = wave[row].number, wave[row].lane
                    if number >= last.get(lane, (0,))[0]:
                        last[lane] = number, played.held[row]
        if last:
            self._pool.write(list(last), np.stack([record for _, record in last.values()]))
        return tape

    def _make_feed(self, wave: Sequence[Job], width: int) -> Scripted | Rolled:
        if wave[0].space is None:
            tapes = [(job.episode.draws or ())[1:] for job in wave]
            return Scripted(self._space, self._agents, [job.episode.actions for job in wave], width, self._device.sites, tapes)
        spaces, choosers = [job.space or self._space for job in wave], [job.chooser for job in wave]
        limits = [job.steps_max for job in wave]
        return Rolled(spaces, self._space, self._agents, choosers, limits, width, self._masked)

    def _read(self, pieces: Sequence[Piece], lengths: Array, shown: Array, ask: Ask) -> Columns:
        """Return the first `lengths` Steps of each lane as columns, lane by lane."""
        count = int(lengths.sum())
        if not count:
            return {}
        lanes = np.repeat(np.arange(len(lengths)), lengths)
        times = np.arange(count) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return narrow(self._readings.columns(pieces, times, lanes, shown), count, ask)

    def _trace_once(self, pieces: Sequence[Piece], went: Array, held: Array, words: Mapping[int, str], ask: Ask) -> Trace:
        """Return a Trace of one Step on each lane that went, and why on the others."""
        rows = (np.cumsum(went) - 1).tolist()
        runs = tuple(Run(lane, 0, rows[lane], 1) for lane in np.flatnonzero(went).tolist())
        ends = tuple(End(lane, 0, 0, "refused", words[lane]) for lane in np.flatnonzero(~went).tolist())
        columns = self._read(pieces, went.astype(int), held["shown"], ask)
        return Trace((Script((Episode(),)),) * len(went), runs, columns, ends, self._provenance)

    @property
    def _provenance(self) -> dict[str, Any]:
        return {name: getattr(self.greeting, name) for name in ("name", "version", "environment")}


class _Tape:
    """What the waves of one call gave so far; `taken` has the jobs reached, and the actions chosen in them."""

    def __init__(self) -> None:
        self.columns: list[tuple[Columns, int]] = []
        self.taken: list[tuple[Job, tuple[Value, ...]]] = []
        self.left: set[int] = set()
        self._runs: list[Run] = []
        self._ends: list[End] = []
        self._rows = 0

    def take(self, wave: Sequence[Job], played: Played) -> None:
        """Take in a wave; jobs of a script that was left by then lose their Steps."""
        played.lengths = played.lengths[: len(wave)].copy()
        for index, job in enumerate(wave):
            if job.script in self.left:
                played.lengths[index] = 0
                continue
            length = int(played.lengths[index])
            if index in played.stops:
                self.left.add(job.script)
                self._ends.append(End(job.script, job.number, length, "refused", played.stops[index]))
            if length:
                self._runs.append(Run(job.script, job.number, self._rows, length))
            if isinstance(played.feed, Rolled):
                self.taken.append((job, played.feed.actions(index, max(0, length - 1))))
            self._rows += length

    def trace(self, scripts: tuple[Script, ...], provenance: Mapping[str, Any]) -> Trace:
        """Return all of it."""
        columns = join_columns(self.columns) if self.columns else {}
        trace = Trace(scripts, tuple(self._runs), columns, tuple(self._ends), provenance)
        in_order = sorted(self._runs, key=lambda run: (run.script, run.episode))
        return trace if in_order == self._runs else with_runs(trace, in_order)


def _space_of(environment: Any, name: str) -> tuple[Space, tuple[str, ...]]:
    """Return the action space and the agents. Raises: AdapterError where the environment does not say."""
    declared = getattr(environment, "actions", None)
    found = getattr(environment, "action_space", None)
    if declared is None and found is not None:
        declared = found(getattr(environment, "default_params", None)) if callable(found) else found
    if declared is None:
        declared = getattr(environment, "num_actions", None)
    try:
        return read_space(declared), tuple(sorted(declared, key=str.encode)) if type(declared) is dict else ()
    except TypeError as error:
        message = f"{name} does not say what its actions are: {error}"
        raise AdapterError(message, hint="give it an attribute `actions`") from error


def _check_masked(space: Space, agents: Sequence[str], seen: Mapping[str, Array], name: str) -> None:
    """Raise AdapterError where masks are about anything but discrete spaces, or do not fit them."""
    items = space.items if isinstance(space, DictSpace) and agents else (("", space),)
    wanted: dict[str, str] = {}
    for agent, item in items:
        if not isinstance(item, Discrete) or item.n > MASKED_ACTIONS_MAX:
            raise AdapterError(f"{name} has `legal` masks, which go with at most {MASKED_ACTIONS_MAX} discrete actions")
        wanted[extend_path("legal", agent) if agents else "legal"] = f"bool[{item.n}]"
    given = {path: f"{mask.dtype}{list(mask.shape)}" for path, mask in seen.items() if field_of(path) == "legal"}
    if given != wanted:
        texts = (", ".join(f"{path} {form}" for path, form in masks.items()) or "nothing" for masks in (given, wanted))
        raise AdapterError("`legal` of {} is {}, where its actions want {}".format(name, *texts))
