"""From what a URL says to the store that speaks to it."""

from __future__ import annotations

from dataclasses import replace

from shelflife.stores.cluster_async import AsyncClusterStore
from shelflife.stores.cluster_sync import ClusterStore
from shelflife.stores.interface import AsyncStore, Store
from shelflife.stores.limits import Limits
from shelflife.stores.opening_async import AsyncSentinelOpener
from shelflife.stores.opening_sync import SentinelOpener
from shelflife.stores.redis_async import AsyncRedisStore
from shelflife.stores.redis_sync import RedisStore
from shelflife.stores.topology import SentinelTopology
from shelflife.stores.topology_urls import ClusterPlaces, Places, SentinelPlaces


def open_places(places: Places, limits: Limits) -> Store:
    """Give a store; it connects on first use."""
    if isinstance(places, SentinelPlaces):
        server = replace(places.server, shown=places.shown)
        return RedisStore(server, limits, SentinelOpener(SentinelTopology(places, limits)))
    if isinstance(places, ClusterPlaces):
        return ClusterStore(places, limits)
    return RedisStore(places, limits)


def open_places_async(places: Places, limits: Limits) -> AsyncStore:
    """Give a store for asyncio; it connects on first use."""
    if isinstance(places, SentinelPlaces):
        server = replace(places.server, shown=places.shown)
        opener = AsyncSentinelOpener(SentinelTopology(places, limits))
        return AsyncRedisStore(server, limits, opener)
    if isinstance(places, ClusterPlaces):
        return AsyncClusterStore(places, limits)
    return AsyncRedisStore(places, limits)
