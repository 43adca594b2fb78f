"""Which of two floors is higher."""

from __future__ import annotations

from shelflife.codecs.pickle import protocol_at
from shelflife.dialects import DIALECTS
from shelflife.floors import OURS, Floor

_FORMS = [OURS, *DIALECTS]
"""Newest first."""


def is_within(floor: Floor, other: Floor) -> bool:
    """Whether what is written at a floor asks no more of readers than what is written at another.

    A form counts as within every newer one.
    """
    if _rank(floor) < _rank(other) or floor.python > other.python:
        return False
    if floor.writes == other.writes == OURS and floor.format > other.format:
        return False
    mine = {bounds.package: bounds for bounds in floor.packages}
    return all(
        bounds.package in mine and mine[bounds.package].joined(bounds) == mine[bounds.package]
        for bounds in other.packages
    )


def is_worth_raising(low: Floor, high: Floor) -> bool:
    """Whether other bytes would be written at the higher of two floors."""
    if _rank(high) != _rank(low):
        return _rank(high) < _rank(low)
    if high.writes == OURS and high.format > low.format:
        return True
    return protocol_at(high.python_text) > protocol_at(low.python_text)


def _rank(floor: Floor) -> int:
    return _FORMS.index(floor.writes) if floor.writes in _FORMS else len(_FORMS)
