"""What a cache's options `floor` and `writes` say together."""

from __future__ import annotations

from typing import Optional

from shelflife.dialects import DIALECTS, describe, short_name
from shelflife.errors import ConfigurationError
from shelflife.floors import OURS, Floor, FloorSpec, names_ours, parse_floor

NEWEST = Floor((3, 9))
"""Readers that all have shelflife itself, which needs this Python."""


def static_floor(given: Optional[FloorSpec], writes: Optional[str]) -> Floor:
    """Give the floor from both options.

    Raises:
        ConfigurationError: If they contradict each other, or more must be said.
    """
    form = OURS if writes is None else _form(writes)
    if given is None:
        if form == OURS:
            return NEWEST
        raise ConfigurationError(
            f'writes="{writes}" needs floor=..., the oldest Python that still reads this '
            'cache, such as floor="2.7"'
        )
    floor = parse_floor(given, (form,))
    if writes is not None and form not in floor.dialects:
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


def _form(writes: str) -> str:
    """Give the form that the option names."""
    if writes == OURS:
        return OURS
    if not isinstance(writes, str) or writes.partition(":")[0] not in DIALECTS:
        raise ConfigurationError(f"no dialect {writes!r}; those written are: {OURS}, {describe()}")
    return short_name(writes)
