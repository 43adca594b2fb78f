"""Reads a log: which of its requests are sent, and what became of the others.

Rules:
1. Memory does not grow with the log.
2. A line that cannot be read is counted and skipped; of the first few the reason is kept, never
   the line.
3. A log that gives no request is an error which says what to change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from shelflife.errors import ConfigurationError
from shelflife.rehearse.log.access import parse_combined, parse_common
from shelflife.rehearse.log.guessing import guess_format
from shelflife.rehearse.log.json_lines import parse_json
from shelflife.rehearse.log.lines import Line, read_lines, why_no_lines
from shelflife.rehearse.log.logged import Logged, Unparsable, sendable_headers, sendable_target
from shelflife.rehearse.log.own_format import parser_of
from shelflife.rehearse.log.selection import Selection, with_first_headers
from shelflife.rehearse.plan.parts import LogPlan
from shelflife.rehearse.requests import Request

_EXAMPLES = 5
_AT_ONCE = 4096

_PARSERS = {"combined": parse_combined, "common": parse_common, "json": parse_json}


@dataclass
class Reading:
    """What became of a log's lines.

    Attributes:
        lines: How many there are, blank ones too.
        unparsable: How many say no request.
        examples: Of the first of these, the line's number and why.
        dropped: Requests that are not sent because of their method, by method.
        left_out: Requests that were not taken because there are more than the plan wants.
        taken: Requests that are sent.
    """

    lines: int = 0
    unparsable: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    left_out: int = 0
    taken: int = 0


def read_log(
    log: LogPlan, seed: int, progress: Callable[[int], None]
) -> tuple[list[Request], Reading]:
    """Give the requests that are sent, in the log's order, and what became of all lines.

    Args:
        log: The plan's table.
        seed: Decides which requests are taken of too many.
        progress: Called now and then with how many lines were read since it was last called.

    Raises:
        ConfigurationError: If there is none, or the log cannot be read.
    """
    reading, selection = Reading(), Selection(log.most, seed)
    parse = _PARSERS.get(log.format) or parser_of(log.formats[log.format])
    try:
        for line in read_lines(log.file):
            _take(line, parse, log, reading, selection)
            if line.number % _AT_ONCE == 0:
                progress(_AT_ONCE)
    except OSError as error:
        raise ConfigurationError(f"{log.file}: cannot be read: {error.strerror}") from None
    progress(reading.lines % _AT_ONCE)
    requests = [
        request._replace(number=number)
        for number, request in enumerate(with_first_headers(selection.taken()))
    ]
    reading.taken = len(requests)
    reading.left_out = selection.seen - len(requests)
    if not requests:
        raise ConfigurationError(f"{log.file.name}: {_why_none(log, reading)}")
    return requests, reading


def _take(
    line: Line,
    parse: Callable[[bytes], Logged],
    log: LogPlan,
    reading: Reading,
    selection: Selection,
) -> None:
    reading.lines += 1
    if not line.damage and not line.text.strip():
        return
    try:
        if line.damage:
            raise Unparsable(line.damage)
        logged = parse(line.text)
        if logged.method not in log.methods:
            reading.dropped[logged.method] += 1
            return
        target = sendable_target(logged.target)
    except Unparsable as why:
        reading.unparsable += 1
        if len(reading.examples) < _EXAMPLES:
            reading.examples.append((line.number, str(why)))
        return
    headers = sendable_headers(logged.headers, log.drop_headers)
    selection.add(Request(0, logged.method, target, headers, logged.body, line.number))


def _why_none(log: LogPlan, reading: Reading) -> str:
    if reading.dropped:
        methods = ", ".join(f"{count:,} {name}" for name, count in reading.dropped.most_common(5))
        allowed = ", ".join(sorted(log.methods))
        return (
            f"has no request with {allowed}, only {methods}: take another log, or allow a method "
            "with [log] methods if it may be sent to both releases"
        )
    if not reading.unparsable:
        return "is empty: take a log that holds requests"
    number, why = reading.examples[0]
    return (
        f"none of {reading.lines:,} lines is a request in the format {log.format} "
        f"(line {number}: {why}): {_remedy(log)}"
    )


def _remedy(log: LogPlan) -> str:
    if other := why_no_lines(log.file):
        return other
    guessed = guess_format(log.file)
    if guessed is not None and guessed != log.format:
        return f'write [log] format = "{guessed}"'
    return "define its format in [log.formats]"
