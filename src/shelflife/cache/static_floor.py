"""What a cache's options `floor` and `writes` say together."""

from __future__ import annotations

from typing import Optional

from shelflife.dialects import DIALECTS, Dialect, describe, short_name
from shelflife.errors import ConfigurationError, Unreadable
from shelflife.floors import OURS, Floor, FloorSpec, names_ours, parse_floor

NEWEST = Floor((3, 9))
"""Readers that all have shelflife itself, which needs this Python."""

_SAMPLE = "text, which every dialect carries, " * 4  # and which every compressor packs


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


def expect_read(read: Optional[Dialect], written: Dialect) -> None:
    """Make sure that a cache reads what it writes: else it would miss for ever, and say nothing.

    Raises:
        ConfigurationError: If it does not.
    """
    try:
        if read is not None and read.read(written.write(_SAMPLE)) == _SAMPLE:
            return
    except Unreadable:
        pass
    raise ConfigurationError(
        f"this cache writes the {written.name} dialect, but would not read what it writes: say "
        f'reads="{written.name}"'
    )


def _form(writes: str) -> str:
    """Give the form that the option names."""
    if writes == OURS:
        return OURS
    if not isinstance(writes, str) or writes.partition(":")[0] not in DIALECTS:
        raise ConfigurationError(f"no dialect {writes!r}; those written are: {OURS}, {describe()}")
    return short_name(writes)
