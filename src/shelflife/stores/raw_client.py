"""A redis-py client for whoever speaks to the server of a cache himself.

Rules:
1. It is redis-py's, with redis-py's exceptions and a pool of its own; it decodes nothing.
2. It has the timeouts of the URL, else ours.
"""

from __future__ import annotations

from typing import Any, Optional
from urllib.parse import urlsplit

from redis import cluster, sentinel

from shelflife.errors import ConfigurationError
from shelflife.stores.address import Address
from shelflife.stores.client_options import client_from_options
from shelflife.stores.limits import Limits, Number
from shelflife.stores.topology_urls import ClusterPlaces, SentinelPlaces, parse_places

_cluster: Any = cluster  # redis-py has types in part
_sentinel: Any = sentinel
_REDIS = {"valkey": "redis", "valkeys": "rediss", "valkey+unix": "unix", "redis+unix": "unix"}


def client_of_url(url: str, options: dict[str, Optional[Number]]) -> Any:
    """Give a `redis.Redis`, or a `RedisCluster`, for the server that a URL names.

    Args:
        url: Of a server, a unix socket, sentinels or a cluster.
        options: Fields of `Limits`, before what the URL says.

    Raises:
        ConfigurationError: If it cannot be made.
    """
    places, limits = parse_places(url, options)
    if isinstance(places, SentinelPlaces):
        _refuse_tls(places.server)
        sentinels = [(each.host, each.port) for each in places.sentinels]
        ask = {**_timeouts(limits), **_login(places.sentinels[0])}
        more = {**_timeouts(limits), **_login(places.server), "db": places.server.db}
        asked = _sentinel.Sentinel(sentinels, sentinel_kwargs=ask, **more)
        return asked.master_for(places.service)
    if isinstance(places, ClusterPlaces):
        _refuse_tls(places.seeds[0])
        nodes = [_cluster.ClusterNode(each.host, each.port) for each in places.seeds]
        more = {**_timeouts(limits), **_login(places.seeds[0])}
        return _cluster.RedisCluster(startup_nodes=nodes, **more)
    scheme = urlsplit(url).scheme
    whole = _REDIS.get(scheme.lower(), scheme) + url[len(scheme) :]
    return client_from_options(whole, **_timeouts(limits))


def _timeouts(limits: Limits) -> dict[str, Any]:
    return {
        "socket_timeout": limits.read_timeout,
        "socket_connect_timeout": limits.connect_timeout,
    }


def _login(address: Address) -> dict[str, Any]:
    return {"username": address.username, "password": address.password}


def _refuse_tls(address: Address) -> None:
    if address.tls is not None:
        raise ConfigurationError(
            "for several servers with TLS make a client of redis-py's yourself"
        )
