"""The fleet: the processes that share a cache, what each of them reads, and the floor of all.

A registry, one hash beside the cache, says who is there, what was committed, and who may come back.
What is written is decided from it alone, by each process for itself; without it, or where it is not
to be believed, the minimum is written that each process was given.
"""

from shelflife.fleet.following import Follower
from shelflife.fleet.own import own_reach
from shelflife.fleet.registry import registry_key
from shelflife.fleet.tally import Tally
from shelflife.fleet.tasks import AsyncParticipation
from shelflife.fleet.threads import Participation, Place

__all__ = [
    "AsyncParticipation",
    "Follower",
    "Participation",
    "Place",
    "Tally",
    "own_reach",
    "registry_key",
]
