"""One component of a side as an environment: an action is a list of arguments, and the Step after it shows what was returned."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from equivcheck.backends.interface import Backend
from equivcheck.backends.local import Refused, error_words
from equivcheck.backends.passing import PassingBackend
from equivcheck.backends.rows import Rows
from equivcheck.errors import AdapterError, ProtocolError, failure_words
from equivcheck.model.request import Ask, Greeting
from equivcheck.model.script import Script
from equivcheck.model.space import TupleSpace, contains
from equivcheck.model.step import INSIDE
from equivcheck.model.suggestion import closest
from equivcheck.model.trace import EndKind, Trace
from equivcheck.model.values import Value
from equivcheck.protocol.digest import narrow_trace

CALLS_MAX = 4_096  # in one message
_WORDS_MAX = 200
DEATHS_MAX = 8  # in one message: each costs a fresh process


class CalledInVain(AdapterError):
    """The process of a component died again and again; the first `made` of the calls were made."""

    def __init__(self, message: str, made: int) -> None:
        super().__init__(message, how="died")
        self.made = made


class CalledBackend(PassingBackend):
    """A Backend whose Steps after the first have a field of the component's name with what it returned.

    Of a map, what it drew, went through and told of (`draws`, `phases`, `events`) are fields of the Step, and compared as those are.

    `arguments`: what may be asked, None for anything. Raises: AdapterError where the side has no such component.
    """

    def __init__(self, backend: Backend, component: str, arguments: TupleSpace | None = None) -> None:
        super().__init__(backend)
        offered = backend.greeting.components
        if component not in offered:
            words = f"{backend.greeting.name} has no component {component!r}{closest(component, offered)}"
            raise AdapterError(words, hint=f"it has {', '.join(offered) or 'none'}: docs/levels.md, property")
        self._component, self._arguments = component, arguments
        name = f"call:{component}:{backend.greeting.name}"
        self.greeting = Greeting(name, backend.greeting.version, actions=arguments, lanes=CALLS_MAX)

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        results = iter(self._call([action for script in scripts for episode in script.episodes for action in episode.actions]))
        rows = Rows(tuple(scripts))
        for index, script in enumerate(scripts):
            given_up = False
            for number, episode in enumerate(script.episodes):
                answers = [next(results) for _ in episode.actions]
                if given_up:
                    continue
                rows.begin(index, number)
                rows.rows.append({})
                for result in answers:
                    if isinstance(result, _Failure):
                        rows.end(result.kind, result.words)
                        given_up = True
                        break
                    rows.rows.append(self._step_of(result))
        return narrow_trace(rows.trace(self.greeting), ask)

    def _step_of(self, result: Value) -> dict[str, Value]:
        if not isinstance(result, dict):
            return {self._component: result}
        inside = {name: result[name] for name in INSIDE if name in result}
        return {self._component: {name: value for name, value in result.items() if name not in INSIDE}, **inside}

    def discard(self, lanes: Sequence[int]) -> None:
        """See Backend. There is nothing to forget."""

    def _call(self, asked: Sequence[Value]) -> list[Value | _Failure]:
        """Return what each list of arguments gives; of calls that fail together, which of them do is found by halves.

        Where the program is gone, by which of them is found one by one, since each death costs a fresh process.
        Raises: CalledInVain after DEATHS_MAX deaths with calls left to make; AdapterError where it had to be ended for one call alone.
        """
        answers: list[Value | _Failure] = []
        width, widest, deaths = len(asked), len(asked), 0
        while len(answers) < len(asked):
            if self._arguments is not None and not contains(self._arguments, asked[len(answers)]):
                answers.append(_Failure("refused", "outside the arguments"))
                continue
            if deaths == DEATHS_MAX:
                raise CalledInVain(f"{self.greeting.name}: its process died {deaths} times in {len(answers)} calls", len(answers))
            some = self._fitting(asked[len(answers) : len(answers) + width])
            try:
                answers += self._backend.call(self._component, some)
                width = min(2 * width, widest)
                continue
            except ProtocolError as error:
                if error.side == "remote" or len(some) == 1:
                    raise
                how, words = "failed", str(error)  # more than a message holds
            except AdapterError as error:
                if not error.how or (error.how == "ended" and len(some) == 1):
                    raise self._told_of(error, some) from None
                how, words = str(error.how), failure_words(error)
            except Exception as error:
                how, words = "refused" if isinstance(error, Refused) else "failed", error_words(error)
            if len(some) > 1:
                widest = 1 if how in ("died", "ended") else widest
                width = min(len(some) // 2, widest)
                continue
            deaths += how == "died"
            answers.append(_Failure("refused" if how == "refused" else "failed", words))
        return answers

    def _told_of(self, error: AdapterError, some: Sequence[Value]) -> AdapterError:
        """Return an error with the call that it was about, if it was one."""
        if len(some) > 1:
            return error
        words = f"{error}, called with {str(some[0])[:_WORDS_MAX]}"
        return AdapterError(words, argv=error.argv, last_words=error.last_words, hint=error.hint, how=error.how)

    def _fitting(self, asked: Sequence[Value]) -> list[list[Value]]:
        """Return the lists of arguments up to the first that may not be asked."""
        space = self._arguments
        return [list(arguments) for arguments in takewhile(lambda arguments: space is None or contains(space, arguments), asked)]


class _Failure:
    """A call that gave no value."""

    def __init__(self, kind: EndKind, words: str) -> None:
        self.kind, self.words = kind, words
