"""Traps, and who switches, misses, faints or is called under them."""

from __future__ import annotations

from . import facts
from .moments import FOE, Moment, Use
from .rules import SideRule, UseRule


def goes_on(use: Use) -> bool:
    """Return whether the trap was set before the step."""
    return use.own.volatile["trapping"] > 0 and use.locked


def meets_newcomer(use: Use) -> bool:
    """Return whether the trap goes on against one who has just come in the place of the trapped."""
    return use.own.volatile["trapping"] > 0 and use.moment.switches(FOE[use.side]) and not use.called


def underflows(use: Use) -> bool:
    """Return whether a trap that is forced on at 0 PP is left with 63."""
    before, after = (list(half.active["pp"]) for half in (use.own, use.own_next))
    return meets_newcomer(use) and any(old == 0 and new == 63 for old, new in zip(before, after, strict=True))


def cancels_recharge(use: Use, missed: bool) -> bool:
    """Return whether a trap takes the foe's recharge away, by a hit or a miss."""
    recharged = use.first and use.foe.volatile["recharge"] > 0 and use.foe_next.volatile["recharge"] == 0
    return recharged and use.missed == missed and use.foe_next.hp > 0


def repeats(use: Use) -> bool:
    """Return whether a trap that goes on does the damage of its first hit."""
    return goes_on(use) and use.damage is not None and use.own.volatile["trapping_damage"] > 0 and use.own.volatile["trapping"] > 0


def ends_by(moment: Moment, side: str, kind: str, *words: str) -> bool:
    """Return whether the trapper's own trouble ends the trap."""
    had, has = moment.before[side].volatile["trapping"], moment.after[side].volatile["trapping"]
    return had > 0 and has == 0 and moment.after[side].hp > 0 and moment.says(kind, side, *words) and not moment.switches(side)


def is_held(moment: Moment, side: str) -> bool:
    """Return whether a trap keeps a Pokemon from moving."""
    return moment.says("cant", side, "partiallytrapped")


def suffers(moment: Moment, side: str, source: str) -> bool:
    """Return whether something hurts a Pokemon that a trap keeps from moving."""
    return is_held(moment, side) and moment.says("-damage", side, f"[from] {source}")


def leaves(moment: Moment, side: str) -> bool:
    """Return whether the trapper is switched out, while its foe is held."""
    return moment.before[side].volatile["trapping"] > 0 and moment.switches(side) and moment.before[side].hp > 0


def calls_again(moment: Moment, side: str) -> bool:
    """Return whether one whose trap was called by Metronome uses Metronome anew, since the trapped was switched."""
    again = any(use.side == side and use.name == "Metronome" for use in moment.uses)
    return moment.before[side].volatile["trapping"] > 0 and moment.switches(FOE[side]) and again


USES = (
    UseRule("trap goes on", "a trap goes on by itself", facts.TRAPS, goes_on),
    UseRule("trap repeats its damage", "a trap that goes on does the damage of its first hit", facts.TRAPS, repeats),
    UseRule("trap starts", "a trap holds", facts.TRAPS,
        lambda use: use.own.volatile["trapping"] == 0 and use.own_next.volatile["trapping"] > 0),
    UseRule("trap of five turns", "a trap lasts its longest", facts.TRAPS, lambda use: use.own_next.volatile["trapping_total"] == 5),
    UseRule("trap misses", "a trap misses", facts.TRAPS, lambda use: use.missed and use.own.volatile["trapping"] == 0),
    UseRule("trap against a newcomer", "a trap goes on against one who came for the trapped", facts.TRAPS, meets_newcomer),
    UseRule("trap misses a newcomer", "a trap misses one who came for the trapped, and ends", facts.TRAPS,
        lambda use: meets_newcomer(use) and use.missed),
    UseRule("trap at 0 PP", "a trap that goes on at 0 PP is left with 63", facts.TRAPS, underflows),
    UseRule("trap cancels recharge", "a trap that hits takes the foe's recharge away", facts.TRAPS,
        lambda use: cancels_recharge(use, False)),
    UseRule("missed trap cancels recharge", "a trap that misses takes the foe's recharge away", facts.TRAPS,
        lambda use: cancels_recharge(use, True)),
    UseRule("trap on a ghost", "a Normal trap holds a ghost without hurting it", facts.NORMAL_TRAPS,
        lambda use: use.first and facts.TYPE_NUMBERS["Ghost"] in use.foe.types and use.own_next.volatile["trapping"] > 0
        and use.damage is not None and use.damage[2].startswith(f"{use.foe.hp}/")),
    UseRule("trap knocks out", "the trapped faints, and the trap ends", facts.TRAPS, lambda use: goes_on(use) and use.knocks_out),
    UseRule("trap on a sleeper", "a trap holds one who sleeps", facts.TRAPS,
        lambda use: use.first and use.foe.status == facts.SLEEP and use.own_next.volatile["trapping"] > 0),
    UseRule("trap misses the hidden", "a trap misses one who has dug or flown", facts.TRAPS,
        lambda use: use.first and use.foe.volatile["invulnerable"] and use.missed),
    UseRule("trap on Bide", "a trap holds one who bides", facts.TRAPS,
        lambda use: use.foe.volatile["bide"] > 0 and use.own_next.volatile["trapping"] > 0),
)  # fmt: skip

STEPS = (
    SideRule("held", "a trap keeps a Pokemon from moving", is_held),
    SideRule("trapped switches", "the trapped is switched out",
        lambda moment, side: moment.before[side].volatile["trapped"] > 0 and moment.switches(side) and moment.before[side].hp > 0),
    SideRule("trapper switches", "the trapper is switched out", leaves),
    SideRule("held by nobody", "a trap keeps a Pokemon from moving in the turn its trapper is switched",
        lambda moment, side: is_held(moment, side) and moment.switches(FOE[side])),
    SideRule("trap ends by paralysis", "full paralysis ends a trap", lambda moment, side: ends_by(moment, side, "cant", "par")),
    SideRule("trap ends by confusion", "one who hits itself in its confusion lets go",
        lambda moment, side: ends_by(moment, side, "-damage", "[from] confusion")),
    SideRule("held and poisoned", "poison hurts one whom a trap holds", lambda moment, side: suffers(moment, side, "psn")),
    SideRule("held and burned", "a burn hurts one whom a trap holds", lambda moment, side: suffers(moment, side, "brn")),
    SideRule("held and seeded", "Leech Seed saps one whom a trap holds", lambda moment, side: suffers(moment, side, "Leech Seed")),
    SideRule("trap ended unseen", "a trap has ended, which neither player can tell",
        lambda moment, side: moment.after[side].volatile["fake_trapped"] > 0),
    SideRule("lock hidden", "a player is not told whether its Pokemon is locked",
        lambda moment, side: moment.after[side].active["maybe_locked"] == 1),
    SideRule("hidden lock tried", "one whose lock is hidden chooses a move and is held",
        lambda moment, side: moment.before[side].active["maybe_locked"] == 1 and is_held(moment, side)),
    SideRule("Metronome's trap and a switch", "one whose trap Metronome called uses Metronome again when the trapped is switched",
        calls_again),
)  # fmt: skip
