"""From what was seen of a request to what speaks against the deploy."""

from __future__ import annotations

from shelflife.rehearse.answers import Comparer, Difference
from shelflife.rehearse.dealing import WARM
from shelflife.rehearse.entries.book import NEW, OLD
from shelflife.rehearse.entries.kinds import Kinds
from shelflife.rehearse.entries.tally import ROLLBACK, UPGRADE, direction_of, is_unused
from shelflife.rehearse.findings import (
    ANSWER,
    ERROR,
    UNUSED,
    Entry,
    Example,
    Findings,
    Subject,
    choose_entries,
    general_place,
    keep_entry,
)
from shelflife.rehearse.learned import Alone, Learned, exception_type
from shelflife.rehearse.running import Seen

_HABIT = 0.5  # of its lookups: a release that so often writes anew by itself does so on purpose


class Examiner:
    """Examines what was seen in the phases on the shared cache; used by several threads.

    Args:
        learned: What each release does by itself.
        comparer: Knows their answers.
        kinds: Knows entries.
        findings: Are added to.
    """

    def __init__(
        self, learned: Learned, comparer: Comparer, kinds: Kinds, findings: Findings
    ) -> None:
        self._learned = learned
        self._comparer = comparer
        self._kinds = kinds
        self._findings = findings

    def examine(self, seen: Seen) -> str:
        """Add what a request shows, and give its kind; "" if it shows nothing."""
        differences, exceptions = self._differences(seen), self._new_exceptions(seen)
        failed = seen.answer.is_error and not self._learned.fails_alone(seen.release, seen.request)
        if failed or exceptions:
            mark = exceptions[0] if exceptions else str(seen.answer.status)
            return self._add(ERROR, seen, mark, differences)
        if differences:
            return self._add(ANSWER, seen, general_place(differences[0].path), differences)
        return self._look_for_unused(seen)

    def _differences(self, seen: Seen) -> tuple[Difference, ...]:
        """Give what neither the release itself nor old would have answered."""
        found = self._comparer.compare(seen.request, seen.release, seen.answer)
        if seen.release == OLD:
            return found.own
        places = {difference.path for difference in found.old}
        return tuple(difference for difference in found.own if difference.path in places)

    def _new_exceptions(self, seen: Seen) -> list[str]:
        release, request, known = seen.release, seen.request, self._learned.raises_alone
        new = [text for text in seen.exceptions if not known(release, request, text)]
        return [exception_type(text) for text in new]

    def _look_for_unused(self, seen: Seen) -> str:
        found = ""
        for number, sight in enumerate(seen.sights):
            if not sight.crosses or sight.entry is None or not is_unused(seen.sights, number):
                continue
            key_class = self._kinds.class_of(sight.place)
            alone = self._learned.alone.get((seen.release, key_class), Alone())
            if alone.share_missed >= _HABIT:
                continue
            if self._learned.rewrites_alone(seen, sight.place, key_class):
                continue
            found = self._add(UNUSED, seen, key_class, ())
        return found

    def _add(self, kind: str, seen: Seen, mark: str, differences: tuple[Difference, ...]) -> str:
        entries = self._entries(seen)
        crossing = [entry for entry in entries if entry.sight.crosses]
        writer = crossing[0].sight.writer if crossing else ""
        direction = direction_of(seen.release, writer) or _direction_of_phase(seen)
        key_class = crossing[0].kind.key_class if crossing else ""
        endpoint = "" if key_class else seen.request.endpoint
        subject = Subject(kind, direction, seen.release, key_class, endpoint, mark)
        expected = self._comparer.reference(seen.request, seen.release)
        example = Example(seen._replace(sights=()), expected, differences, choose_entries(entries))
        self._findings.add(subject, seen.phase, example, writer=writer)
        return kind

    def _entries(self, seen: Seen) -> list[Entry]:
        return [
            keep_entry(sight, self._kinds.of(sight).kind)
            for sight in seen.sights
            if sight.did in {"read", "wrote"} and sight.entry is not None
        ]


def _direction_of_phase(seen: Seen) -> str:
    if seen.phase == WARM:
        return ""
    return UPGRADE if seen.release == NEW else ROLLBACK
