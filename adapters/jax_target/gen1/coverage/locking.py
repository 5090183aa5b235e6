"""Moves that last: recharge, Bide, Rage, Thrash, moves of two turns, and what meets them."""

from __future__ import annotations

from . import facts
from .moments import Moment, Use
from .rules import SideRule, UseRule, these


def sleeps_in_recharge(use: Use) -> bool:
    """Return whether one who must recharge is put to sleep, and need not any more."""
    return use.first and use.foe.volatile["recharge"] > 0 and use.on_foe("-status", "slp") is not None


def builds(use: Use) -> bool:
    """Return whether the foe's rage builds."""
    return use.on_foe("-boost", "atk", "[from] Rage") is not None


def releases(use: Use) -> bool:
    """Return whether Bide lets its energy go."""
    return use.called == "Bide"


def ends_charge(moment: Moment, side: str, kind: str, *words: str) -> bool:
    """Return whether a move of two turns ends before its second."""
    charged, charges = moment.before[side].volatile["two_turn_move"], moment.after[side].volatile["two_turn_move"]
    return charged > 0 and charges == 0 and moment.says(kind, side, *words) and moment.after[side].hp > 0


def stays_hidden(moment: Moment, side: str) -> bool:
    """Return whether one who was fully paralysed under ground or in the air cannot be hit although it does not come back."""
    after = moment.after[side].volatile
    return ends_charge(moment, side, "cant", "par") and after["invulnerable"] > 0


def ends_lock(moment: Moment, side: str, kind: str, *words: str) -> bool:
    """Return whether Thrash or Petal Dance ends before its time."""
    locked, locks = moment.before[side].volatile["locked_move"], moment.after[side].volatile["locked_move"]
    return locked > 0 and locks == 0 and moment.says(kind, side, *words) and moment.after[side].hp > 0


def ends_bide(moment: Moment, side: str, kind: str, *words: str) -> bool:
    """Return whether Bide ends before its time."""
    bided, bides = moment.before[side].volatile["bide"], moment.after[side].volatile["bide"]
    return bided > 0 and bides == 0 and moment.says(kind, side, *words) and moment.after[side].hp > 0 and not moment.switches(side)


def waits_hidden(use: Use) -> bool:
    """Return whether the foe has dug or flown."""
    return use.first and use.foe.volatile["invulnerable"] > 0


USES = (
    UseRule("recharge", "Hyper Beam makes its user recharge", these("Hyper Beam"), lambda use: use.own_next.volatile["recharge"] > 0),
    UseRule("no recharge on knock out", "Hyper Beam that knocks out needs no recharge", these("Hyper Beam"),
        lambda use: use.knocks_out and use.own_next.hp > 0 and not use.own_next.volatile["recharge"]),
    UseRule("no recharge on miss", "Hyper Beam that misses needs no recharge", these("Hyper Beam"),
        lambda use: use.missed and not use.own_next.volatile["recharge"]),
    UseRule("sleep under recharge", "one who must recharge is put to sleep, and need not any more", facts.SLEEPERS,
        lambda use: sleeps_in_recharge(use) and use.foe_next.volatile["recharge"] == 0),
    UseRule("sleep over a status", "one who must recharge is put to sleep over another status", facts.SLEEPERS,
        lambda use: sleeps_in_recharge(use) and use.foe.status not in (0, facts.SLEEP)),
    UseRule("freeze under recharge", "one who must recharge freezes", facts.FREEZERS,
        lambda use: use.first and use.foe.volatile["recharge"] > 0 and use.on_foe("-status", "frz")),
    UseRule("flinch under recharge", "one who must recharge flinches, and need not any more", facts.FLINCHERS,
        lambda use: use.first and use.foe.volatile["recharge"] > 0 and use.foe_next.volatile["recharge"] == 0 and use.foe_next.hp > 0
        and not use.moment.says("cant", use.foe_side, "recharge")),
    UseRule("Bide starts", "Bide begins", these("Bide"), lambda use: use.on_own("-start", "Bide")),
    UseRule("Bide hits", "Bide gives back twice what was stored", these("Bide"), lambda use: releases(use) and use.damage),
    UseRule("Bide fails", "Bide fails with nothing stored", these("Bide"), lambda use: releases(use) and use.on_own("-fail")),
    UseRule("Bide knocks out", "Bide's energy knocks out", these("Bide"), lambda use: releases(use) and use.knocks_out),
    UseRule("Bide finds the hidden", "Bide's energy hits one who has dug or flown", these("Bide"),
        lambda use: releases(use) and waits_hidden(use) and use.damage),
    UseRule("Bide stores fixed damage", "Bide stores fixed damage", facts.FIXED,
        lambda use: use.first and use.foe.volatile["bide"] > 0 and use.foe_next.volatile["bide_damage"] > use.foe.volatile["bide_damage"]),
    UseRule("Rage builds", "Rage builds by a hit", facts.DAMAGING - facts.EXPLOSIONS, builds),
    UseRule("Rage builds by Disable", "Rage builds by Disable", these("Disable"), builds),
    UseRule("Rage builds by a missed Disable", "Rage builds by Disable that misses or fails", these("Disable"),
        lambda use: builds(use) and (use.missed or use.fails)),
    UseRule("Rage builds by an explosion", "Rage builds by a move that its user faints of", facts.EXPLOSIONS, builds),
    UseRule("Rage builds twice", "Rage builds by each hit of a move", facts.MULTI_HITS,
        lambda use: sum(line[0] == "-boost" and "[from] Rage" in line for line in use.lines) > 1),
    UseRule("Rage loses accuracy", "the accuracy of Rage is kept from turn to turn, and changed again", these("Rage"),
        lambda use: 0 < use.own_next.volatile["rage"] < 255 and 0 < use.own.volatile["rage"] != use.own_next.volatile["rage"]),
    UseRule("thrash goes on", "Thrash or Petal Dance goes on", facts.THRASHES, lambda use: use.locked and use.own.volatile["locked_move"]),
    UseRule("thrash confuses", "Thrash or Petal Dance ends in confusion", facts.THRASHES,
        lambda use: use.locked and use.on_own("-start", "confusion", "[silent]")),
    UseRule("thrash confuses the confused", "Thrash or Petal Dance confuses one anew who is confused", facts.THRASHES,
        lambda use: use.on_own("-start", "confusion", "[silent]") and use.own.volatile["confusion"] > 1),
    UseRule("thrash misses", "Thrash or Petal Dance goes on after a miss", facts.THRASHES,
        lambda use: use.missed and use.own_next.volatile["locked_move"]),
    UseRule("thrash loses accuracy", "the accuracy of Thrash is kept from turn to turn, and changed again", facts.THRASHES,
        lambda use: use.locked and use.own_next.volatile["locked_move"]
        and use.own.volatile["locked_accuracy"] != use.own_next.volatile["locked_accuracy"]),
    UseRule("charge", "a move of two turns begins", facts.CHARGES, lambda use: use.prepares),
    UseRule("release", "a move of two turns hits in its second", facts.CHARGES,
        lambda use: use.locked and use.own.volatile["two_turn_move"] and use.damage),
    UseRule("release misses", "a move of two turns misses in its second", facts.CHARGES,
        lambda use: use.locked and use.own.volatile["two_turn_move"] and use.missed),
    UseRule("hidden missed", "one who has dug or flown is missed", None, lambda use: waits_hidden(use) and use.missed),
    UseRule("Swift finds the hidden", "Swift hits one who has dug or flown", these("Swift"), lambda use: waits_hidden(use) and use.damage),
    UseRule("OHKO misses the hidden", "a one-hit move misses one who has dug or flown", facts.OHKO,
        lambda use: waits_hidden(use) and use.missed),
    UseRule("explosion misses the hidden", "one who explodes faints although the foe has dug or flown", facts.EXPLOSIONS,
        lambda use: waits_hidden(use) and use.missed and use.own_next.hp == 0),
    UseRule("both hidden", "both have dug or flown", facts.DIVES,
        lambda use: use.prepares and use.first and use.foe.volatile["invulnerable"]),
)  # fmt: skip

STEPS = (
    SideRule("must recharge", "one who must recharge does", lambda moment, side: moment.says("cant", side, "recharge")),
    SideRule("charge ends by paralysis", "full paralysis ends a move of two turns",
        lambda moment, side: ends_charge(moment, side, "cant", "par")),
    SideRule("charge ends by confusion", "one who hits itself in its confusion ends a move of two turns",
        lambda moment, side: ends_charge(moment, side, "-damage", "[from] confusion")),
    SideRule("charge ends by Disable", "Disable ends a move of two turns",
        lambda moment, side: ends_charge(moment, side, "cant", "Disable")),
    SideRule("hidden for ever", "full paralysis leaves one hidden who does not come back", stays_hidden),
    SideRule("thrash ends by paralysis", "full paralysis ends Thrash or Petal Dance",
        lambda moment, side: ends_lock(moment, side, "cant", "par")),
    SideRule("thrash ends by confusion", "one who hits itself in its confusion ends Thrash or Petal Dance",
        lambda moment, side: ends_lock(moment, side, "-damage", "[from] confusion")),
    SideRule("Bide ends by paralysis", "full paralysis ends Bide", lambda moment, side: ends_bide(moment, side, "cant", "par")),
    SideRule("Bide ends by confusion", "one who hits itself in its confusion ends Bide",
        lambda moment, side: ends_bide(moment, side, "-damage", "[from] confusion")),
    SideRule("Bide switched", "one who bides is switched out",
        lambda moment, side: moment.before[side].volatile["bide"] > 0 and moment.switches(side) and moment.before[side].hp > 0),
    SideRule("Bide disabled", "Disable keeps Bide from going on",
        lambda moment, side: moment.before[side].volatile["bide"] > 0 and moment.says("cant", side, "Disable")),
    SideRule("Bide asleep", "one who bides falls asleep",
        lambda moment, side: moment.before[side].volatile["bide"] > 0 and moment.says("-status", side, "slp")),
)  # fmt: skip
