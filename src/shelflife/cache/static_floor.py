"""What a cache's options `floor` and `writes` say together."""

from __future__ import annotations

from typing import Optional

from shelflife.dialects import DIALECTS
from shelflife.errors import ConfigurationError
from shelflife.floors import OURS, Floor, FloorSpec, names_ours, parse_floor

NEWEST = Floor((3, 9))
"""Readers that all have shelflife itself, which needs this Python."""


def static_floor(given: Optional[FloorSpec], writes: Optional[str]) -> Floor:
    """Give the floor from both options.

    Raises:
        ConfigurationError: If they contradict each other, or more must be said.
    """
    if writes is not None and writes != OURS and writes not in DIALECTS:
        known = ", ".join([OURS, *sorted(DIALECTS)])
        raise ConfigurationError(f"no dialect {writes!r}; those written are: {known}")
    if given is None:
        if writes in (None, OURS):
            return NEWEST
        raise ConfigurationError(
            f'writes="{writes}" needs floor=..., the oldest Python that still reads this '
            'cache, such as floor="2.7"'
        )
    floor = parse_floor(given, (writes or OURS,))
    if writes is not None and writes not in floor.dialects:
        raise ConfigurationError(
            f'writes="{writes}", but the readers at floor "{floor}" read no such entries'
        )
    if floor.writes == OURS and floor.python < NEWEST.python and not names_ours(given):
        raise ConfigurationError(
            f'floor="{given}", but entries of shelflife are read with Python 3.9 and up; for '
            'older readers write what they read: writes="werkzeug"; or, if all of them have the '
            f'bridge, floor="shelflife, {floor.python_text}"'
        )
    return floor
