"""The phases on the one cache that both releases share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from shelflife.rehearse.cache_server import Janitor
from shelflife.rehearse.entries.book import Place
from shelflife.rehearse.entries.tally import CHANGED, FAILS, READS
from shelflife.rehearse.examining import Examiner
from shelflife.rehearse.findings import ANSWER, ERROR
from shelflife.rehearse.learned import exception_type
from shelflife.rehearse.outcome import Outcome
from shelflife.rehearse.phases import Phase, Step
from shelflife.rehearse.requests import Request
from shelflife.rehearse.running import Running, Seen
from shelflife.rehearse.sending import send
from shelflife.rehearse.trouble import KeepsEnding
from shelflife.stores.address import parse_url

_MOST_STARTS = 3
# What a process may say because it is told to end.
_ENDING = frozenset(
    ("SystemExit", "KeyboardInterrupt", "CancelledError", "asyncio.exceptions.CancelledError")
)


class SharedCache:
    """Goes through phases, one after the other.

    Args:
        outcome: Is added to.
        examiner: Looks at each answer.
        url: Where the cache is.
        janitor: Makes entries expire there.
        to_expire: Requests whose entries are made to expire at the end of a phase, so that its
            release writes them anew for the next one.
    """

    def __init__(
        self,
        outcome: Outcome,
        examiner: Examiner,
        url: str,
        janitor: Janitor,
        to_expire: Sequence[Request],
    ) -> None:
        self._outcome = outcome
        self._examiner = examiner
        self._address, _ = parse_url(url, {})
        self._janitor = janitor
        self._to_expire = to_expire
        self._last: dict[str, Seen] = {}

    def go_through(self, phase: Phase) -> None:
        """Start who takes part, send what is to be sent, and end them.

        Raises:
            CannotRehearse: If a service cannot be started.
        """
        outcome, courses = self._outcome, self._outcome.courses
        anew = self._to_expire if phase.next_reader else ()
        outcome.book.phase = phase.name
        self._last.clear()
        with courses.follow(phase.name, phase.releases, len(phase.steps) + len(anew)):
            with ExitStack() as stack:
                running = self._start(phase, stack)
                log = outcome.plan.log
                send(phase.steps, running, log, lambda seen: self._note(seen, running))
                if anew:
                    self._expire(anew)
                    steps = [Step(request, phase.releases[0]) for request in anew]
                    send(steps, running, log, lambda seen: self._note(seen, running))
            outcome.tally.add(outcome.book.take_between())
            for name, one in running.items():
                self._note_late(name, one.late_exceptions())

    def _start(self, phase: Phase, stack: ExitStack) -> dict[str, Running]:
        outcome = self._outcome
        running = {}
        for name in phase.releases:
            outcome.courses.tell.say(f"{phase.name}: starting {name}")
            label = f"{name}-{phase.name}"
            one = Running(
                outcome.releases[name], self._address, outcome.book, outcome.plan.log, label
            )
            running[name] = stack.enter_context(one)
        outcome.courses.tell.say("")
        return running

    def _note(self, seen: Seen, running: Mapping[str, Running]) -> None:
        found = self._examiner.examine(seen)
        self._outcome.tally.add(seen.sights, {ERROR: FAILS, ANSWER: CHANGED}.get(found, READS))
        self._outcome.courses.add(seen, bad=bool(found))
        one = running[seen.release]
        self._last[seen.release] = seen
        if not seen.answer.status and one.has_ended and not one.restart(_MOST_STARTS):
            raise KeepsEnding(
                f"[{seen.release}] ended by itself {_MOST_STARTS + 1} times in phase {seen.phase}, "
                f"the last time at {seen.request.method} {seen.request.shown}"
            )

    def _note_late(self, release: str, exceptions: Sequence[str]) -> None:
        """Look at what was logged after the last answer; which request it belongs to is unsure."""
        late = tuple(text for text in exceptions if exception_type(text) not in _ENDING)
        last = self._last.get(release)
        if last is None or not late:
            return
        self._outcome.courses.note_exceptions(release, late)
        alone = self._outcome.learned.raises_alone
        new = tuple(text for text in late if not alone(release, last.request, text))
        if new:
            self._examiner.examine(last._replace(exceptions=new, sure=False, log=()))

    def _expire(self, requests: Sequence[Request]) -> None:
        places: list[Place] = []
        for request in requests:
            places += self._outcome.learned.written[self._outcome.learned.number(request)]
        self._janitor.expire(places)
        self._outcome.book.removed(places)
        self._outcome.expired += len({place[:2] for place in places})
