"""What a cache's options say of its fleet, and whether they can be so."""

from __future__ import annotations

from typing import NamedTuple, Optional

from shelflife.cache.static_floor import static_floor
from shelflife.errors import ConfigurationError
from shelflife.fleet import own_reach, registry_key
from shelflife.floors import Floor, FloorSpec

FLEET = "fleet"
"""The value of `floor` that follows the fleet."""

_LONGEST_RELEASE = 100


class FleetTerms(NamedTuple):
    """A cache's part in a fleet.

    Attributes:
        fleet: Its name.
        release: The cache's.
        floor: What is written at first: the minimum of one that follows the fleet.
        reach: What the cache reads.
        follows: Whether it writes what the fleet agrees on.
    """

    fleet: str
    release: str
    floor: Floor
    reach: Floor
    follows: bool


def fleet_terms(
    *,
    fleet: Optional[str],
    minimum: Optional[FloorSpec],
    floor: Optional[FloorSpec],
    reads: Optional[str],
    writes: Optional[str],
    release: Optional[str],
) -> Optional[FleetTerms]:
    """Give the terms, or None without a fleet.

    Raises:
        ConfigurationError: If the options contradict each other, or one is missing.
    """
    follows = floor == FLEET
    _check_pairs(fleet, minimum, writes, follows=follows)
    if fleet is None:
        return None
    registry_key(fleet)
    is_text = isinstance(release, str)
    if not release or not is_text or len(release) > _LONGEST_RELEASE or release[0] == "-":
        raise ConfigurationError(
            "a cache in a fleet says what release it is of, in up to 100 characters, the first of "
            'them no dash: release="..."'
        )
    reach = own_reach(reads)
    first = static_floor(minimum, None) if follows else static_floor(floor, writes)
    if follows and first.writes not in reach.dialects:
        raise ConfigurationError(
            f'fleet_minimum is "{first}", but this cache does not read {first.writes}: it would '
            f'not read what it writes. Say reads="{first.writes}", or another minimum'
        )
    return FleetTerms(fleet, release, first, reach, follows)


def _check_pairs(
    fleet: Optional[str], minimum: Optional[FloorSpec], writes: Optional[str], *, follows: bool
) -> None:
    if follows and fleet is None:
        raise ConfigurationError('floor="fleet" needs the name of the fleet: fleet="api"')
    if follows and minimum is None:
        raise ConfigurationError(
            'floor="fleet" needs fleet_minimum=..., what every reader reads while nobody knows '
            'what the fleet has agreed on, such as fleet_minimum="python>=2.7, werkzeug"'
        )
    if follows and writes is not None:
        raise ConfigurationError(
            f'writes="{writes}" contradicts floor="fleet", by which the fleet decides what is '
            "written: leave one of them out"
        )
    if minimum is not None and not follows:
        raise ConfigurationError('fleet_minimum is for caches that follow a fleet: floor="fleet"')
