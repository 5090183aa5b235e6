"""One component of a side as an environment: an action is a list of arguments, and the Step after it shows what was returned."""

from __future__ import annotations

from collections.abc import Sequence

from equivcheck.backends.interface import Backend
from equivcheck.backends.local import Refused, error_words
from equivcheck.backends.passing import PassingBackend
from equivcheck.backends.rows import Rows
from equivcheck.errors import AdapterError
from equivcheck.model.request import Ask, Greeting
from equivcheck.model.script import Script
from equivcheck.model.space import TupleSpace, contains
from equivcheck.model.suggestion import closest
from equivcheck.model.trace import EndKind, Trace
from equivcheck.model.values import Value
from equivcheck.protocol.digest import narrow_trace

CALLS_MAX = 4_096  # in one message


class CalledBackend(PassingBackend):
    """A Backend whose Steps after the first have one field, the component's name, with what it returned.

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
        asked = [action for script in scripts for episode in script.episodes for action in episode.actions]
        results = iter(self._call(asked))
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
                    rows.rows.append({self._component: result})
        return narrow_trace(rows.trace(self.greeting), ask)

    def discard(self, lanes: Sequence[int]) -> None:
        """See Backend. There is nothing to forget."""

    def _call(self, asked: Sequence[Value]) -> list[Value | _Failure]:
        """Return what each list of arguments gives; where all in one message fail together, each alone says which does."""
        if not asked:
            return []
        inside = [self._arguments is None or contains(self._arguments, arguments) for arguments in asked]
        if not all(inside):
            answers = iter(self._call([arguments for arguments, fits in zip(asked, inside, strict=True) if fits]))
            return [next(answers) if fits else _Failure("refused", "outside the arguments") for fits in inside]
        try:
            return list(self._backend.call(self._component, [list(arguments) for arguments in asked]))
        except Exception as error:
            if len(asked) == 1:
                return [_Failure("refused" if isinstance(error, Refused) else "failed", error_words(error))]
        half = len(asked) // 2
        return self._call(asked[:half]) + self._call(asked[half:])


class _Failure:
    """A call that gave no value."""

    def __init__(self, kind: EndKind, words: str) -> None:
        self.kind, self.words = kind, words
