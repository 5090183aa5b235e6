"""Tiny environments: three correct ones, and others with one planted fault each, named by the fault.

`Walk` shows every kind of leaf, its generator's state among them, and can be put into any state. `Race` has two agents.
`Dial` shows as little as people show. A fault is the one method that a subclass writes anew.
"""

from __future__ import annotations

import random
from typing import ClassVar

import numpy as np

from equivcheck.backends.local import Refused

REST, BACK, ON, LEAP = range(4)
CELLS = {REST: 0, BACK: -1, ON: 1, LEAP: 2}
NAMES = {REST: "rest", BACK: "back", ON: "on", LEAP: "leap"}
GOAL, LIMIT = 11, 30


class Walk:
    """A walk along cells 0 to 11, against gusts, until the last cell is reached or 30 steps are over."""

    actions = 4

    def reset(self, seed):
        self.begin(seed)
        return {"obs": self.look()}

    def begin(self, seed):
        self.rng = seed
        self.position = self.draw(GOAL)
        self.energy = 1.0
        self.trail = np.full(3, self.position, np.int32)
        self.score = np.zeros(1, np.int64)
        self.mark = None
        self.steps = 0

    def step(self, action):
        self.steps += 1
        gust = self.gust(action)
        self.move(action, gust)
        self.tire(action)
        self.remember(action)
        return {
            "obs": self.look(),
            "reward": self.reward(action),
            "terminated": self.arrived(),
            "truncated": self.late(),
            "events": self.events(action),
        }

    def draw(self, count):
        self.rng = (self.rng * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.rng >> 33) % count

    def gust(self, action):
        return self.draw(4) == 0

    def move(self, action, gust):
        self.position = min(max(self.position + CELLS[action] - gust, 0), GOAL)

    def tire(self, action):
        self.energy = min(1.0, self.energy + 0.1 if action == REST else self.energy + 0.03 - 0.07 * abs(CELLS[action]))

    def remember(self, action):
        self.trail = np.append(self.trail[1:], np.int32(self.position))
        self.score = self.score + self.position
        if action == REST:
            self.mark = self.position

    def look(self):
        mood = "calm" if self.energy >= 0.505 else "tired"
        return {"position": self.position, "energy": self.energy, "trail": self.trail, "mood": mood, "mark": self.mark}

    def reward(self, action):
        if self.arrived():
            return 1.0
        return 0.0 if action == REST else -0.1

    def arrived(self):
        return self.position == GOAL

    def late(self):
        return not self.arrived() and self.steps >= LIMIT

    def events(self, action):
        return [NAMES[action], *(["tires"] if self.energy < 0.505 else []), *(["arrives"] if self.position == GOAL else [])]

    def legal(self):
        return [REST, BACK, ON, *([LEAP] if self.energy >= 0.505 else [])]

    def state(self):
        names = ("rng", "position", "energy", "trail", "score", "mark", "steps")
        return {name: np.copy(value) if isinstance(value := getattr(self, name), np.ndarray) else value for name in names}

    def load(self, state):
        for name, value in state.items():
            setattr(self, name, value)
        return {"obs": self.look()}


class Race:
    """Two agents in turn add 1 to 3 to a pile, and chance 0 or 1; who fills it to 21 wins, after 9 turns nobody does."""

    actions = {"ann": 3, "bob": 3}  # noqa: RUF012  # nobody changes it
    full, turns_max = 21, 9

    def reset(self, seed):
        self.rng, self.pile, self.turns = seed, 0, 0
        self.held = {"ann": 0, "bob": 0}
        return {"obs": self.look()}

    def step(self, action):
        agent, choice = next(iter(action.items()))
        self.add(agent, choice + 1)
        self.turns += 1
        won = self.pile >= self.full
        return {
            "obs": self.look(),
            "reward": self.rewards(agent, won),
            "terminated": won,
            "truncated": not won and self.turns >= self.turns_max,
        }

    def add(self, agent, count):
        self.rng = (self.rng * 6364136223846793005 + 1442695040888963407) % 2**64
        self.pile = min(self.pile + count + (self.rng >> 63), self.full)
        self.held[agent] += count

    def look(self):
        return {agent: {"pile": np.array([self.pile, self.full], np.int16), "held": self.held[agent]} for agent in self.held}

    def rewards(self, agent, won):
        return {one: (1.0 if one == agent else -1.0) if won else 0.0 for one in self.held}

    def acting(self):
        return ("ann", "bob")[self.turns % 2]

    def legal(self):
        over = self.pile >= self.full or self.turns >= self.turns_max
        return {} if over else {self.acting(): range(min(3, self.full - self.pile))}

    def state(self):
        return {"rng": self.rng, "pile": self.pile, "turns": self.turns, "held": dict(self.held)}

    def load(self, state):
        self.rng, self.pile, self.turns, self.held = state["rng"], state["pile"], state["turns"], dict(state["held"])
        return {"obs": self.look()}


class Dial:
    """A dial of 7 places, turned back or on 40 times; it begins where the seed says, and neither shows nor takes a state."""

    actions = 2

    def reset(self, seed):
        self.place, self.steps, self.streak = seed % 7, 0, 0
        return self.place, {}

    def step(self, action):
        self.steps += 1
        self.streak = self.streak + 1 if action else 0
        self.place = (self.place + (1 if action else -1)) % 7
        return self.place, self.reward(), self.opened(), self.steps >= 40, {}

    def reward(self):
        return float(self.place)

    def opened(self):
        return self.place == 3 and self.steps >= 20


CORRECT = (Walk, Race, Dial)

# Step 0 already has another form.


class WrongDtype(Walk):
    def look(self):
        return {**super().look(), "trail": self.trail.astype(np.int64)}


class WrongShape(Walk):
    def look(self):
        return {**super().look(), "trail": self.trail.reshape(3, 1)}


class MissingField(Walk):
    def look(self):
        return {name: value for name, value in super().look().items() if name != "mood"}


class ExtraField(Walk):
    def look(self):
        return {**super().look(), "weather": "windy"}


class IntForFloat(Walk):
    def begin(self, seed):
        super().begin(seed)
        self.energy = 1


# A side that does not even agree with itself.


class LeaksStateThroughReset(Walk):
    def begin(self, seed):
        energy = getattr(self, "energy", 1.0)
        super().begin(seed)
        self.energy = energy


class SeedsOnce(Walk):
    def begin(self, seed):
        super().begin(getattr(self, "rng", seed))


class StickyFlag(Walk):
    ended = False

    def late(self):
        self.ended = self.ended or super().late() or self.arrived()
        return self.ended and not self.arrived()


class DiffersOnlyAfterAnotherEpisode(Walk):
    episodes = 0

    def begin(self, seed):
        super().begin(seed)
        self.episodes += 1

    def reward(self, action):
        return super().reward(action) - 0.5 * (self.episodes > 1 and action == BACK)


class DependsOnDictOrder(Walk):
    seen = None

    def begin(self, seed):
        super().begin(seed)
        self.seen = dict.fromkeys(self.seen or (), 0)

    def events(self, action):
        self.seen[action] = self.seen.get(action, 0) + 1
        return [*super().events(action), f"mostly {NAMES[max(self.seen, key=self.seen.get)]}"]


class SharesAListAmongInstances(Walk):
    found: ClassVar[list] = []

    def events(self, action):
        self.found += super().events(action)
        return self.found[-3:]


class AliasesAMutatedArray(Walk):
    def remember(self, action):
        trail = self.trail
        super().remember(action)
        trail[:] = self.trail
        self.trail = trail


class SharesABufferBetweenLanes(Walk):
    buffer = np.zeros(3, np.int32)

    def begin(self, seed):
        super().begin(seed)
        self.buffer[:] = self.trail

    def remember(self, action):
        super().remember(action)
        self.buffer[:] = [*self.buffer[1:], self.position]

    def look(self):
        return {**super().look(), "trail": self.buffer.copy()}


class DependsOnNeighbourLane(Walk):
    lanes = 0

    def __init__(self):
        self.number = DependsOnNeighbourLane.lanes
        DependsOnNeighbourLane.lanes += 1

    def reward(self, action):
        return super().reward(action) + (0.25 if self.number % 2 and action == ON else 0.0)


class DrawsFromASharedGenerator(Walk):
    generator = random.Random(20)

    def tire(self, action):
        super().tire(action)
        self.energy -= 0.01 * self.generator.random()


# A sound environment, but not the same one.


class ForgetsSeed(Walk):
    def begin(self, seed):
        super().begin(0)


class OffByOneInTheLimit(Walk):
    def late(self):
        return not self.arrived() and self.steps > LIMIT


class LimitOneStepEarly(Walk):
    def late(self):
        return not self.arrived() and self.steps >= LIMIT - 1


class ReportsTruncatedAsTerminated(Walk):
    def arrived(self):
        return super().arrived() or self.steps >= LIMIT

    def reward(self, action):
        return 1.0 if self.position == GOAL else 0.0 if action == REST else -0.1


class NeverTerminates(Walk):
    def arrived(self):
        return False

    def reward(self, action):
        return 1.0 if self.position == GOAL else super().reward(action)

    def late(self):
        return self.position != GOAL and super().late()


class RewardOneStepLate(Walk):
    def begin(self, seed):
        super().begin(seed)
        self.owed = 0.0

    def reward(self, action):
        paid, self.owed = self.owed, super().reward(action)
        return paid


class IntForFloatInReward(Walk):
    def reward(self, action):
        return int(super().reward(action)) if self.arrived() else super().reward(action)


class NegativeZero(Walk):
    def reward(self, action):
        return super().reward(action) * (-1.0 if action == REST and not self.arrived() else 1.0)


class MaskTooWide(Walk):
    def legal(self):
        return [REST, BACK, ON, LEAP]


class MaskTooNarrow(Walk):
    def legal(self):
        return [action for action in super().legal() if action != LEAP or self.energy >= 0.8]


class NanInObs(Walk):
    def look(self):
        return {**super().look(), "energy": float("nan") if self.energy < 0.0 else self.energy}


class StaleBufferReturned(Walk):
    def begin(self, seed):
        super().begin(seed)
        self.shown = self.trail

    def look(self):
        shown, self.shown = self.shown, self.trail
        return {**super().look(), "trail": shown}


class LosesFinalObservation(Walk):
    def step(self, action):
        answer = super().step(action)
        if answer["terminated"] or answer["truncated"]:
            answer["obs"] = Walk().reset(self.rng)["obs"]
        return answer


class ExtraDraw(Walk):
    def gust(self, action):
        if action == LEAP:
            self.draw(2)
        return super().gust(action)


class MissingDraw(Walk):
    def gust(self, action):
        return action != REST and super().gust(action)


class DrawsADifferentNumber(Walk):
    def gust(self, action):
        return self.draw(5) == 0


class PanicsOnOneAction(Walk):
    def gust(self, action):
        if action == LEAP:
            raise IndexError("no such cell")
        return super().gust(action)


class PanicsOnOneSeed(Walk):
    def begin(self, seed):
        super().begin(seed)
        if seed == 3:
            raise OverflowError("seed does not fit")


class RefusesALegalAction(Walk):
    def gust(self, action):
        if action == ON and self.position == 5:
            raise Refused("the way on is closed")
        return super().gust(action)


class LoadForgetsAField(Walk):
    def load(self, state):
        return super().load({name: value for name, value in state.items() if name != "energy"})


class OverflowingInt8Counter(Walk):
    def remember(self, action):
        super().remember(action)
        self.score = self.score.astype(np.int8).astype(np.int64)


class NeedsARareState(Dial):
    def reward(self):
        return super().reward() + (self.streak >= 10)


class SentinelClash(Walk):
    def look(self):
        return {**super().look(), "mark": self.mark or None}


class RoundingOrder(Walk):
    def tire(self, action):
        self.energy = min(1.0, self.energy + 0.1 if action == REST else self.energy + (0.03 - 0.07 * abs(CELLS[action])))


class EventsOutOfOrder(Walk):
    def events(self, action):
        return super().events(action)[::-1]


class OtherWords(Walk):
    def look(self):
        return {**super().look(), "mood": "calm" if self.energy > 0.3 else "tired"}


class SwappedAgents(Race):
    def rewards(self, agent, won):
        return super().rewards("bob" if agent == "ann" else "ann", won)


class AsksTheWrongAgent(Race):
    def acting(self):
        return "ann" if self.turns in (0, 1) else super().acting()


class SharesHiddenInformation(Race):
    def look(self):
        seen = super().look()
        seen["bob"]["held"] = max(self.held.values())
        return seen


class TwoFaultsAtOnce(Walk):
    """A wrong reward for REST; and a wrong score after BACK twice in a row, which lowering BACK to REST could slip from."""

    def begin(self, seed):
        super().begin(seed)
        self.backs = 0

    def remember(self, action):
        super().remember(action)
        self.backs = self.backs + 1 if action == BACK else 0
        if self.backs == 2:
            self.score = self.score + 1

    def reward(self, action):
        return super().reward(action) + (0.5 if action == REST else 0.0)


# What no verdict can be had of.


class DiffersAtRandom(Walk):
    steps_of_all = 0

    def reward(self, action):
        DiffersAtRandom.steps_of_all += 1
        return super().reward(action) + (self.steps_of_all % 997 == 0)


class FailsAtTheFirstStep(Walk):
    def tire(self, action):
        raise RuntimeError("no ground to walk on")


class FailsAtReset(Walk):
    def begin(self, seed):
        raise RuntimeError("no ground at all")


class ShowsNothing:
    actions = 2

    def reset(self, seed):
        self.steps = 0
        return {}

    def step(self, action):
        self.steps += 1
        return {"terminated": self.steps >= 5, "truncated": False}


def forget_what_is_shared():
    """Put what faults keep outside their instances back to where it was, so that every check begins alike."""
    DrawsFromASharedGenerator.generator.seed(20)
    SharesAListAmongInstances.found.clear()
    DependsOnNeighbourLane.lanes = DiffersAtRandom.steps_of_all = 0


MINIATURES = {thing.__name__: thing for thing in list(globals().values()) if isinstance(thing, type) and hasattr(thing, "reset")}
