"""Whether a rehearsal has shown enough: from what the taps saw, never from what the log promises.

Rules:
1. In each direction, of each key class that one release writes and the other reads, entries must
   cross: as many as the plan wants. What production wrote is read in an upgrade only.
2. In each direction text outside ASCII must be among what crosses, unless the plan says that there
   is none.
3. Entries that production holds, and that an audit has told of, must have crossed as well.
4. A key class that only scripts touch was not seen.
5. Of key classes that the plan leaves out, nothing needs to be seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple, Optional

from shelflife.rehearse.entries.book import NEW, OLD
from shelflife.rehearse.entries.tally import ROLLBACK, UPGRADE, direction_of
from shelflife.rehearse.outcome import Outcome
from shelflife.rehearse.production import Production, find_production
from shelflife.rehearse.requests import Request

DIRECTIONS = (UPGRADE, ROLLBACK)
_READER = {UPGRADE: NEW, ROLLBACK: OLD}
_WRITER = {UPGRADE: OLD, ROLLBACK: NEW}
_WIDE = "non-ascii text"


class Gap(NamedTuple):
    """Something that was not seen.

    Attributes:
        kind: "no-entries", "not-crossed", "non-ascii", "bypass", "opaque" or "production".
        direction: "upgrade", "rollback", or "" for both.
        sentence, remedy: For people.
    """

    kind: str
    key_class: str
    direction: str
    sentence: str
    remedy: str


class Adequacy(NamedTuple):
    """What is missing, and what production holds."""

    gaps: Sequence[Gap]
    production: Optional[Production]


def assess(outcome: Outcome) -> Adequacy:
    """Find out what was not seen."""
    production = find_production(outcome)
    return Adequacy(tuple(_gaps(outcome, production)), production)


def _gaps(outcome: Outcome, production: Optional[Production]) -> Iterator[Gap]:
    tallies = outcome.tally.kinds
    if not any(tally.wrote or tally.read for tally in tallies.values()):
        yield _no_entries(outcome)
        return
    for direction in DIRECTIONS:
        yield from _not_crossed(outcome, direction)
    if outcome.plan.adequacy.non_ascii:
        for direction in DIRECTIONS:
            yield from _ascii_only(outcome, direction)
    yield from _opaque(outcome)
    if production is not None:
        for group in production.groups:
            if not group.covered:
                yield Gap("production", group.key_class, "", group.sentence, group.remedy)


def _no_entries(outcome: Outcome) -> Gap:
    opaque = outcome.book.opaque
    if opaque:
        sentence = (
            f"the releases were seen to run {_counted(opaque)} only, whose effects are not known"
        )
        return Gap("opaque", "", "", sentence, "rehearse with a client that sends plain commands")
    return Gap(
        "no-entries",
        "",
        "",
        "neither release wrote or read any entry of the cache it was given",
        "put {cache_url}, or {cache_host} and {cache_port}, into `command` or `env`, and see that "
        "the log's requests lead to cached values",
    )


def _not_crossed(outcome: Outcome, direction: str) -> Iterator[Gap]:
    reader, writer, plan = _READER[direction], _WRITER[direction], outcome.plan.adequacy
    written: Counter[str] = Counter()
    entries: Counter[str] = Counter()
    for kind, tally in outcome.tally.kinds.items():
        written[kind.key_class] += sum(n for (by, _), n in tally.wrote.items() if by == writer)
    for crossing, crossed in outcome.tally.crossings.items():
        if direction_of(crossing.reader, crossing.writer) == direction:
            entries[crossing.kind.key_class] += len(crossed.entries)
    reads = outcome.learned.reads[reader]
    classes = {name for name in reads if written[name] or name in outcome.learned.reads[writer]}
    if not any(entries.values()) and not classes:
        yield Gap(
            "not-crossed",
            "",
            direction,
            f"{reader} reads no key class that {writer} writes",
            "see whether both releases use the cache, and the same keys",
        )
    for name in sorted(classes):
        if entries[name] < plan.entries and not _is_left_out(outcome, name):
            yield Gap(
                "not-crossed",
                name,
                direction,
                f"{reader} read {_few(entries[name])} of {name} that {writer} had written"
                + (f", and {plan.entries} are wanted" if plan.entries > 1 else ""),
                _remedy_for_crossing(outcome, name),
            )


def _remedy_for_crossing(outcome: Outcome, key_class: str) -> str:
    phases = outcome.plan.phases
    if phases.warm >= 1 or not phases.expire:
        return "set `warm` in [phases] below 1 and leave `expire` on: each release must write some"
    requests = requests_that_write(outcome, key_class)
    if outcome.seeded and not requests:
        return (
            "add requests to the log whose entries are not among the seeded ones: where those are "
            "all there, neither release writes any"
        )
    if requests:
        return f"have the log ask for more of what writes it, such as {_shown(requests)}"
    return "add requests to the log that lead to such entries"


def _ascii_only(outcome: Outcome, direction: str) -> Iterator[Gap]:
    tallies = outcome.tally.kinds.values()
    if any(tally.features[direction][_WIDE] for tally in tallies):
        return
    if not any(tally.crossed[direction] for tally in tallies):
        return  # which is a gap of its own
    reader, writer = _READER[direction], _WRITER[direction]
    wide = sum(not request.is_ascii for request in outcome.requests)
    what = f"no entry with text outside ASCII that {writer} had written was read by {reader}"
    if wide:
        yield Gap(
            "bypass",
            "",
            direction,
            f"{what}, although {wide:,} requests hold such text: they bypass the cache, or what "
            "they lead to is ASCII",
            "add requests whose cached values hold such text, or put real entries into the cache "
            "with --seed-entries FILE.rdb",
        )
        return
    yield Gap(
        "non-ascii",
        "",
        direction,
        what,
        "add such requests to the log, or have some derived with --inject unicode; if there is no "
        "such text in production, say `non_ascii = false` in [adequacy]",
    )


def _opaque(outcome: Outcome) -> Iterator[Gap]:
    """Give the key classes that scripts touch, and of which nothing else was seen."""
    seen = {kind.key_class for kind in outcome.tally.kinds}
    unseen: dict[str, Counter[str]] = defaultdict(Counter)
    for (database, key), command in outcome.book.opaque_keys.items():
        unseen[outcome.kinds.class_of((database, key, b""))][command] += 1
    for name, commands in sorted(unseen.items()):
        if name not in seen and not _is_left_out(outcome, name):
            shown = ", ".join(sorted(commands))
            yield Gap(
                "opaque",
                name,
                "",
                f"{_few_keys(commands)} of {name}: touched by {shown} only, whose effects "
                "cannot be seen",
                "rehearse with a client that sends plain commands; if these are no cached values "
                f'(counters, locks), say `ignore = ["{name}"]` in [adequacy]',
            )


def _is_left_out(outcome: Outcome, key_class: str) -> bool:
    return any(fnmatchcase(key_class, pattern) for pattern in outcome.plan.adequacy.ignore)


def _few_keys(commands: Counter[str]) -> str:
    count = sum(commands.values())
    return "one key" if count == 1 else f"{count:,} keys"


def requests_that_write(outcome: Outcome, key_class: str, most: int = 2) -> list[Request]:
    """Give a few requests that lead to entries of a key class."""
    found = []
    for request in outcome.distinct:
        places = outcome.learned.written.get(request.number, ())
        if any(outcome.kinds.class_of(place) == key_class for place in places):
            found.append(request)
            if len(found) == most:
                break
    return found


def _shown(requests: Sequence[Request]) -> str:
    return " and ".join(f"{request.method} {request.shown}" for request in requests)


def _few(count: int) -> str:
    return {0: "no entry", 1: "one entry"}.get(count, f"{count:,} entries")


def _counted(commands: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(commands.items()))
