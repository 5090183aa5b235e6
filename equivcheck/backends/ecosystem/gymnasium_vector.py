"""Gymnasium's vector environments as lanes: `gymnasium:ID?num_envs=64&vectorization_mode=sync&autoreset=same_step`.

`vectorization_mode` is `sync`, `async` or `vector_entry_point` (the default where the environment has one and no
`autoreset` is named, else `sync`). A lane is a slot of a vector environment; when all slots are taken another one is
made. Lanes never reset themselves, whatever the autoreset mode, and an episode's last Step has its final observation.

What differs from single environments: with `same_step` there is no `state` and no `load`, since the state of an
episode's end is gone when it could be read; nor is there with `async`. Lanes that stand still while others move or begin
are put back by their state; where it cannot be written they are lost, and refuse to step until they are reset. There are
no snapshots. Where `reset` takes only one seed for all slots (CartPole's own vector environment, the JAX ones), each lane
starts as a vector environment of one slot does. An environment without metadata about its autoreset is taken to reset in
the next step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import gymnasium
import numpy as np

from equivcheck.backends.ecosystem.gymnasium_bank import AUTORESETS, Bank
from equivcheck.backends.ecosystem.gymnasium_choices import Chooser, Rolled, Scripted
from equivcheck.backends.ecosystem.gymnasium_state import Reader, Writer
from equivcheck.backends.ecosystem.gymnasium_vector_state import find_vector_access
from equivcheck.backends.ecosystem.gymnasium_waves import Wave
from equivcheck.backends.local import Refused, error_words
from equivcheck.errors import AdapterError
from equivcheck.model.columns import Columns, join_columns
from equivcheck.model.request import Ask, Greeting, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import End, Run, Trace
from equivcheck.model.values import Value, canonical, same_value

_COUNT = 64  # slots of a vector environment whose address does not say
_BROKEN = "the vector environment of this lane raised while another lane was played"


def vector_maker(name: str, options: dict[str, Any]) -> tuple[Callable[[int], Any], int]:
    """Return what makes a vector environment of n slots, and the n asked for; takes its own from `options`.

    Raises: AdapterError where the options do not go together.
    """
    count = options.pop("num_envs", _COUNT)
    kind, autoreset = (options.pop(key, None) for key in ("vectorization_mode", "autoreset"))
    spec = gymnasium.registry.get(name)
    own_entry = spec is not None and spec.vector_entry_point is not None and not gymnasium.__version__.startswith("0.")
    kind = kind or ("vector_entry_point" if own_entry and autoreset is None else "sync")
    if kind not in ("sync", "async", "vector_entry_point") or type(count) is not int or count < 1:
        raise AdapterError("num_envs is a number from 1, vectorization_mode is sync, async or vector_entry_point")
    if kind == "vector_entry_point":
        if autoreset is not None or not own_entry:
            hint = "vectorization_mode=sync takes every environment and every autoreset"
            raise AdapterError(f"{name!r} has no vector environment of its own that could do this", hint=hint)
        return (lambda n: gymnasium.make_vec(name, num_envs=n, vectorization_mode=kind, **options)), count
    modes = getattr(gymnasium.vector, "AutoresetMode", None)
    if autoreset is not None and (autoreset not in AUTORESETS or modes is None):
        raise AdapterError(f"autoreset is one of {', '.join(AUTORESETS)}, and needs gymnasium 1.1 or later")
    chosen = {} if modes is None or autoreset is None else {"autoreset_mode": modes[autoreset.upper()]}
    vector = gymnasium.vector.SyncVectorEnv if kind == "sync" else gymnasium.vector.AsyncVectorEnv
    make_one = partial(gymnasium.make, name, disable_env_checker=True, **options)
    return (lambda n: vector([make_one] * n, **chosen)), count


@dataclass(frozen=True, slots=True, eq=False)
class _Seat:
    bank: Bank
    slot: int


class VectorBackend:
    """Lanes in vector environments; `make(n)` makes one of n slots, or of as many as it likes."""

    def __init__(
        self,
        make: Callable[[int], Any],
        greeting: Greeting,
        count: int = _COUNT,
        *,
        state: Reader | None = None,
        load: Writer | None = None,
        owned: bool = True,
    ) -> None:
        self._make, self._count, self._functions, self._owned = make, count, (state, load), owned
        self._seats: dict[int, _Seat] = {}
        self._free: list[_Seat] = []
        self._banks: list[Bank] = []
        bank = self._furnish()
        self._space = bank.space
        able = frozenset(["load"] if bank.shows_state and (state is None or load is not None) else [])
        self.greeting = replace(greeting, actions=bank.space, capabilities=able, lanes=bank.count)

    def reset(self, lanes: Sequence[int], episodes: Sequence[Episode], ask: Ask) -> Trace:
        """See Backend."""
        return self.play(lanes, [Script((replace(episode, actions=()),)) for episode in episodes], ask)

    def step(self, lanes: Sequence[int], actions: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._once(lanes, actions, Wave.step, ask)

    def load(self, lanes: Sequence[int], states: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._once(lanes, [canonical(state) for state in states], Wave.load, ask)

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        episodes = [script.episodes for script in scripts]

        def choose(members: list[int], number: int) -> Chooser:
            return Scripted([episodes[member][number] for member in members], self._space)

        return self._rounds(lanes, episodes, choose, ask).trace(tuple(scripts), self.greeting)

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """See Backend."""
        episodes = [roll.episodes for roll in rolls]

        def choose(members: list[int], number: int) -> Chooser:
            return Rolled([rolls[member] for member in members], number, self._space)

        sheet = self._rounds(lanes, episodes, choose, ask)
        scripts = [
            Script(tuple(replace(e, actions=sheet.taken[i, n]) for n, e in enumerate(played) if (i, n) in sheet.taken))
            for i, played in enumerate(episodes)
        ]
        return sheet.trace(tuple(scripts), self.greeting)

    def snapshot(self, lanes: Sequence[int]) -> list[bytes]:
        """See Backend."""
        raise Refused("a vector environment makes no snapshots")

    def restore(self, lanes: Sequence[int], tokens: Sequence[bytes]) -> None:
        """See Backend."""
        raise Refused("a vector environment makes no snapshots")

    def call(self, component: str, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """See Backend."""
        raise Refused(f"no component {component!r}")

    def discard(self, lanes: Sequence[int]) -> None:
        """See Backend."""
        for lane in lanes:
            self._seats.pop(lane, None)
        used = {id(seat.bank) for seat in (*self._seats.values(), *self._free)}
        for bank in [bank for bank in self._banks if id(bank) not in used]:
            self._remove(bank)

    def close(self) -> None:
        """See Backend."""
        for bank in list(self._banks):
            self._remove(bank)

    def _furnish(self) -> Bank:
        """Make another vector environment, and its slots free."""
        env = self._make(self._count)
        access = find_vector_access(env, *self._functions)
        seeder = None
        try:
            env.reset(seed=list(range(env.num_envs)))
        except Exception as error:
            if access is None:
                hint = "vectorization_mode=sync seeds each slot"
                words = f"{env} takes no list of seeds, one a slot: {error_words(error)}"
                raise AdapterError(words, hint=hint) from error
            one = self._make(1)
            one.reset(seed=0)
            seeder = (one, find_vector_access(one, *self._functions) or access)
        bank = Bank(env, access, seeder, self._owned)
        self._banks.append(bank)
        self._free = [_Seat(bank, slot) for slot in reversed(range(bank.count))]
        return bank

    def _remove(self, bank: Bank) -> None:
        """Close a vector environment, its lanes with it."""
        bank.close()
        self._banks.remove(bank)
        self._free = [seat for seat in self._free if seat.bank is not bank]
        self._seats = {lane: seat for lane, seat in self._seats.items() if seat.bank is not bank}

    def _by_bank(self, lanes: Sequence[int]) -> dict[Bank, list[int]]:
        """Seat the lanes; return their positions in the call by vector environment."""
        groups: dict[Bank, list[int]] = {}
        for member, lane in enumerate(lanes):
            if lane not in self._seats:
                if not self._free:
                    self._furnish()
                self._seats[lane] = self._free.pop()
            groups.setdefault(self._seats[lane].bank, []).append(member)
        return groups

    def _once(self, lanes: Sequence[int], given: Sequence[Value], act: Callable[[Wave, list[Value]], None], ask: Ask) -> Trace:
        """Give one Step a lane."""
        sheet = _Sheet()
        for bank, members in self._by_bank(lanes).items():
            wave = Wave(bank, [self._seats[lanes[member]].slot for member in members], ask)
            act(wave, [given[member] for member in members])
            self._note(sheet, wave, bank, [(member, lanes[member]) for member in members], 0)
        return sheet.trace(tuple(Script((Episode(),)) for _ in lanes), self.greeting)

    def _rounds(
        self,
        lanes: Sequence[int],
        episodes: Sequence[Sequence[Episode]],
        choose: Callable[[list[int], int], Chooser],
        ask: Ask,
    ) -> _Sheet:
        """Play the first episode of all lanes, then the second, and so on."""
        sheet = _Sheet()
        for bank, members in self._by_bank(lanes).items():
            for number in range(max(len(episodes[member]) for member in members)):
                members = [m for m in members if number < len(episodes[m]) and m not in sheet.given_up]
                for alike in _with_same_options(members, [episodes[m][number].options for m in members]):
                    if bank not in self._banks:
                        sheet.ends += [End(member, number, 0, "failed", _BROKEN) for member in alike]
                        sheet.given_up.update(alike)
                        continue
                    wave = Wave(bank, [self._seats[lanes[m]].slot for m in alike], ask)
                    wave.play([episodes[m][number] for m in alike], choose(alike, number))
                    self._note(sheet, wave, bank, [(m, lanes[m]) for m in alike], number)
        return sheet

    def _note(self, sheet: _Sheet, wave: Wave, bank: Bank, members: list[tuple[int, int]], number: int) -> None:
        sheet.add(wave, [member for member, _ in members], number)
        for index, kind, _ in wave.ends:
            if kind == "failed":
                self._seats.pop(members[index][1], None)
        if wave.broken:
            self._remove(bank)


@dataclass(slots=True)
class _Sheet:
    """What the waves of a call gave."""

    parts: list[tuple[int, int, int]] = field(default_factory=list)  # script, episode, Steps, in the order of the rows
    blocks: list[tuple[Columns, int]] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    taken: dict[tuple[int, int], tuple[Value, ...]] = field(default_factory=dict)
    given_up: set[int] = field(default_factory=set)

    def add(self, wave: Wave, members: list[int], number: int) -> None:
        counts = wave.counts.tolist()
        self.parts += [(member, number, count) for member, count in zip(members, counts, strict=True)]
        self.blocks.append((wave.rows(), sum(counts)))
        self.ends += [End(members[at], number, counts[at], kind, words) for at, kind, words in wave.ends]
        self.given_up.update(members[at] for at, _, _ in wave.ends)
        self.taken |= {(m, number): actions for m, actions in zip(members, wave.actions(), strict=True)}

    def trace(self, scripts: tuple[Script, ...], greeting: Greeting) -> Trace:
        """Return the rows in the order of scripts and their episodes."""
        counts = np.array([count for _, _, count in self.parts], np.int64)
        firsts = np.cumsum(counts) - counts
        order = sorted(range(len(self.parts)), key=lambda index: self.parts[index][:2])
        columns = join_columns(self.blocks)
        if order != list(range(len(order))):
            rows = np.concatenate([np.arange(firsts[index], firsts[index] + counts[index]) for index in order])
            columns = {path: column.take(rows) for path, column in columns.items()}
        runs, first = [], 0
        for script, episode, count in (self.parts[index] for index in order):
            if count:
                runs.append(Run(script, episode, first, count))
            first += count
        provenance = {"name": greeting.name, "version": greeting.version, "environment": greeting.environment}
        ends = tuple(sorted(self.ends, key=lambda end: end.script))
        return Trace(scripts, tuple(runs), columns, ends, provenance)


def _with_same_options(members: list[int], options: list[Mapping[str, Value]]) -> list[list[int]]:
    """Split the members so that all of one part begin with the same options."""
    parts: list[tuple[Value, list[int]]] = []
    for member, wanted in zip(members, options, strict=True):
        plain = dict(wanted)
        part = next((part for known, part in parts if known == plain == {} or same_value(known, plain)), None)
        if part is None:
            parts.append((plain, [member]))
        else:
            part.append(member)
    return [part for _, part in parts]
