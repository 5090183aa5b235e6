"""What the level interaction brings together: a move, what its target suffers and does for the moment, and what else bears on a turn.

A script is one turn from a canonical state: the user at place 1 of one side uses the move, and the foe replies. Who is p1 goes by the seed.
"""

from __future__ import annotations

import zlib
from typing import Any

from arguments import TABLES, State, grow_state

NAMES: list[str] = TABLES["moves"]["name"]
TYPES: list[str] = TABLES["types"]
STATUSES: list[str] = TABLES["statuses"]
ALSO_KNOWN = (45, 110)
"""Growl and Withdraw: what the foe knows beside its reply, to be disabled or copied."""

TRAPS = ("Bind", "Wrap", "Fire Spin", "Clamp")
TWO_TURNS = ("Razor Wind", "Fly", "Solar Beam", "Dig", "Skull Bash", "Sky Attack")
HIDING = ("Fly", "Dig")
THRASHES = ("Thrash", "Petal Dance")
GOING_ON = (*TRAPS, *TWO_TURNS, *THRASHES, "Rage", "Bide")
"""Moves whose later turns differ from their first."""

VOLATILES = (
    "none", "substitute", "frail substitute", "confusion", "leech seed", "disable", "bide", "rage", "thrash", "trapped", "trapping",
    "trap ended", "reflect", "light screen", "mist", "focus energy", "recharge", "charging", "hidden", "hidden for ever", "transformed",
    "toxic counter", "flinch",
)  # fmt: skip
LOCKS = {"recharge": "Hyper Beam", "thrash": "Thrash", "rage": "Rage", "charging": "Razor Wind", "hidden": "Dig"}
"""Under these a Pokemon can only go on with that move, and cannot be switched."""
BOUND = {"bide": "Bide", "trapping": "Wrap", "trapped": ""}
"""Under these it can do nothing else, but be switched."""
REPLIES = (
    "Body Slam", "Psybeam", "Thunder Wave", "Swords Dance", "Counter", "Substitute", "Haze", "Mirror Move", "Metronome", "Hyper Beam",
    "Double-Edge", "Wrap", "switch", "goes on",
)  # fmt: skip
STAGES = {
    "none": (0, 0, 0, 0),
    "user raised": (6, 0, 0, 0),
    "user lowered": (-6, 0, 0, 0),
    "foe raised": (0, 6, 0, 0),
    "foe lowered": (0, -6, 0, 0),
    "hard to hit": (0, 0, -2, 2),
    "easy to hit": (0, 0, 2, -2),
}
"""Stages of the stats of user and foe, of the user's accuracy, of the foe's evasion."""
SPEEDS = {"user": (300, 200), "foe": (200, 300), "nobody": (250, 250)}
USERS = (143, 6, 121, 94, 149, 76, 65, 145)
"""Snorlax, Charizard, Starmie, Gengar, Dragonite, Golem, Alakazam, Zapdos, by the seed: a move may be of its user's type, or not."""
BENCH = (128, 25)
DITTO = 132
LEVELS = (100, 74, 50, 7)


def factors() -> dict[str, list[Any]]:
    """Return the values of every factor."""
    return {
        "move": NAMES[1:],
        "volatile": list(VOLATILES),
        "status": ["none", *STATUSES[1:]],
        "relation": [0.0, 0.25, 0.5, 1.0, 2.0, 4.0],
        "user_volatile": [
            "none", "substitute", "confusion", "leech seed", "disable", "focus energy", "mist", "light screen", "toxic counter", "going on",
        ],
        "user_status": ["none", "psn", "brn", "par", "tox"],
        "reply": list(REPLIES),
        "faster": list(SPEEDS),
        "foe_hp": ["full", "half", "one"],
        "user_hp": ["full", "255 missing", "quarter", "one"],
        "stages": list(STAGES),
        "seed": list(range(8)),
    }  # fmt: skip


def relation_exists(move: str, relation: float) -> bool:
    """Return whether some species has that relation to the type of the move."""
    return bool(_species_of(move, relation))


def trap_holds_its_foe(move: str, volatile: str, user_volatile: str) -> bool:
    """Return whether the foe is trapped where, and only where, the user goes on with a trap."""
    return (volatile == "trapped") == (user_volatile == "going on" and move in TRAPS)


def move_goes_on(move: str, user_volatile: str) -> bool:
    """Return whether the user goes on with nothing, or with a move that has a later turn."""
    return user_volatile != "going on" or move in GOING_ON


def foe_may_reply(volatile: str, status: str, reply: str) -> bool:
    """Return whether the foe can choose the reply, and goes on only with what it cannot leave."""
    if volatile in LOCKS:
        return reply == "goes on"
    if volatile in BOUND or status in ("slp", "frz"):
        return reply in ("goes on", "switch")
    return reply != "goes on"


def script(**values: Any) -> dict[str, Any]:
    """Return the script of an assignment."""
    swapped = values["seed"] % 2
    user, foe = ("p2", "p1") if swapped else ("p1", "p2")
    state = grow_state()
    state.update(turn=3 + values["seed"], last_damage=(0, 1, 50, 300)[values["seed"] // 2])
    digest = "|".join(f"{name}={value}" for name, value in sorted(values.items()))
    state["rng"][:] = [zlib.crc32(digest.encode()), zlib.crc32(digest[::-1].encode())]
    _fill_user(state[user], values)
    _fill_foe(state[foe], values)
    actions = {user: 0, foe: 5 if values["reply"] == "switch" else 0}
    return {"start": state, "actions": [actions], "options": {"draws": True}}


def _species_of(move: str, relation: float) -> list[int]:
    chart, kind = TABLES["chart"], TABLES["moves"]["type"][NAMES.index(move, 1)]
    factor = (1.0, 2.0, 0.5, 0.0)
    products = [factor[chart[kind][first]] * factor[chart[kind][second]] for first, second in TABLES["species"]["types"]]
    return [number for number, product in enumerate(products, 1) if product == relation and number != DITTO]


def _find_stats(species: int, level: int) -> list[int]:
    """Return what the best DVs and all stat experience give."""
    inner = [(2 * base + 30 + 63) * level // 100 for base in TABLES["species"]["stats"][species - 1]]
    return [inner[0] + level + 10, *(stat + 5 for stat in inner[1:])]


def _fill_team(side: State, species: int, level: int, moves: list[int]) -> None:
    """Put a Pokemon out, with one on the bench."""
    for place, (number, known) in enumerate([(species, moves), (BENCH[0], [34, 89])]):
        stats = _find_stats(number, level if place == 0 else 80)
        side["species"][place], side["level"][place] = number, level if place == 0 else 80
        side["stats"][place], side["hp"][place] = stats, stats[0]
        side["moves"][place, : len(known)], side["pp"][place, : len(known)] = known, 9
    side["seen"][0] = 1
    side["request"] = 1


def _stand(side: State, species: int, stage: int, speed: int, status: str) -> None:
    """Set what the Pokemon that is out is now: its stats by their stage and status, but for the speed that is wanted."""
    active, stats = side["active_pokemon"], _find_stats(species, int(side["level"][0]))[1:]
    active["species"], active["types"][:], active["stored"][:] = species, TABLES["species"]["types"][species - 1], stats
    hundredths = {0: 100, 6: 400, -6: 25}[stage]
    active["modified"][:] = [max(min(stat * hundredths // 100, 999), 1) for stat in stats]
    active["boosts"][:4] = stage
    if status == "brn":
        active["modified"][0] = max(active["modified"][0] // 2, 1)
    active["modified"][2] = speed
    known = side["moves"][0] > 0
    active["moves"][:], active["pp"][:], active["used"][:] = side["moves"][0], side["pp"][0], known
    side["status"][0] = STATUSES.index(status) if status != "none" else 0
    if status == "tox":
        side["volatile"].update(toxic=1, toxic_counter=2)


def _fill_user(side: State, values: dict[str, Any]) -> None:
    seed, move = values["seed"], NAMES.index(values["move"], 1)
    is_struggle = values["move"] == "Struggle"
    first = 33 if is_struggle else move
    _fill_team(side, USERS[seed], LEVELS[seed // 2], [first, 33 if first != 33 else 10, 34 if first != 34 else 10])
    if is_struggle:
        side["pp"][0] = 0
    stage, _, accuracy, _ = STAGES[values["stages"]]
    _stand(side, USERS[seed], stage, SPEEDS[values["faster"]][0], values["user_status"])
    side["active_pokemon"]["boosts"][4] = accuracy
    most = int(side["stats"][0, 0])
    wanted = {"full": most, "255 missing": most - 255, "quarter": most // 4, "one": 1}[values["user_hp"]]
    side["hp"][0] = max(wanted, 1)
    side.update(shown_used=(34, 60, 0, 68)[seed // 2], shown_selected=(34, 68, 0, 60)[seed // 2])
    if values["user_volatile"] == "going on":
        _go_on(side, values["move"], seed)
        side.update(selected=move, selected_slot=0)
    else:
        _suffer(side, values["user_volatile"], seed)


def _go_on(side: State, name: str, seed: int) -> None:
    """Let the Pokemon be in a later turn of its move."""
    move, held = NAMES.index(name, 1), side["volatile"]
    if name in TWO_TURNS:
        held.update(two_turn_move=move, invulnerable=int(name in HIDING))
    elif name in THRASHES:
        held.update(locked_move=move, locked_turns=1 + seed % 3, locked_accuracy=255 - 60 * (seed % 2))
    elif name in TRAPS:
        turns = 1 + seed % 4
        held.update(trapping=turns, trapping_total=turns + 1, trapping_move=move, trapping_damage=30, trapping_place=1)
    elif name == "Rage":
        held.update(rage=255 - 60 * (seed % 2))
    elif name == "Bide":
        held.update(bide=1 + seed % 3, bide_damage=25 * (seed % 4))


def _fill_foe(side: State, values: dict[str, Any]) -> None:
    seed, volatile = values["seed"], values["volatile"]
    choice = _species_of(values["move"], values["relation"])
    species = choice[(seed * 37) % len(choice)]
    transformed = volatile == "transformed"
    lock = LOCKS.get(volatile) or BOUND.get(volatile)
    reply = values["reply"] if values["reply"] not in ("switch", "goes on") else "Body Slam"
    first = NAMES.index(lock or reply, 1)
    known = [first, *(move for move in ALSO_KNOWN if move != first)]
    _fill_team(side, DITTO if transformed else species, 100, [144] if transformed else known)
    _, stage, _, evasion = STAGES[values["stages"]]
    _stand(side, species, stage, SPEEDS[values["faster"]][1], values["status"])
    active = side["active_pokemon"]
    active["boosts"][5] = evasion
    if transformed:
        active["transformed"] = 1
        for slot, move in enumerate(known):
            active["moves"][slot], active["pp"][slot], active["virtual"][slot] = move, 5, 1
    active["last_move"] = (34, 0, 86, 63, 118, 35, 91, 37)[seed]
    side.update(shown_used=(34, 34, 60, 0)[seed % 4], shown_selected=(34, 68, 60, 0)[seed % 4])
    most = int(side["stats"][0, 0])
    side["hp"][0] = {"full": most, "half": most // 2, "one": 1}[values["foe_hp"]]
    if values["status"] == "slp":
        side["sleep"][0], side["rested"][0] = 1 + seed % 7, seed // 4
    if lock:
        side.update(selected=first, selected_slot=0)
    if lock and volatile != "trapping":
        _go_on(side, lock, seed)
    _suffer(side, volatile, seed)
    if volatile == "trapped":
        side["volatile"]["trapped_move"] = NAMES.index(values["move"], 1)


def _suffer(side: State, name: str, seed: int) -> None:
    """Begin what a Pokemon suffers or does for the moment, of a duration that goes by the seed."""
    held, most = side["volatile"], int(side["stats"][0, 0])
    disabled = int(side["active_pokemon"]["moves"][1])
    trap = {"trapping": 1 + seed % 4, "trapping_total": 2 + seed % 4, "trapping_move": 35, "trapping_damage": 20, "trapping_place": 2}
    trapped = {"trapped": 2, "trapped_by": 1, "trapped_maybe": seed % 2}
    begun: dict[str, dict[str, int]] = {
        "substitute": {"substitute": most // 4 + 1},
        "frail substitute": {"substitute": 1},
        "confusion": {"confusion": 1 + seed % 5},
        "leech seed": {"leech_seed": 1},
        "disable": {"disable": 1 + seed, "disable_slot": 1, "disable_move": disabled},
        "trapped": trapped,
        "trapping": trap,
        "trap ended": {"fake_trapped": 1 + seed % 2, "fake_trapped_by": 1},
        "recharge": {"recharge": 1},
        "hidden for ever": {"invulnerable": 1},
        "toxic counter": {"toxic": 1, "toxic_counter": 1 + seed},
    }
    flags = ("reflect", "light screen", "mist", "focus energy", "flinch")
    held.update(begun.get(name, {}), **{flag.replace(" ", "_"): 1 for flag in flags if flag == name})
