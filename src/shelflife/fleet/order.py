"""Which of two floors is higher."""

from __future__ import annotations

from shelflife.codecs.pickle import protocol_at
from shelflife.floors import OURS, Floor


def is_within(floor: Floor, other: Floor) -> bool:
    """Whether what is written at a floor asks no more of readers than what is written at another.

    A dialect counts as within shelflife's own form, and within no other dialect.
    """
    if other.writes not in (floor.writes, OURS) or floor.python > other.python:
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
    if high.writes != low.writes:
        return high.writes == OURS
    if high.writes == OURS and high.format > low.format:
        return True
    return protocol_at(high.python_text) > protocol_at(low.python_text)
