"""URLs that name several servers: a service kept by sentinels, or a cluster.

    redis+sentinel://[user:password@]host1[:26379],host2/SERVICE[/DB]?...
    redis+cluster://[user:password@]host1[:6379],host2[/0]?...

Rules:
1. User, password and TLS options are for the servers; TLS holds for the sentinels too, whose own
   login is `sentinel_username` and `sentinel_password`.
2. As everywhere, no message quotes the URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional, Union
from urllib.parse import quote, unquote

from shelflife.errors import ConfigurationError
from shelflife.stores.address import (
    CLUSTER,
    SENTINEL,
    Address,
    network_address,
    parse_url,
    read_database,
    read_host,
    read_limits,
    read_parameters,
    show_host,
    split,
    unknown_scheme,
)
from shelflife.stores.limits import Limits, Number

_BASES = ("redis", "rediss", "valkey", "valkeys")
_SENTINELS_LOGIN = ("sentinel_username", "sentinel_password")
_MOST_HOSTS = 100
_URL = re.compile(r"(?P<scheme>[^:/?]+)://(?:(?P<who>[^/?]*)@)?(?P<hosts>[^/?@]*)(?P<rest>[/?].*)?")


@dataclass(frozen=True)
class SentinelPlaces:
    """A service, and the sentinels that know where its primary is.

    Attributes:
        shown: The URL without its password, and without its parameters.
        service: The name the sentinels know it by.
        sentinels: Where to ask.
        server: As whom to log in at the primary; its host is "".
    """

    shown: str
    service: str
    sentinels: tuple[Address, ...]
    server: Address


@dataclass(frozen=True)
class ClusterPlaces:
    """A cluster, by some of its nodes.

    Attributes:
        shown: The URL without its password, and without its parameters.
        seeds: The nodes that the URL names.
    """

    shown: str
    seeds: tuple[Address, ...]


Places = Union[Address, SentinelPlaces, ClusterPlaces]


def parse_places(url: str, options: dict[str, Optional[Number]]) -> tuple[Places, Limits]:
    """Give what any URL of servers says, and the limits.

    Raises:
        ConfigurationError: If the URL or an option cannot work.
    """
    scheme = url.partition(":")[0].lower()
    base, plus, kind = scheme.partition("+")
    if plus + kind not in (SENTINEL, CLUSTER):
        return parse_url(url, options)
    if base not in _BASES:
        raise unknown_scheme()
    first, hosts = _split_hosts(url)
    return (_sentinel if plus + kind == SENTINEL else _cluster)(scheme, first, hosts, options)


def _split_hosts(url: str) -> tuple[str, list[str]]:
    """Give the URL with its first host alone, and all of them: `urlsplit` takes just one."""
    found = _URL.fullmatch(url)
    if found is None:
        split(url)  # which may know better what is wrong
        raise ConfigurationError("the URL names no host, as redis+cluster://HOST1,HOST2/0 does")
    who = "" if found["who"] is None else f"{found['who']}@"
    hosts = found["hosts"].split(",")
    if len(hosts) > _MOST_HOSTS:
        raise ConfigurationError(f"the URL names more than {_MOST_HOSTS} hosts")
    return f"{found['scheme']}://{who}{hosts[0]}{found['rest'] or ''}", hosts


def _places(hosts: list[str], default_port: int) -> list[tuple[str, int]]:
    return [read_host(split(f"redis://{host}"), default_port) for host in hosts]


def _sentinel(
    scheme: str, url: str, hosts: list[str], options: dict[str, Optional[Number]]
) -> tuple[SentinelPlaces, Limits]:
    parts = split(url)
    parameters = read_parameters(parts.query, *_SENTINELS_LOGIN)
    limits = read_limits(parameters, options)
    places = _places(hosts, 26379)
    service, _, database = parts.path.strip("/").partition("/")
    service = unquote(service)
    if not service:
        raise ConfigurationError(
            "the URL names no service, as redis+sentinel://HOST1,HOST2/SERVICE/0 does"
        )
    number = read_database(database, parameters)
    server = network_address(scheme, parts, parameters, ("", 0), number)
    asked = Address(
        shown="",
        username=parameters.get("sentinel_username") or None,
        password=parameters.get("sentinel_password") or None,
        tls=server.tls,
    )
    shown = _shown(server, places, f"{quote(service)}/{number}")
    return SentinelPlaces(shown, service, _at_all(asked, places), server), limits


def _cluster(
    scheme: str, url: str, hosts: list[str], options: dict[str, Optional[Number]]
) -> tuple[ClusterPlaces, Limits]:
    parts = split(url)
    parameters = read_parameters(parts.query)
    limits = read_limits(parameters, options)
    places = _places(hosts, 6379)
    if read_database(parts.path.strip("/"), parameters) != 0:
        raise ConfigurationError("a cluster has one database: end the URL in /0, or in nothing")
    node = network_address(scheme, parts, parameters, ("", 0), 0)
    return ClusterPlaces(_shown(node, places, "0"), _at_all(node, places)), limits


def _at_all(address: Address, places: list[tuple[str, int]]) -> tuple[Address, ...]:
    return tuple(address.at(host, port) for host, port in places)


def _shown(address: Address, places: list[tuple[str, int]], path: str) -> str:
    before = address.shown.rpartition(":0/")[0]
    return f"{before}{','.join(show_host(host, port) for host, port in places)}/{path}"
