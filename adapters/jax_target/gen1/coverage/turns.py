"""PP and Struggle, order, switching, fainting, and how a battle ends."""

from __future__ import annotations

from . import facts
from .moments import FOE, Moment, Use
from .rules import SideRule, UseRule, these

TIE = 3
TURNS_MAX = 1000


def underflows(use: Use) -> bool:
    """Return whether a slot goes from 0 to 63 PP."""
    pairs = zip(use.own.active["pp"], use.own_next.active["pp"], strict=True)
    return use.own.place == use.own_next.place and any(old == 0 and new == 63 for old, new in pairs)


def acts_twice(moment: Moment) -> bool:
    """Return whether both players used a move that they chose."""
    return {use.side for use in moment.uses if not use.called} == set(FOE)


def ties(moment: Moment, side: str) -> bool:
    """Return whether two of equal speed both move."""
    speeds = {int(half.active["modified"][2]) for half in moment.before.values()}
    return side == "p1" and len(speeds) == 1 and acts_twice(moment) and not any(map(moment.switches, FOE))


def goes_before_faster(use: Use, priority: int) -> bool:
    """Return whether priority alone decides the order."""
    uses = [other for other in use.moment.uses if not other.called]
    if len(uses) != len(FOE) or facts.column(use.name, "priority") != priority or use.moment.switches(use.foe_side):
        return False
    own, foe = (int(half.active["modified"][2]) for half in (use.own, use.foe))
    return own < foe and use is uses[0] if priority > 0 else own > foe and use is uses[1]


def faints(moment: Moment, side: str) -> bool:
    """Return whether a player's Pokemon fainted."""
    return moment.says("faint", side)


def all_are(moment: Moment, side: str, status: int) -> bool:
    """Return whether everybody who stands has a status."""
    tree = moment.after[side].tree
    return all(not hp or each == status for hp, each in zip(tree["hp"], tree["status"], strict=True))


def is_stuck(moment: Moment, kind: str) -> bool:
    """Return whether the endless battle clause ended the battle before its time, for one of its reasons."""
    if moment.winner != TIE or moment.turn > TURNS_MAX or not all(moment.after[side].hp for side in FOE):
        return False
    frozen = all(all_are(moment, side, facts.FREEZE) for side in FOE)
    copies = all(moment.after[side].moves == [facts.NUMBERS["Transform"]] for side in FOE)
    return {"frozen": frozen, "transform": copies, "spent": not frozen and not copies}[kind]


USES = (
    UseRule("Struggle", "one without PP struggles", these("Struggle"), lambda use: use.first and not any(use.own.active["pp"])),
    UseRule("Struggle on a ghost", "a ghost is immune to Struggle", these("Struggle"), lambda use: use.on_foe("-immune")),
    UseRule("Struggle knocks out", "Struggle knocks out", these("Struggle"), lambda use: use.knocks_out),
    UseRule("PP below 0", "a move that is forced on at 0 PP is left with 63", None, underflows),
    UseRule("Quick Attack first", "Quick Attack goes before one who is faster", these("Quick Attack"),
        lambda use: goes_before_faster(use, 1)),
    UseRule("Counter last", "Counter goes after one who is slower", these("Counter"), lambda use: goes_before_faster(use, -1)),
    UseRule("last turn of two", "a Pokemon knocks out the last of the foe's", None,
        lambda use: use.knocks_out and use.moment.winner in (1, 2)),
)  # fmt: skip

STEPS = (
    SideRule("speeds tie", "two of equal speed move in an order that is drawn", ties),
    SideRule("both switch", "both are switched, and the faster one first",
        lambda moment, side: side == "p1" and all(moment.switches(each) and moment.before[each].tree["request"] == 1 for each in FOE)),
    SideRule("both replaced", "both have fainted and are replaced",
        lambda moment, side: side == "p1" and all(half.tree["request"] == 2 for half in moment.before.values())),
    SideRule("both faint", "both faint in one step", lambda moment, side: side == "p1" and all(faints(moment, each) for each in FOE)),
    SideRule("faint cuts the turn", "the second does not move, the first having fainted",
        lambda moment, side: faints(moment, side) and len(moment.uses) == 1 and moment.uses[0].side == side
        and not moment.says("cant", FOE[side]) and not moment.switches(FOE[side])),
    SideRule("faint on coming", "poison knocks out one who is switched in",
        lambda moment, side: moment.switches(side) and moment.after[side].hp == 0 and moment.says("-damage", side, "0 fnt", "[from] psn")),
    SideRule("sleeper switched", "one who sleeps is switched out and keeps its sleep",
        lambda moment, side: moment.switches(side) and moment.before[side].status == facts.SLEEP
        and moment.after[side].tree["status"][moment.before[side].place] == facts.SLEEP),
    SideRule("toxic switched", "the counter of bad poison ends when it is switched",
        lambda moment, side: moment.switches(side) and moment.before[side].volatile["toxic_counter"] > 0 and moment.before[side].hp > 0),
    SideRule("stages switched", "stages end when one is switched",
        lambda moment, side: moment.switches(side) and any(moment.before[side].active["boosts"]) and moment.before[side].hp > 0),
    SideRule("players see otherwise", "the opponent takes another move for the one that was selected",
        lambda moment, side: moment.after[side].tree["shown_selected"] != moment.after[side].tree["selected"] and moment.winner == 0),
    SideRule("battle tied by faints", "the last of both faint together",
        lambda moment, side: side == "p1" and moment.winner == TIE and all(half.hp == 0 for half in moment.after.values())),
    SideRule("turn limit", "a battle ends in a tie when turn 1,000 is over", lambda moment, side: side == "p1" and moment.turn > TURNS_MAX),
    SideRule("all frozen", "a battle ends in a tie when all are frozen", lambda moment, side: side == "p1" and is_stuck(moment, "frozen")),
    SideRule("only Transform", "a battle ends in a tie when all have only Transform",
        lambda moment, side: side == "p1" and is_stuck(moment, "transform")),
    SideRule("ghosts without PP", "a battle ends in a tie when nobody has PP against ghosts",
        lambda moment, side: side == "p1" and is_stuck(moment, "spent")),
)  # fmt: skip
