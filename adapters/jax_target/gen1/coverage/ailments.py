"""Statuses, confusion, Leech Seed, Haze, healing and Disable."""

from __future__ import annotations

from . import facts
from .moments import FOE, Moment, Use
from .rules import SideRule, UseRule, these

SPARING = facts.which("secondary_status", facts.BURN, facts.FREEZE, facts.PARALYSIS)
HAZED = ("focus_energy", "mist", "reflect", "light_screen", "leech_seed", "confusion", "disable", "toxic")


def companions(use: Use, status: int, rested: int = 0) -> bool:
    """Return whether another Pokemon of the foe has a status, by its own side's doing or not."""
    team = use.foe.tree
    others = (place for place in range(6) if place != use.foe.place)
    return any(team["hp"][place] > 0 and team["status"][place] == status and team["rested"][place] == rested for place in others)


def is_spared(use: Use) -> bool:
    """Return whether the Sleep Clause spares the foe."""
    hits = use.first and not use.missed and not use.fails and use.foe.status == 0 and not use.on_foe("-status")
    return hits and companions(use, facts.SLEEP)


def rises(moment: Moment, side: str) -> int:
    """Return by how much the toxic counter rose."""
    before, after = (each[side].volatile["toxic_counter"] for each in (moment.before, moment.after))
    return after - before if moment.before[side].volatile["toxic"] else 0


def hurts(moment: Moment, side: str, *sources: str) -> bool:
    """Return whether one of these hurts somebody in this step."""
    return any(moment.says("-damage", side, f"[from] {source}") for source in sources)


def stops_foe(use: Use, status: int) -> bool:
    """Return whether Haze cures the foe of a status that then keeps it from moving."""
    return use.first and use.foe.status == status and use.foe_next.status == 0 and use.foe_next.tree["selected"] == facts.CANNOT_MOVE


def gap(use: Use) -> bool:
    """Return whether healing fails since 255 or 511 HP are missing."""
    return use.first and use.own.maxhp - use.own.hp in (255, 511) and use.on_own("-fail") is not None


def keeps_weakness(use: Use, status: int, stat: int) -> bool:
    """Return whether a stage weakens the foe again by its status."""
    foe, after = use.foe, use.foe_next
    return (
        use.first
        and use.landed
        and foe.status == status
        and foe.place == after.place
        and 0 < after.active["modified"][stat] < foe.active["modified"][stat]
    )


def lifts(use: Use, status: int, stat: int, name: str) -> bool:
    """Return whether a stage of its own lifts the weakness by its status."""
    lifted = use.own_next.active["modified"][stat] >= use.own_next.active["stored"][stat] > 0
    return use.own.status == use.own_next.status == status and use.on_own("-boost", name) is not None and bool(lifted)


def struggles_disabled(use: Use) -> bool:
    """Return whether Disable leaves nothing but Struggle."""
    own = use.own.active
    return use.own.volatile["disable"] > 0 and len(use.own.moves) == 1 and own["pp"][use.own.volatile["disable_slot"]] > 0


USES = (
    UseRule("Sleep Clause", "the Sleep Clause spares a second one", facts.SLEEPERS, is_spared),
    UseRule("sleep of one who rests", "one may be put to sleep while a companion sleeps by Rest", facts.SLEEPERS,
        lambda use: use.on_foe("-status", "slp") and companions(use, facts.SLEEP, rested=1)),
    UseRule("ice beside the frozen", "a freezing move hits one whose companion is frozen", facts.FREEZERS,
        lambda use: use.first and use.damage and companions(use, facts.FREEZE)),
    UseRule("status on status", "a status fails against one that is there", facts.SLEEPERS | facts.PARALYSERS | facts.POISONERS,
        lambda use: use.first and use.foe.status and use.on_foe("-fail")),
    UseRule("type saves from status", "burning, freezing and paralysing hits spare one of the move's type", SPARING,
        lambda use: use.first and use.damage and facts.column(use.name, "type") in use.foe.types),
    UseRule("paralysis ignores type", "Glare paralyses a ghost", these("Glare"),
        lambda use: use.first and facts.TYPE_NUMBERS["Ghost"] in use.foe.types and use.on_foe("-status")),
    UseRule("thaw", "a fire move thaws", facts.FIRE, lambda use: use.on_foe("-curestatus", "frz")),
    UseRule("thawed and moveless", "one who thaws before it ever selected a move uses one without a name", these("Fissure"),
        lambda use: use.own.tree["selected"] == 0 and use.own.status == facts.FREEZE),
    UseRule("Rest", "Rest heals and puts to sleep", these("Rest"), lambda use: use.on_own("-status", "slp")),
    UseRule("Rest cures", "Rest replaces another status", these("Rest"),
        lambda use: use.first and use.own.status and use.on_own("-status", "slp")),
    UseRule("heal at full", "healing fails at full HP", facts.HEALS,
        lambda use: use.first and use.own.hp == use.own.maxhp and use.on_own("-fail")),
    UseRule("heal with 255 missing", "healing fails where 255 or 511 HP are missing", facts.HEALS, gap),
    UseRule("Haze wakes", "Haze wakes the foe, which cannot move for it", these("Haze"), lambda use: stops_foe(use, facts.SLEEP)),
    UseRule("Haze thaws", "Haze thaws the foe, which cannot move for it", these("Haze"), lambda use: stops_foe(use, facts.FREEZE)),
    UseRule("Haze cures the foe alone", "Haze cures the foe and not its user", these("Haze"),
        lambda use: use.own.status and use.own_next.status and use.on_foe("-curestatus")),
    UseRule("Haze ends toxic", "Haze turns the bad poison of its user into plain poison", these("Haze"),
        lambda use: use.own.status == facts.TOXIC and use.own_next.status == facts.POISON),
    UseRule("Haze clears stages", "Haze clears stages", these("Haze"),
        lambda use: use.first and (any(use.own.active["boosts"]) or any(use.foe.active["boosts"]))),
    UseRule("Haze clears volatiles", "Haze ends what lasts on both", these("Haze"),
        lambda use: use.first and any(half.volatile[name] for name in HAZED for half in (use.own, use.foe))),
    UseRule("Haze under Bide", "Haze meets one who bides", these("Haze"), lambda use: use.foe.volatile["bide"] > 0),
    UseRule("Haze under a lock", "Haze wakes one who was in the middle of a move", these("Haze"),
        lambda use: use.first and use.foe.status in (facts.SLEEP, facts.FREEZE)
        and any(use.foe.volatile[name] for name in ("two_turn_move", "locked_move", "rage", "bide", "trapping"))),
    UseRule("Haze lifts weakness", "Haze restores what paralysis or a burn took", these("Haze"),
        lambda use: use.first and use.foe.status in (facts.PARALYSIS, facts.BURN)),
    UseRule("paralysis weakens again", "a stage quarters the foe's speed again", facts.STAGES,
        lambda use: keeps_weakness(use, facts.PARALYSIS, 2)),
    UseRule("burn weakens again", "a stage halves the foe's attack again", facts.STAGES, lambda use: keeps_weakness(use, facts.BURN, 0)),
    UseRule("speed over paralysis", "Agility lifts the weakness of paralysis", these("Agility"),
        lambda use: lifts(use, facts.PARALYSIS, 2, "spe")),
    UseRule("attack over burn", "a raised attack lifts the weakness of a burn", facts.RAISING,
        lambda use: lifts(use, facts.BURN, 0, "atk")),
    UseRule("seed on grass", "Leech Seed spares grass", these("Leech Seed"), lambda use: use.on_foe("-immune")),
    UseRule("seed twice", "Leech Seed fails on one who is seeded", these("Leech Seed"),
        lambda use: use.first and use.foe.volatile["leech_seed"] and not use.missed and not use.on_foe("-start")),
    UseRule("confusion twice", "a confusing move fails on one who is confused", facts.CONFUSERS,
        lambda use: use.first and use.foe.volatile["confusion"] > 1 and not use.missed and not use.on_foe("-start")),
    UseRule("Disable", "Disable takes a move", these("Disable"), lambda use: use.on_foe("-start", "Disable")),
    UseRule("Disable twice", "Disable fails on one who is disabled", these("Disable"),
        lambda use: use.first and use.foe.volatile["disable"] > 1 and not use.missed and not use.on_foe("-start")),
    UseRule("Disable misses", "Disable misses", these("Disable"), lambda use: use.missed),
    UseRule("Disable with one move", "one whose only move is disabled struggles", these("Struggle"), struggles_disabled),
    UseRule("Disable a lent slot", "Disable takes a slot that Mimic or Transform lent", these("Disable"),
        lambda use: use.foe_next.volatile["disable"] and use.on_foe("-start", "Disable")
        and use.foe_next.active["virtual"][use.foe_next.volatile["disable_slot"]]),
    UseRule("Disable under recharge", "Disable meets one who must recharge", these("Disable"),
        lambda use: use.first and use.foe.volatile["recharge"] and use.on_foe("-start", "Disable")),
    UseRule("Disable asleep", "Disable meets one who sleeps", these("Disable"),
        lambda use: use.first and use.foe.status == facts.SLEEP and use.on_foe("-start", "Disable")),
)  # fmt: skip

STEPS = (
    SideRule("asleep", "one who sleeps does not move", lambda moment, side: moment.says("cant", side, "slp")),
    SideRule("wakes", "one who wakes has lost its turn", lambda moment, side: moment.says("-curestatus", side, "slp", "[msg]")),
    SideRule("frozen", "one who is frozen does not move", lambda moment, side: moment.says("cant", side, "frz")),
    SideRule("fully paralysed", "one who is paralysed does not move", lambda moment, side: moment.says("cant", side, "par")),
    SideRule("flinch", "one who flinches does not move", lambda moment, side: moment.says("cant", side, "flinch")),
    SideRule("flinch kept", "a flinch outlives a turn that a faint cuts short",
        lambda moment, side: moment.after[side].volatile["flinch"] > 0),
    SideRule("confusion", "one who is confused hits itself", lambda moment, side: moment.says("-damage", side, "[from] confusion")),
    SideRule("confusion ends", "confusion ends",
        lambda moment, side: moment.says("-end", side, "confusion") and not moment.says("-end", side, "confusion", "[silent]")),
    SideRule("confusion knocks out", "one who is confused knocks itself out",
        lambda moment, side: moment.says("-damage", side, "0 fnt", "[from] confusion")),
    SideRule("poison knocks out", "poison knocks out", lambda moment, side: moment.says("-damage", side, "0 fnt", "[from] psn")),
    SideRule("burn knocks out", "a burn knocks out", lambda moment, side: moment.says("-damage", side, "0 fnt", "[from] brn")),
    SideRule("toxic rises", "bad poison hurts more every turn",
        lambda moment, side: rises(moment, side) > 0 and hurts(moment, side, "psn")),
    SideRule("toxic and seed", "Leech Seed counts on the toxic counter, and moves it on",
        lambda moment, side: rises(moment, side) > 1 and hurts(moment, side, "Leech Seed")),
    SideRule("toxic kept by Rest", "poison or a burn after Rest hurts by the toxic counter",
        lambda moment, side: moment.before[side].volatile["toxic_counter"] > 0
        and moment.before[side].status in (facts.BURN, facts.POISON) and hurts(moment, side, "psn", "brn")),
    SideRule("seed", "Leech Seed saps", lambda moment, side: hurts(moment, side, "Leech Seed")),
    SideRule("seed feeds a newcomer", "Leech Seed feeds whoever is out",
        lambda moment, side: hurts(moment, side, "Leech Seed") and moment.switches(FOE[side])),
    SideRule("seed knocks out", "Leech Seed knocks out", lambda moment, side: moment.says("-damage", side, "0 fnt", "[from] Leech Seed")),
    SideRule("both seeded", "both sap each other",
        lambda moment, side: side == "p1" and all(hurts(moment, each, "Leech Seed") for each in FOE)),
    SideRule("seed in sleep", "Leech Seed saps one who sleeps",
        lambda moment, side: moment.says("cant", side, "slp") and hurts(moment, side, "Leech Seed")),
    SideRule("disabled move stopped", "one who goes on with a move that is disabled does not move",
        lambda moment, side: moment.says("cant", side, "Disable")),
    SideRule("disabled Rage", "one who rages on is stopped by Disable",
        lambda moment, side: moment.before[side].volatile["rage"] > 0 and moment.says("cant", side, "Disable")),
    SideRule("Disable ends", "Disable ends",
        lambda moment, side: moment.says("-end", side, "Disable") and not moment.says("-end", side, "Disable", "[silent]")),
    SideRule("hurt on coming", "one who is poisoned or burned is hurt when it is switched in",
        lambda moment, side: moment.before[side].hp > 0 and moment.switches(side) and moment.before[side].tree["request"] == 1
        and any(line[0] == "-damage" and line[1].startswith(side) and "[from] psn" in line for line in moment.lines[:3])),
    SideRule("spared on replacing", "one who is poisoned or burned is spared when it replaces another",
        lambda moment, side: moment.before[side].tree["request"] == 2
        and moment.after[side].status in (facts.POISON, facts.BURN, facts.TOXIC) and not hurts(moment, side, "psn", "brn")),
)  # fmt: skip
