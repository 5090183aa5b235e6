"""A side that is an adapter program, spoken to over its pipes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from equivcheck.backends.conversation import Conversation, Deadline, Gone
from equivcheck.backends.local import Refused
from equivcheck.backends.rolled import cut_by_legal, rolled_trace
from equivcheck.errors import AdapterError, ProtocolError
from equivcheck.model.request import MANNER, Ask, Greeting, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import End, EndKind, Trace, join_traces
from equivcheck.model.values import Value, canonical
from equivcheck.protocol.blocks import ACTION, DIGEST, block_from_plain
from equivcheck.protocol.collection import Collection
from equivcheck.protocol.framing import WORDS_BYTES_MAX, Message, encode_frame
from equivcheck.protocol.messages import VERSION, ask_to_plain, episode_to_plain, greeting_from_plain, roll_to_plain, script_to_plain
from equivcheck.protocol.turns import TURNS, check_items

MEMORY_BYTES_MAX: Final = 8 * 2**30
MANNER_S: Final = 60.0
_SWITCHES: Final[Mapping[str, Mapping[str, str]]] = {"eager": {"JAX_DISABLE_JIT": "1"}, "x64": {"JAX_ENABLE_X64": "1"}}
_NO_SETTINGS: Final = "an adapter.toml around this command (docs/adapters.md, Time and memory)"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long the checker waits: for `hello`, for each frame of the first answer on a new number of lanes, for any other frame."""

    hello_s: float = 60.0
    message_s: float = 30.0
    first_s: float = 600.0

    def of(self, kind: str, *, first: bool = False) -> Deadline:
        """Return the deadline of a request of this kind; where it is the `first` one, something may have to be compiled."""
        key = "hello_s" if kind == "hello" else "first_s" if first and self.first_s > self.message_s else "message_s"
        return Deadline(key, getattr(self, key))


@dataclass(frozen=True, slots=True)
class _Form:
    """How one kind of request for Steps treats what it gives a lane: as a message has it, how many Steps it asks for, as a Script."""

    plain: Callable[[Any], Any]
    lengths: Callable[[Any], list[int]]
    script: Callable[[Any], Script]


_ONE = (lambda item: [1], lambda item: Script((Episode(),)))
_FORMS: Final[Mapping[str, _Form]] = {
    "reset": _Form(lambda episode: episode_to_plain(episode, played=False), _ONE[0], lambda e: Script((replace(e, actions=()),))),
    "step": _Form(canonical, *_ONE),
    "load": _Form(canonical, *_ONE),
    "play": _Form(script_to_plain, lambda script: [len(e.actions) + 1 for e in script.episodes], lambda script: script),
    "roll": _Form(roll_to_plain, lambda roll: [roll.steps_max + 1] * len(roll.episodes), lambda roll: Script(roll.episodes)),
}


class ProcessBackend:
    """See Backend. A program that died, fell silent or broke the protocol is ended; the next call starts a fresh one.

    `starts` counts them. Where it dies in the middle of a request for Steps, the Trace holds what had arrived, and an End
    of the kind `died` for every lane that lacks a Step; a request that is refused or failed as a whole gives such Ends too.
    `manner`: in which manner a program that says it can is to play; the variable MANNER of its environment tells it, and it is
    waited for no longer than MANNER_S. Every method Raises: ProtocolError where what it says is malformed.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: str = "",
        cwd: Path | None = None,
        deadlines: Deadlines | None = None,
        memory_bytes_max: int = MEMORY_BYTES_MAX,
        settings: str = _NO_SETTINGS,
        name: str = "",
        manner: str = "",
    ) -> None:
        self.argv = tuple(argv)
        self.starts = 0
        self._environment = environment
        self._cwd = cwd
        self._deadlines = deadlines or Deadlines()
        self._variables = {MANNER: manner, **_SWITCHES.get(manner, {})} if manner else {}
        if manner:
            waits = (min(waits, MANNER_S) for waits in (self._deadlines.message_s, self._deadlines.first_s))
            self._deadlines = Deadlines(self._deadlines.hello_s, *waits)
        self._memory_bytes_max, self._settings, self._name = memory_bytes_max, settings, name
        self._answered: set[tuple[str, int]] = set()
        self.greeting = self._start()

    def reset(self, lanes: Sequence[int], episodes: Sequence[Episode], ask: Ask) -> Trace:
        """See Backend."""
        return self._trace("reset", lanes, episodes, ask)

    def step(self, lanes: Sequence[int], actions: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._trace("step", lanes, actions, ask)

    def load(self, lanes: Sequence[int], states: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._trace("load", lanes, states, ask)

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        return self._trace("play", lanes, scripts, ask)

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """See Backend."""
        return self._trace("roll", lanes, rolls, ask)

    def snapshot(self, lanes: Sequence[int]) -> list[bytes]:
        """See Backend."""
        tokens = self._say({"type": "snapshot", "lanes": list(lanes)}, len(lanes))["tokens"]
        return list(tokens)

    def restore(self, lanes: Sequence[int], tokens: Sequence[bytes]) -> None:
        """See Backend."""
        self._say({"type": "restore", "lanes": list(lanes), "tokens": list(tokens)}, len(lanes))

    def call(self, component: str, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """See Backend."""
        plain = [canonical(list(some)) for some in arguments]
        return list(self._say({"type": "call", "component": component, "arguments": plain}, len(plain))["results"])

    def discard(self, lanes: Sequence[int]) -> None:
        """See Backend."""
        self._say({"type": "discard", "lanes": list(lanes)}, len(lanes))

    def close(self) -> None:
        """See Backend."""
        self._conversation.farewell()

    def kill(self) -> None:
        """Kill the program, from any thread: who waits for its answer hears that it died."""
        self._conversation.kill()

    def restart(self) -> None:
        """End the program and start a fresh one."""
        self.close()
        self._start()

    def _start(self) -> Greeting:
        """Start the program and hear its greeting."""
        self._conversation = conversation = Conversation(
            self.argv, self._cwd, self._memory_bytes_max, self._settings, self._name, self._variables
        )
        self._answered.clear()
        self.starts += 1
        hello = encode_frame({"type": "hello", "protocol": VERSION, "environment": self._environment})
        try:
            with conversation.blamed("hello"):
                (answer,) = conversation.ask("hello", hello, self._deadlines.of("hello"))
                if answer["type"] != "hello":
                    complaint = f"{conversation.name} {answer['type']} `hello`: {answer['words']}"
                    raise AdapterError(complaint, argv=self.argv, last_words=conversation.last_words())
                return greeting_from_plain(answer, {"argv": list(self.argv)})
        except Gone as gone:
            complaint = f"{conversation.name} ended before it said hello: {gone}"
            hint = "run the command by hand: an adapter waits for frames on its standard input"
            raise AdapterError(complaint, argv=self.argv, last_words=gone.last_words, hint=hint) from None

    def _ready(self) -> Conversation:
        if self._conversation.over:
            self._start()
        return self._conversation

    def _deadline(self, kind: str, count: int) -> Deadline:
        return self._deadlines.of(kind, first=TURNS[kind].compiles and (kind, count) not in self._answered)

    def _trace(self, kind: str, lanes: Sequence[int], items: Sequence[Any], ask: Ask) -> Trace:
        """Ask for Steps, in several requests where one frame cannot hold what is asked."""
        plain = [_FORMS[kind].plain(item) for item in items]
        try:
            frame = encode_frame({"type": kind, "lanes": list(lanes), TURNS[kind].per_lane[0]: plain, **ask_to_plain(ask)})
        except ProtocolError:
            half = len(lanes) // 2
            if half:
                parts = [(lanes[:half], items[:half]), (lanes[half:], items[half:])]
                return join_traces([self._trace(kind, *part, ask) for part in parts])
            if not TURNS[kind].several or len(items[0].episodes) < 2:
                raise
            return self._trace_in_turn(kind, lanes, items[0], ask)
        conversation = self._ready()
        with conversation.blamed(kind):
            return self._collect(conversation, kind, frame, items, ask)

    def _trace_in_turn(self, kind: str, lanes: Sequence[int], item: Script | Roll, ask: Ask) -> Trace:
        """Play the first half of one lane's episodes, and then, if it did not give up, the others."""
        half = len(item.episodes) // 2
        first, second = (_some_episodes(item, part) for part in (slice(half), slice(half, None)))
        traces = [self._trace(kind, lanes, [first], ask)]
        if not traces[0].ends:
            traces.append(self._trace(kind, lanes, [second], ask))
        joined = join_traces(traces)
        played = Script(tuple(episode for script in joined.scripts for episode in script.episodes))
        return replace(
            joined,
            scripts=(item if isinstance(item, Script) else played,),
            runs=tuple(replace(run, script=0, episode=run.episode + half * run.script) for run in joined.runs),
            ends=tuple(replace(end, script=0, episode=end.episode + half * end.script) for end in joined.ends),
        )

    def _collect(self, conversation: Conversation, kind: str, frame: bytes, items: Sequence[Any], ask: Ask) -> Trace:
        form, rolled = _FORMS[kind], kind == "roll"
        collection = Collection({script: form.lengths(item) for script, item in enumerate(items)})
        if rolled:
            collection.is_cut = cut_by_legal(self.greeting)
        reserved = frozenset([ACTION] * rolled + [DIGEST] * (ask.detail == "digest"))
        over: tuple[EndKind, str] | None = None
        try:
            for answer in conversation.ask(kind, frame, self._deadline(kind, len(items))):
                if answer["type"] != "steps":
                    over = answer["type"], answer["words"]
                    break
                block = block_from_plain(answer, reserved=reserved)
                if answer["more"] and not block.step_count:
                    raise ProtocolError("a block without a Step, and more to come")
                collection.add(block if TURNS[kind].several else block.numbered_from_zero())
            self._answered.add((kind, len(items)))
        except Gone as gone:
            over = "died", "; ".join(filter(None, (str(gone), gone.last_words[-WORDS_BYTES_MAX // 2 :].strip())))
        greeting = self.greeting
        provenance = {"name": greeting.name, "version": greeting.version, "environment": greeting.environment, **greeting.provenance}
        trace = collection.trace([form.script(item) for item in items], provenance)
        lacking = collection.unfinished(trace)
        if over is None and lacking:
            script, episode, step = lacking[0]
            raise ProtocolError(f"it ends, but step {step} of script {script}, episode {episode} is missing, and no end is stated")
        if over is not None:
            trace = replace(trace, ends=(*trace.ends, *(End(*place, *over) for place in lacking)))
        return rolled_trace(trace, items, greeting) if rolled else trace

    def _say(self, request: Message, count: int) -> Message:
        """Ask for something that is answered by one message, with `count` items where it has any."""
        frame, kind, conversation = encode_frame(request), request["type"], self._ready()
        with conversation.blamed(kind):
            try:
                (answer,) = conversation.ask(kind, frame, self._deadline(kind, count))
            except Gone as gone:
                complaint = f"{conversation.name} ended in the middle of `{kind}`: {gone}"
                raise AdapterError(complaint, argv=self.argv, last_words=gone.last_words, how="died") from None
            for key, family in (("tokens", bytes), ("results", object)):
                if len(items := answer.get(key, [None] * count)) != count:
                    raise ProtocolError(f"{len(items)} `{key}` where {count} were asked for")
                check_items(answer.get(key, []), family, f"`{key}`")
        if answer["type"] == "refused":
            raise Refused(answer["words"])
        if answer["type"] == "failed":
            complaint = f"{conversation.name} failed in `{kind}`: {answer['words']}"
            raise AdapterError(complaint, argv=self.argv, last_words=conversation.last_words(), how="failed")
        self._answered.add((kind, count))
        return answer


def _some_episodes(item: Script | Roll, part: slice) -> Script | Roll:
    if isinstance(item, Script):
        return Script(item.episodes[part])
    return replace(item, episodes=item.episodes[part], choosers=item.choosers[part], spaces=item.spaces[part])
