"""A step of a battle as the interactions read it: the states around it, and its events as uses of moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

SIDES = ("p1", "p2")
FOE = {"p1": "p2", "p2": "p1"}
ACTS = frozenset(("move", "cant", "switch"))
Line = tuple[str, ...]


class Half:
    """One player's half of a canonical state, and the Pokemon that is out."""

    __slots__ = ("active", "place", "tree", "volatile")

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.tree = tree
        self.volatile: Mapping[str, int] = tree["volatile"]
        self.active: Mapping[str, Any] = tree["active_pokemon"]
        self.place: int = tree["active"]

    @property
    def hp(self) -> int:
        """Of the Pokemon that is out."""
        return int(self.tree["hp"][self.place])

    @property
    def maxhp(self) -> int:
        """Of the Pokemon that is out."""
        return int(self.tree["stats"][self.place][0])

    @property
    def level(self) -> int:
        """Of the Pokemon that is out."""
        return int(self.tree["level"][self.place])

    @property
    def status(self) -> int:
        """The number of the status of the Pokemon that is out."""
        return int(self.tree["status"][self.place])

    @property
    def types(self) -> list[int]:
        """The numbers of the types of the Pokemon that is out, as they are now."""
        return [int(number) for number in self.active["types"]]

    @property
    def moves(self) -> list[int]:
        """The numbers of its moves, as they are now."""
        return [int(number) for number in self.active["moves"] if number]


@dataclass(slots=True)
class Use:
    """A use of a move: who used which, and the lines of the log that follow it.

    `called` is what called it: Metronome, Mirror Move, or `Bide` for its release; empty where it was selected or goes on. `first`: nothing
    that the foe did, and no switch, came before it in the step, so that what it met is what the state before the step shows. `shielded`:
    the foe is behind a Substitute when it begins.
    """

    moment: Moment
    side: str
    name: str
    called: str
    locked: bool
    flags: frozenset[str]
    first: bool
    shielded: bool
    lines: list[Line] = field(default_factory=list)

    @property
    def foe_side(self) -> str:
        """Which player the foe is."""
        return FOE[self.side]

    @property
    def own(self) -> Half:
        """The user's half before the step."""
        return self.moment.before[self.side]

    @property
    def foe(self) -> Half:
        """The foe's half before the step."""
        return self.moment.before[FOE[self.side]]

    @property
    def own_next(self) -> Half:
        """The user's half after the step."""
        return self.moment.after[self.side]

    @property
    def foe_next(self) -> Half:
        """The foe's half after the step."""
        return self.moment.after[FOE[self.side]]

    @property
    def missed(self) -> bool:
        """Whether the log says that it missed."""
        return any(line[0] == "-miss" for line in self.lines)

    @property
    def fails(self) -> bool:
        """Whether the log says that it failed, or that its target is immune or gone."""
        return "[notarget]" in self.flags or any(line[0] in ("-fail", "-immune", "-notarget") for line in self.lines)

    @property
    def prepares(self) -> bool:
        """Whether this is the first of two turns."""
        return any(line[0] == "-prepare" for line in self.lines)

    @property
    def landed(self) -> bool:
        """Whether it came to its effect, if only to none."""
        return not (self.missed or self.fails or self.prepares)

    def on_foe(self, kind: str, *words: str) -> Line | None:
        """Return the first line of a kind about the foe whose next words begin so."""
        return find_line(self.lines, kind, FOE[self.side], words)

    def on_own(self, kind: str, *words: str) -> Line | None:
        """Return the first line of a kind about the user whose next words begin so."""
        return find_line(self.lines, kind, self.side, words)

    @property
    def damage(self) -> Line | None:
        """The line of the damage that it did to the foe."""
        return next((line for line in self.lines if line[0] == "-damage" and line[1].startswith(FOE[self.side]) and len(line) == 3), None)

    @property
    def knocks_out(self) -> bool:
        """Whether its damage brought the foe to 0."""
        return any(
            line[0] == "-damage" and line[1].startswith(FOE[self.side]) and line[2] == "0 fnt" and len(line) == 3 for line in self.lines
        )


def find_line(lines: Sequence[Line], kind: str, side: str, words: Sequence[str] = ()) -> Line | None:
    """Return the first line of a kind about a player's Pokemon whose next words begin so."""
    for line in lines:
        if line[0] == kind and line[1].startswith(side) and all(word in line[2:] for word in words):
            return line
    return None


class Moment:
    """One step: `before` and `after` by player, `lines` of the log, and how the battle stands."""

    def __init__(self, before: Mapping[str, Any], after: Mapping[str, Any], events: Sequence[str]) -> None:
        self.before = {side: Half(before[side]) for side in SIDES}
        self.after = {side: Half(after[side]) for side in SIDES}
        self.turn, self.winner = (int(after["turn"]), int(after["winner"]))
        self.lines: list[Line] = [tuple(event.split("|")) for event in events]

    @cached_property
    def _lines_about(self) -> Mapping[tuple[str, str], list[Line]]:
        found: dict[tuple[str, str], list[Line]] = {}
        for line in self.lines:
            found.setdefault((line[0], line[1][:2] if len(line) > 1 else ""), []).append(line)
        return found

    def says(self, kind: str, side: str, *words: str) -> bool:
        """Whether a line of a kind is about a player's Pokemon, and has these words."""
        lines = self._lines_about.get((kind, side))
        return lines is not None and any(all(word in line[2:] for word in words) for line in lines)

    def switches(self, side: str) -> bool:
        """Whether a player's Pokemon came."""
        return self.says("switch", side)

    @cached_property
    def uses(self) -> list[Use]:
        """The uses of moves, in order."""
        uses: list[Use] = []
        open_use: Use | None = None
        acted: set[str] = set()
        shields = {side for side in SIDES if self.before[side].volatile["substitute"]}
        for line in self.lines:
            started = self._begin(line, acted, shields)
            if started is not None:
                open_use = started
                uses.append(started)
            elif line[0] in ACTS:
                open_use = None
            elif open_use is not None:
                open_use.lines.append(line)
            if line[0] in ACTS:
                acted.add("switch" if line[0] == "switch" else line[1][:2])
            if line[0] == "switch" or (line[0] == "-end" and "Substitute" in line):
                shields.discard(line[1][:2])
            elif line[0] == "-start" and "Substitute" in line:
                shields.add(line[1][:2])
        return uses

    def _begin(self, line: Line, acted: set[str], shields: set[str]) -> Use | None:
        if line[0] == "-end" and line[2:] == ("Bide",):
            side = line[1][:2]
            return Use(self, side, "Bide", "Bide", False, frozenset(), acted <= {side}, FOE[side] in shields)
        if line[0] != "move":
            return None
        side, name = line[1][:2], line[2]
        source = next((word[7:] for word in line[4:] if word.startswith("[from] ")), "")
        called = source if source in ("Metronome", "Mirror Move") and source != name else ""
        return Use(self, side, name, called, bool(source) and not called, frozenset(line[4:]), acted <= {side}, FOE[side] in shields)
