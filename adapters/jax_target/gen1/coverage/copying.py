"""Transform, Mimic, Metronome and Mirror Move."""

from __future__ import annotations

from . import facts
from .moments import FOE, Moment, Use
from .rules import SideRule, UseRule, these

SPECIAL = (
    *sorted(facts.CHARGES | facts.TRAPS | facts.THRASHES | facts.EXPLOSIONS),
    *("Metronome", "Mirror Move", "Mimic", "Transform", "Disable", "Counter", "Bide", "Rage", "Hyper Beam", "Substitute", "Rest", "Haze"),
    *("Conversion", "Leech Seed", "Struggle", "Mist", "Focus Energy", "Recover", "Dream Eater", "Night Shade", "Super Fang"),
)


def transformed(use: Use) -> bool:
    """Return whether the user was transformed before the step, and stayed."""
    return use.own.active["transformed"] == 1 and not use.moment.switches(use.side) and not use.called


def after_transform(move: str) -> UseRule:
    """Return the rule that a transformed Pokemon uses a move."""
    return UseRule(f"Transform then {move}", f"a transformed Pokemon uses {move}", these(move), transformed)


def is_virtual(use: Use) -> bool:
    """Return whether Mimic lent the move, and no Transform."""
    own = use.own.active
    lent = [number for number, virtual in zip(own["moves"], own["virtual"], strict=True) if virtual]
    return not use.called and not own["transformed"] and not use.moment.switches(use.side) and facts.NUMBERS[use.name] in lent


def mimics(use: Use) -> bool:
    """Return whether Mimic took a move."""
    return use.on_own("-start", "Mimic") is not None


def copies_stages(use: Use) -> bool:
    """Return whether Transform copies stages that are not 0."""
    return use.first and use.on_own("-transform") is not None and any(use.foe.active["boosts"])


def returns(moment: Moment, side: str) -> bool:
    """Return whether a transformed Pokemon is switched out."""
    before = moment.before[side]
    return before.active["transformed"] == 1 and moment.switches(side) and before.tree["hp"][before.place] > 0


def keeps_pp(moment: Moment, side: str) -> bool:
    """Return whether Metronome or Mirror Move gives PP to the slot of its own that Transform hides."""
    before, after = (each[side].tree for each in (moment.before, moment.after))
    place = before["active"]
    grown = [new > old for old, new in zip(before["pp"][place], after["pp"][place], strict=True)]
    return before["active_pokemon"]["transformed"] == 1 and after["active"] == place and any(grown)


def is_short(moment: Moment, side: str) -> bool:
    """Return whether the slot selected last is gone, and the Pokemon may not choose: Showdown takes no move of it."""
    half, before = moment.after[side], moment.before[side]
    bound = half.status in (facts.SLEEP, facts.FREEZE)
    return half.tree["request"] == 1 and bound and half.tree["selected_slot"] >= len(half.moves) and before.tree["request"] == 1


def calls(use: Use, caller: str) -> bool:
    """Return whether a caller brought this move about."""
    return use.called == caller


def chains(use: Use, caller: str) -> bool:
    """Return whether another caller calls this one."""
    return use.called not in ("", caller)


USES = (
    *map(after_transform, SPECIAL),
    UseRule("Transform twice", "one copies a Pokemon that is transformed", these("Transform"),
        lambda use: use.first and use.foe.active["transformed"] and use.on_own("-transform")),
    UseRule("Transform hits the hidden", "Transform finds one who has dug or flown", these("Transform"),
        lambda use: use.first and use.foe.volatile["invulnerable"] and use.on_own("-transform")),
    UseRule("Transform copies stages", "Transform copies stages", these("Transform"), copies_stages),
    UseRule("Transform into fewer slots", "one copies a Pokemon that knows fewer moves", these("Transform"),
        lambda use: use.first and use.on_own("-transform") and len(use.foe.moves) < len(use.own.moves)),
    UseRule("Transform of a mimic", "Transform copies a slot that Mimic lent", these("Transform"),
        lambda use: use.first and use.on_own("-transform") and not use.foe.active["transformed"] and any(use.foe.active["virtual"])),
    UseRule("Mimic used", "a move that Mimic lent is used", None, is_virtual),
    UseRule("Mimic twice", "a move that Mimic lent is Mimic", these("Mimic"), lambda use: mimics(use) and is_virtual(use)),
    UseRule("Mimic by Metronome", "Metronome calls Mimic, which takes Metronome's slot", these("Mimic"),
        lambda use: mimics(use) and calls(use, "Metronome")),
    UseRule("Mimic by Mirror Move", "Mirror Move calls Mimic, which takes its slot", these("Mimic"),
        lambda use: mimics(use) and calls(use, "Mirror Move")),
    UseRule("Mimic misses the hidden", "Mimic misses one who has dug or flown", these("Mimic"),
        lambda use: use.first and use.missed and use.foe.volatile["invulnerable"]),
    UseRule("Metronome calls a trap", "Metronome calls a trap that holds", facts.TRAPS,
        lambda use: calls(use, "Metronome") and use.own_next.volatile["trapping"]),
    UseRule("Metronome calls two turns", "Metronome calls a move of two turns", facts.CHARGES,
        lambda use: calls(use, "Metronome") and use.prepares),
    UseRule("Metronome calls Mirror Move", "Metronome calls Mirror Move", these("Mirror Move"), lambda use: calls(use, "Metronome")),
    UseRule("Metronome calls Transform", "Metronome calls Transform", these("Transform"),
        lambda use: calls(use, "Metronome") and use.on_own("-transform")),
    UseRule("Metronome calls Bide", "Metronome calls Bide", these("Bide"), lambda use: calls(use, "Metronome")),
    UseRule("Metronome calls Rage", "Metronome calls Rage, which locks", these("Rage"),
        lambda use: calls(use, "Metronome") and use.own_next.volatile["rage"]),
    UseRule("Metronome calls Counter", "Metronome calls Counter", these("Counter"), lambda use: calls(use, "Metronome")),
    UseRule("Metronome calls Disable", "Metronome calls Disable", these("Disable"), lambda use: calls(use, "Metronome")),
    UseRule("Metronome calls Hyper Beam", "Metronome calls Hyper Beam, and its user recharges", these("Hyper Beam"),
        lambda use: calls(use, "Metronome") and use.on_own("-mustrecharge")),
    UseRule("Metronome calls a thrash", "Metronome calls Thrash or Petal Dance, which locks", facts.THRASHES,
        lambda use: calls(use, "Metronome") and use.own_next.volatile["locked_move"]),
    UseRule("Metronome calls an explosion", "Metronome calls a move that its user faints of", facts.EXPLOSIONS,
        lambda use: calls(use, "Metronome") and use.own_next.hp == 0),
    UseRule("Mirror Move copies", "Mirror Move copies the move that the foe used last", None, lambda use: calls(use, "Mirror Move")),
    UseRule("Mirror Move of nothing", "Mirror Move fails where the foe has used nothing", these("Mirror Move"),
        lambda use: use.first and use.foe.active["last_move"] == 0 and use.on_own("-fail")),
    UseRule("Mirror Move of Mirror Move", "Mirror Move fails where the foe used Mirror Move last", these("Mirror Move"),
        lambda use: use.first and use.foe.active["last_move"] == facts.NUMBERS["Mirror Move"] and use.on_own("-fail")),
    UseRule("Mirror Move copies Metronome", "Mirror Move copies Metronome, and calls what that calls", None,
        lambda use: calls(use, "Metronome") and any(other.called == "Mirror Move"
        and other.name == "Metronome" for other in use.moment.uses)),
    UseRule("Mirror Move copies a trap", "Mirror Move copies a trap that holds", facts.TRAPS,
        lambda use: calls(use, "Mirror Move") and use.own_next.volatile["trapping"]),
    UseRule("Mirror Move copies two turns", "Mirror Move copies a move of two turns", facts.CHARGES,
        lambda use: calls(use, "Mirror Move") and use.prepares),
    UseRule("Mirror Move copies a thrash", "Mirror Move copies Thrash or Petal Dance, which locks", facts.THRASHES,
        lambda use: calls(use, "Mirror Move") and use.own_next.volatile["locked_move"]),
    UseRule("Mirror Move copies Transform", "Mirror Move copies Transform", these("Transform"),
        lambda use: calls(use, "Mirror Move") and use.on_own("-transform")),
    UseRule("Conversion", "Conversion takes the foe's types", these("Conversion"),
        lambda use: use.first and use.on_own("-start", "typechange") and use.own.types != use.own_next.types),
)  # fmt: skip

STEPS = (
    SideRule("Transform ends", "a transformed Pokemon is switched out and is itself again", returns),
    SideRule("Transform hides PP", "Metronome or Mirror Move of a transformed Pokemon gives PP to its own hidden slot", keeps_pp),
    SideRule("slot gone in sleep", "a transformed Pokemon falls asleep or freezes with the slot selected last gone", is_short),
    SideRule("Mimic ends", "a Pokemon that mimicked is switched out",
        lambda moment, side: moment.switches(side) and not moment.before[side].active["transformed"]
        and any(moment.before[side].active["virtual"]) and moment.before[side].hp > 0),
    SideRule("both transformed", "two transformed Pokemon face each other",
        lambda moment, side: side == "p1" and all(moment.after[each].active["transformed"] for each in (side, FOE[side]))),
)  # fmt: skip
