"""Times of this very rehearsal: the time of day in an answer is compared by its format only.

Two answers to one request often come within one second, so that a time of full seconds, minutes or
days is not seen to vary when noise is learned. But a time that lies within the rehearsal was made
by a clock, in both answers; with the same format, it says nothing. A time that was shifted by a
zone lies outside.
"""

from __future__ import annotations

import calendar
import re
import time
from functools import lru_cache
from typing import NamedTuple, Optional

from shelflife.rehearse.answers.texts import shape_of

_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_DAY = (
    re.compile(r"(?P<y>\d{4})[-/](?P<m>\d\d)[-/](?P<d>\d\d)"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?=T)"),
    re.compile(r"(?P<d>\d{1,2})[ -](?P<n>[A-Z][a-z]{2})[a-z]*[ -](?P<y>\d{4})"),
    re.compile(r"(?P<n>[A-Z][a-z]{2})[a-z]*\s+(?P<d>\d{1,2})(?:,?\s(?:.*\s)?(?P<y>\d{4})\b)"),
)
_CLOCK = re.compile(r"(?<![\d+:-])(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d))?|T(\d\d)(\d\d)(\d\d)")
_ZONE = re.compile(r"(?P<sign>[+-])(?P<h>\d\d):?(?P<m>\d\d)$")
_DAY_LONG, _SLACK = 86_400.0, 2.0
_SCALES = (1.0, 1e3, 1e6)  # seconds, milliseconds, microseconds since 1970


class Moment(NamedTuple):
    """A time that was written down.

    Attributes:
        at: Seconds since 1970; of a time without a day, since midnight.
        exact_to: How long it is until the same format says another time.
        has_zone: Whether it says its zone.
    """

    at: float
    exact_to: float
    has_zone: bool


class Span:
    """The time since a rehearsal began."""

    def __init__(self) -> None:
        self._began = time.time()

    def covers_both(self, one: str, other: str) -> bool:
        """Whether two texts are times of this span, of the same format and zone."""
        if shape_of(one) != shape_of(other) or not shape_of(one).startswith("time "):
            return False
        mine, theirs = moment(one), moment(other)
        if mine is None or theirs is None:
            return False
        offsets = (0.0,) if mine.has_zone else (0.0, float(time.localtime().tm_gmtoff))
        return any(self._covers(mine, o) and self._covers(theirs, o) for o in offsets)

    def covers_numbers(self, one: float, other: float) -> bool:
        """Whether two numbers are times of this span, of the same unit."""
        return any(all(self._is_within(each / scale) for each in (one, other)) for scale in _SCALES)

    def strays(self, one: str, other: str) -> bool:
        """Whether the first is a time of this span and day, and the other one is far from it.

        What varies because a clock goes on may be compared by its format, but it stays with the
        clock: a zone that was lost or added takes it away.
        """
        if not (shape_of(one).startswith("time ") and shape_of(other).startswith("time ")):
            return False
        mine, theirs = moment(one), moment(other)
        if mine is None or theirs is None or min(mine.at, theirs.at) < _DAY_LONG:
            return False
        offsets = (0.0,) if mine.has_zone else (0.0, float(time.localtime().tm_gmtoff))
        near = [offset for offset in offsets if self._covers(mine, offset)]
        return bool(near) and all(
            self._is_far(theirs.at - offset, theirs.exact_to) for offset in near
        )

    def strays_numbers(self, one: float, other: float) -> bool:
        """Whether the first is a time of this span, and the other one is far from it."""
        scale = next((each for each in _SCALES if self._is_within(one / each)), None)
        return scale is not None and self._is_far(other / scale, 0.0)

    def _is_within(self, at: float) -> bool:
        return self._began - _SLACK <= at <= time.time() + _SLACK

    def _is_far(self, at: float, exact_to: float) -> bool:
        """Whether it is before the span, or further ahead than the span is long.

        In two minutes, say, was ahead when it was learned, and is of the span by now.
        """
        now = time.time()
        latest = now + (now - self._began)
        return not self._began - exact_to - _SLACK <= at <= latest + exact_to + _SLACK

    def _covers(self, written: Moment, offset: float) -> bool:
        began, now = self._began + offset, time.time() + offset
        if written.at < _DAY_LONG:  # without a day
            began, now = began % _DAY_LONG, now % _DAY_LONG
        return began - written.exact_to - _SLACK <= written.at <= now + _SLACK


@lru_cache(maxsize=1024)
def moment(text: str) -> Optional[Moment]:
    """Read a time; None if it is written in another way than those that are known."""
    clock = _CLOCK.search(text)
    seconds, exact_to = 0.0, _DAY_LONG
    if clock is not None:
        hour, minute, second = clock.group("h", "m", "s") if clock["h"] else clock.groups()[3:]
        seconds = int(hour) * 3600.0 + int(minute) * 60.0 + int(second or 0)
        exact_to = 60.0 if second is None else 1.0
    zone = _ZONE.search(text) if clock else None
    if zone is not None:
        shift = int(zone["h"]) * 3600.0 + int(zone["m"]) * 60.0
        seconds -= shift if zone["sign"] == "+" else -shift
    has_zone = zone is not None or text.endswith(("Z", "UTC", "GMT"))
    day = next((found for found in (p.search(text) for p in _DAY) if found), None)
    if day is None:
        return Moment(seconds, exact_to, has_zone) if clock else None
    named = day.groupdict()
    month = _MONTHS.get(named["n"], 0) if named.get("n") else int(named["m"])
    if not 1 <= month <= 12 or not 1 <= int(day["d"]) <= 31:
        return None
    start = calendar.timegm((int(day["y"]), month, int(day["d"]), 0, 0, 0))
    return Moment(start + seconds, exact_to, has_zone)
