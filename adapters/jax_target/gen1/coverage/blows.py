"""Counter against each category, moves with rules of their own, stages, screens and critical hits."""

from __future__ import annotations

from . import facts
from .moments import Use
from .rules import UseRule, these

STAT_NAMES = ("atk", "def", "spe", "spa")
CAP, FLOOR_STAGE = 1024, -6
NORMAL_OR_FIGHTING = facts.which("type", facts.TYPE_NUMBERS["Normal"], facts.TYPE_NUMBERS["Fighting"])


def answered(use: Use) -> Use | None:
    """Return the foe's use before this one in the step."""
    earlier = None
    for other in use.moment.uses:
        if other is use:
            return earlier
        if other.side != use.side:
            earlier = other
    return None


def counters(use: Use, *types: str) -> bool:
    """Return whether Counter answers a hit of one of these types in the same step."""
    other = answered(use)
    hit = other is not None and other.damage is not None and facts.TYPES[facts.column(other.name, "type")] in types
    return hit and use.damage is not None


def fails_against(use: Use, moves: frozenset[str]) -> bool:
    """Return whether Counter fails after one of these moves came to its effect."""
    other = answered(use)
    return other is not None and other.name in moves and other.landed and use.on_own("-fail") is not None


def answers(use: Use, moves: frozenset[str]) -> bool:
    """Return whether Counter gives back the damage of one of these moves."""
    other = answered(use)
    return other is not None and other.name in moves and other.damage is not None and use.damage is not None


def overflows(use: Use) -> bool:
    """Return whether a stat at its cap is raised and lowered by one at once."""
    return any(use.on_own("-boost", stat) and use.on_own("-unboost", stat) for stat in STAT_NAMES)


def underflows(use: Use) -> bool:
    """Return whether a stat at 1 is lowered and raised by one at once."""
    return any(use.on_foe("-unboost", stat) and use.on_foe("-boost", stat) for stat in STAT_NAMES)


def rolls_over(use: Use) -> bool:
    """Return whether a screen takes a stat beyond what a byte holds."""
    screen, stat = ("reflect", 1) if use.name in facts.PHYSICAL else ("light_screen", 3)
    return (
        use.first
        and use.damage is not None
        and bool(use.foe.volatile[screen])
        and 2 * use.foe.active["modified"][stat] >= CAP
        and not is_critical(use)
    )


def is_critical(use: Use) -> bool:
    """Return whether it was a critical hit."""
    return use.on_foe("-crit") is not None


def does_nothing(use: Use) -> bool:
    """Return whether a hit takes no HP, being resisted twice."""
    return use.first and use.damage is not None and use.on_foe("-resisted") is not None and use.damage[2].split("/")[0] == str(use.foe.hp)


def spares_no_type(use: Use) -> bool:
    """Return whether fixed damage hits one who is immune to the type."""
    immune = ("Ghost",) if facts.TYPES[facts.column(use.name, "type")] in ("Normal", "Fighting") else ("Normal", "Psychic")
    return use.first and use.damage is not None and any(facts.TYPE_NUMBERS[name] in use.foe.types for name in immune)


def crashes(use: Use) -> bool:
    """Return whether its user is hurt by its failure."""
    return use.on_own("-damage") is not None


USES = (
    UseRule("Counter against Normal", "Counter gives back a Normal hit", these("Counter"), lambda use: counters(use, "Normal")),
    UseRule("Counter against Fighting", "Counter gives back a Fighting hit", these("Counter"), lambda use: counters(use, "Fighting")),
    UseRule("Counter against other types", "Counter fails against a physical hit of another type", these("Counter"),
        lambda use: fails_against(use, facts.PHYSICAL - NORMAL_OR_FIGHTING)),
    UseRule("Counter against special hits", "Counter fails against a special hit", these("Counter"),
        lambda use: fails_against(use, facts.SPECIAL)),
    UseRule("Counter against status moves", "Counter fails against a move without damage", these("Counter"),
        lambda use: fails_against(use, facts.STATUS_MOVES)),
    UseRule("Counter against Counter", "Counter fails against Counter", these("Counter"),
        lambda use: use.foe_next.tree["selected"] == facts.NUMBERS["Counter"] and use.on_own("-fail")),
    UseRule("Counter against a miss", "Counter fails after a miss", these("Counter"),
        lambda use: (other := answered(use)) is not None and other.missed and use.on_own("-fail")),
    UseRule("Counter against fixed damage", "Counter gives back fixed damage of its types", these("Counter"),
        lambda use: answers(use, facts.FIXED)),
    UseRule("Counter against Night Shade", "Counter fails against Night Shade", these("Counter"),
        lambda use: fails_against(use, these("Night Shade"))),
    UseRule("Counter against several hits", "Counter gives back the last hit of several", these("Counter"),
        lambda use: answers(use, facts.MULTI_HITS)),
    UseRule("Counter against Struggle", "Counter gives back Struggle", these("Counter"), lambda use: answers(use, these("Struggle"))),
    UseRule("Counter against Bide", "Counter meets Bide's energy", these("Counter"),
        lambda use: (other := answered(use)) is not None and other.called == "Bide"),
    UseRule("Counter after a switch", "Counter gives back to one who has just come", these("Counter"),
        lambda use: use.moment.switches(use.foe_side) and use.damage),
    UseRule("Counter of an old hit", "Counter gives back a hit of an earlier turn to one who does not move", these("Counter"),
        lambda use: use.moment.says("cant", use.foe_side) and use.damage),
    UseRule("Counter misses", "Counter misses", these("Counter"), lambda use: use.missed),
    UseRule("Counter knocks out", "Counter knocks out", these("Counter"), lambda use: use.knocks_out),
    UseRule("one-hit move", "a one-hit move knocks out", facts.OHKO, lambda use: ("-ohko",) in use.lines and use.knocks_out),
    UseRule("one-hit move too slow", "a one-hit move fails against one who is faster", facts.OHKO,
        lambda use: use.on_foe("-immune", "[ohko]")),
    UseRule("fixed damage on the immune", "fixed damage hits one whose type is immune", facts.FIXED - these("Dragon Rage", "Psywave"),
        spares_no_type),
    UseRule("Psywave of level 1", "Psywave of a Pokemon of level 1 fails", these("Psywave"),
        lambda use: use.first and use.own.level == 1 and use.landed and use.damage is None and not use.foe.volatile["substitute"]),
    UseRule("Dream Eater", "Dream Eater eats of one who sleeps", these("Dream Eater"), lambda use: use.damage),
    UseRule("Dream Eater awake", "Dream Eater fails against one who is awake", these("Dream Eater"),
        lambda use: use.first and use.foe.status != facts.SLEEP and use.on_foe("-immune")),
    UseRule("crash", "a kick that misses hurts its user", facts.CRASHES, lambda use: use.missed and crashes(use)),
    UseRule("crash on a ghost", "a kick at a ghost hurts its user", facts.CRASHES, lambda use: use.on_foe("-immune") and crashes(use)),
    UseRule("crash knocks out", "a kick that misses knocks its user out", facts.CRASHES,
        lambda use: use.missed and use.on_own("-damage", "0 fnt")),
    UseRule("explosion", "one who explodes faints", facts.EXPLOSIONS, lambda use: use.damage and use.own_next.hp == 0),
    UseRule("explosion misses", "one who explodes and misses faints", facts.EXPLOSIONS, lambda use: use.missed and use.own_next.hp == 0),
    UseRule("explosion on a ghost", "one who explodes at a ghost faints", facts.EXPLOSIONS,
        lambda use: use.on_foe("-immune") and use.own_next.hp == 0),
    UseRule("explosion takes both", "one who explodes takes the foe along", facts.EXPLOSIONS,
        lambda use: use.knocks_out and use.own_next.hp == 0),
    UseRule("five hits", "a move hits five times", facts.MULTI_HITS, lambda use: use.on_foe("-hitcount", "5")),
    UseRule("hits end", "a move of several hits ends with the foe", facts.MULTI_HITS - these("Double Kick", "Bonemerang", "Twineedle"),
        lambda use: use.knocks_out),
    UseRule("Twineedle poisons", "Twineedle poisons by its last hit", these("Twineedle"), lambda use: use.on_foe("-status", "psn")),
    UseRule("recoil knocks out", "recoil knocks out", facts.RECOILS, lambda use: use.on_own("-damage", "0 fnt", "[from] Recoil")),
    UseRule("both knocked out by recoil", "recoil knocks out one who has knocked out", facts.RECOILS,
        lambda use: use.knocks_out and use.on_own("-damage", "0 fnt", "[from] Recoil")),
    UseRule("stat at its cap", "a stat of 999 is raised, and lowered by one at once", facts.RAISING, overflows),
    UseRule("stat at 1", "a stat of 1 is lowered, and raised by one at once", facts.LOWERING | facts.SECONDARY_STAGES, underflows),
    UseRule("stage at 6", "a stage of 6 cannot be raised", facts.RAISING,
        lambda use: use.first and use.on_own("-fail") and 6 in use.own.active["boosts"]),
    UseRule("stage at -6", "a stage of -6 cannot be lowered", facts.LOWERING,
        lambda use: use.first and use.on_foe("-fail") and FLOOR_STAGE in use.foe.active["boosts"] and not use.foe.volatile["substitute"]),
    UseRule("Mist", "Mist keeps a lowering off", facts.LOWERING, lambda use: use.on_foe("-activate", "move: Mist")),
    UseRule("Mist lets secondaries", "Mist does not keep a secondary lowering off", facts.SECONDARY_STAGES,
        lambda use: use.first and use.foe.volatile["mist"] and use.on_foe("-unboost")),
    UseRule("Reflect", "Reflect meets a physical hit", facts.PHYSICAL,
        lambda use: use.first and use.foe.volatile["reflect"] and use.damage and not is_critical(use)),
    UseRule("Light Screen", "Light Screen meets a special hit", facts.SPECIAL,
        lambda use: use.first and use.foe.volatile["light_screen"] and use.damage and not is_critical(use)),
    UseRule("crit through Reflect", "a critical hit ignores Reflect", facts.PHYSICAL,
        lambda use: use.first and use.foe.volatile["reflect"] and is_critical(use)),
    UseRule("crit through Light Screen", "a critical hit ignores Light Screen", facts.SPECIAL,
        lambda use: use.first and use.foe.volatile["light_screen"] and is_critical(use)),
    UseRule("crit ignores stages", "a critical hit ignores stages", facts.DAMAGING,
        lambda use: use.first and is_critical(use) and any(use.own.active["boosts"][:4])),
    UseRule("crit in focus", "one with Focus Energy hits critically", facts.DAMAGING,
        lambda use: use.own.volatile["focus_energy"] and is_critical(use)),
    UseRule("screen rolls over", "a screen takes a stat beyond 1,023, where it rolls over", facts.DAMAGING, rolls_over),
    UseRule("screen twice", "a screen fails where it is up", these("Reflect", "Light Screen"),
        lambda use: use.first and use.on_own("-fail")),
    UseRule("hit of nothing", "a hit that is resisted twice takes nothing", facts.DAMAGING, does_nothing),
    UseRule("immune", "a type is immune", facts.DAMAGING - facts.OHKO, lambda use: use.first and use.on_foe("-immune")),
    UseRule("poison spares poison", "a poisoning move fails against Poison", facts.POISONERS,
        lambda use: use.first and facts.TYPE_NUMBERS["Poison"] in use.foe.types and use.on_foe("-immune")),
    UseRule("drain", "a drain restores", facts.DRAINS, lambda use: use.on_own("-heal", "[from] drain")),
)  # fmt: skip

STEPS = ()
