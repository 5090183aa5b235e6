"""Substitute against each effect."""

from __future__ import annotations

from itertools import pairwise

from . import facts
from .moments import FOE, Moment, Use
from .rules import SideRule, UseRule, these


def meets(use: Use) -> bool:
    """Return whether the move comes to a Substitute."""
    return use.shielded and not use.missed and not use.prepares


def lasts(use: Use) -> bool:
    """Return whether it hits a Substitute that lasts."""
    return meets(use) and use.on_foe("-activate", "Substitute", "[damage]") is not None and not breaks(use)


def breaks(use: Use) -> bool:
    """Return whether it hits a Substitute that breaks."""
    return meets(use) and use.on_foe("-end", "Substitute") is not None


def is_blocked(use: Use) -> bool:
    """Return whether a Substitute lets it fail."""
    return meets(use) and use.on_foe("-fail") is not None and use.foe.status == 0


def passes(use: Use, kind: str, *words: str) -> bool:
    """Return whether it has its effect in spite of a Substitute."""
    return meets(use) and use.on_foe(kind, *words) is not None


def strikes_in_confusion(moment: Moment, side: str, struck: bool) -> bool:
    """Return whether one behind a Substitute means to hit itself in its confusion, and strikes the foe's Substitute, or nothing."""
    for line, following in pairwise([*moment.lines, ("", "")]):
        if line[0] == "-activate" and line[1].startswith(side) and line[2:] == ("confusion",):
            moved = any(use.side == side for use in moment.uses) or moment.says("cant", side) or moment.says("-activate", side, "Bide")
            hit = following[0] in ("-activate", "-end") and following[1].startswith(FOE[side]) and "Substitute" in following
            return keeps(moment, side) and not moved and not moment.says("-damage", side, "[from] confusion") and hit == struck
    return False


def keeps(moment: Moment, side: str) -> bool:
    """Return whether a Pokemon has had a Substitute all the while."""
    return moment.before[side].volatile["substitute"] > 0 and not moment.switches(side) and not moment.says("-end", side, "Substitute")


def crashes(use: Use, struck: bool) -> bool:
    """Return whether a kick of one behind a Substitute misses, and its crash strikes the foe's Substitute, or nothing."""
    hit = use.on_foe("-activate", "Substitute") is not None or use.on_foe("-end", "Substitute") is not None
    return use.missed and keeps(use.moment, use.side) and use.on_own("-damage") is None and hit == struck


def is_hurt(moment: Moment, side: str, source: str) -> bool:
    """Return whether something hurts a Pokemon that has had a Substitute all the while."""
    return keeps(moment, side) and moment.says("-damage", side, f"[from] {source}")


def counters(use: Use) -> bool:
    """Return whether Counter answers a hit that a Substitute took in this step."""
    taken = any(other.side != use.side and other.on_foe("-activate", "Substitute") for other in use.moment.uses)
    return taken and use.damage is not None


USES = (
    UseRule("poison blocked", "a poisoning move fails against a Substitute", facts.POISONERS, is_blocked),
    UseRule("confusion blocked", "a confusing move fails against a Substitute", facts.CONFUSERS, is_blocked),
    UseRule("stages blocked", "a move that lowers a stage fails against a Substitute", facts.LOWERING, is_blocked),
    UseRule("sleep passes", "a Substitute does not keep sleep off", facts.SLEEPERS, lambda use: passes(use, "-status", "slp")),
    UseRule("paralysis passes", "a Substitute does not keep paralysis off", facts.PARALYSERS, lambda use: passes(use, "-status", "par")),
    UseRule("Leech Seed passes", "a Substitute does not keep Leech Seed off", these("Leech Seed"),
        lambda use: passes(use, "-start", "move: Leech Seed")),
    UseRule("Disable passes", "a Substitute does not keep Disable off", these("Disable"), lambda use: passes(use, "-start", "Disable")),
    UseRule("Transform passes", "Transform copies one behind a Substitute", these("Transform"),
        lambda use: meets(use) and use.on_own("-transform")),
    UseRule("Mimic passes", "Mimic copies from one behind a Substitute", these("Mimic"),
        lambda use: meets(use) and use.on_own("-start", "Mimic")),
    UseRule("Conversion passes", "Conversion copies from one behind a Substitute", these("Conversion"),
        lambda use: meets(use) and use.on_own("-start", "typechange")),
    UseRule("Substitute lasts", "a Substitute takes a hit and lasts", facts.DAMAGING, lasts),
    UseRule("Substitute breaks", "a Substitute breaks", facts.DAMAGING, breaks),
    UseRule("multi-hit stops", "a move of several hits stops where it breaks a Substitute", facts.MULTI_HITS, breaks),
    UseRule("explosion survived", "one who explodes survives by breaking a Substitute", facts.EXPLOSIONS,
        lambda use: breaks(use) and use.own_next.hp > 0),
    UseRule("explosion on Substitute", "one who explodes faints where the Substitute lasts", facts.EXPLOSIONS,
        lambda use: lasts(use) and use.own_next.hp == 0),
    UseRule("no recharge on break", "Hyper Beam that breaks a Substitute need not recharge", these("Hyper Beam"),
        lambda use: breaks(use) and not use.own_next.volatile["recharge"] and use.own_next.hp > 0),
    UseRule("recharge on Substitute", "Hyper Beam at a Substitute that lasts must recharge", these("Hyper Beam"),
        lambda use: lasts(use) and use.on_own("-mustrecharge")),
    UseRule("drain from Substitute", "a drain takes from a Substitute that lasts", facts.DRAINS,
        lambda use: lasts(use) and use.on_own("-heal", "[from] drain")),
    UseRule("no drain on break", "a drain that breaks a Substitute restores nothing", facts.DRAINS,
        lambda use: breaks(use) and not use.on_own("-heal")),
    UseRule("recoil from Substitute", "a hit at a Substitute that lasts recoils", facts.RECOILS,
        lambda use: lasts(use) and use.on_own("-damage", "[from] Recoil")),
    UseRule("no recoil on break", "a hit that breaks a Substitute does not recoil", facts.RECOILS,
        lambda use: breaks(use) and not use.on_own("-damage", "[from] Recoil")),
    UseRule("confused behind Substitute", "a hit at a Substitute that lasts confuses", facts.CONFUSING_HITS,
        lambda use: lasts(use) and use.on_foe("-start", "confusion")),
    UseRule("no secondary status", "a hit at a Substitute never has its secondary status", facts.SECONDARIES,
        lambda use: lasts(use) and not use.on_foe("-status")),
    UseRule("no secondary stage", "a hit at a Substitute never lowers a stage", facts.SECONDARY_STAGES,
        lambda use: lasts(use) and not use.on_foe("-unboost")),
    UseRule("trap through Substitute", "a trap holds one behind a Substitute", facts.TRAPS,
        lambda use: lasts(use) and use.own_next.volatile["trapping"] > 0),
    UseRule("OHKO at Substitute", "a one-hit move spends itself on a Substitute", facts.OHKO, breaks),
    UseRule("fixed damage at Substitute", "a Substitute takes fixed damage", facts.FIXED, lambda use: lasts(use) or breaks(use)),
    UseRule("Super Fang at Substitute", "Super Fang at a Substitute halves the HP behind it", these("Super Fang"),
        lambda use: lasts(use) or breaks(use)),
    UseRule("Bide at Substitute", "Bide's energy goes into a Substitute", these("Bide"),
        lambda use: use.called == "Bide" and (lasts(use) or breaks(use))),
    UseRule("Rage behind Substitute", "Rage does not build while a Substitute takes the hit", facts.DAMAGING,
        lambda use: lasts(use) and use.foe.volatile["rage"] and not use.on_foe("-boost")),
    UseRule("Haze keeps Substitute", "Haze takes no Substitute away", these("Haze"),
        lambda use: meets(use) and use.foe_next.volatile["substitute"] > 0),
    UseRule("Substitute too weak", "Substitute fails with less than a quarter of its HP", these("Substitute"),
        lambda use: use.on_own("-fail", "[weak]")),
    UseRule("Substitute twice", "Substitute fails behind a Substitute", these("Substitute"),
        lambda use: use.on_own("-fail", "move: Substitute") and not use.on_own("-fail", "[weak]")),
    UseRule("Substitute kills", "Substitute at exactly a quarter of its HP makes its user faint", these("Substitute"),
        lambda use: use.first and 4 * use.own.hp == use.own.maxhp and use.on_own("-start", "Substitute") and use.own_next.hp == 0),
    UseRule("crash strikes nothing", "one behind a Substitute whose kick misses is not hurt", facts.CRASHES,
        lambda use: crashes(use, False)),
    UseRule("crash strikes Substitute", "one behind a Substitute whose kick misses hits the foe's Substitute", facts.CRASHES,
        lambda use: crashes(use, True)),
    UseRule("Counter for Substitute", "Counter answers a hit that a Substitute took", these("Counter"), counters),
)  # fmt: skip

STEPS = (
    SideRule(
        "confusion strikes nothing",
        "one behind a Substitute that means to hit itself is not hurt",
        lambda moment, side: strikes_in_confusion(moment, side, False),
    ),
    SideRule(
        "confusion strikes Substitute",
        "one behind a Substitute that means to hit itself hits the Substitute of the foe",
        lambda moment, side: strikes_in_confusion(moment, side, True),
    ),
    SideRule("poison behind Substitute", "poison hurts one behind a Substitute", lambda moment, side: is_hurt(moment, side, "psn")),
    SideRule("burn behind Substitute", "a burn hurts one behind a Substitute", lambda moment, side: is_hurt(moment, side, "brn")),
    SideRule("seed behind Substitute", "Leech Seed saps one behind a Substitute", lambda moment, side: is_hurt(moment, side, "Leech Seed")),
)
