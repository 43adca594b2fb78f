from __future__ import annotations

import traceback
from typing import Any

import pytest

from shelflife.errors import ConfigurationError
from shelflife.stores.address import Address
from shelflife.stores.limits import Limits
from shelflife.stores.topology_urls import ClusterPlaces, SentinelPlaces, parse_places

SECRET = "s3cret"


def sentinel(url: str) -> SentinelPlaces:
    places = parse_places(url, {})[0]
    assert isinstance(places, SentinelPlaces)
    return places


def cluster(url: str) -> ClusterPlaces:
    places = parse_places(url, {})[0]
    assert isinstance(places, ClusterPlaces)
    return places


def hosts(addresses: tuple[Address, ...]) -> list[tuple[str, int]]:
    return [(address.host, address.port) for address in addresses]


@pytest.mark.parametrize("scheme", ["redis", "valkey", "rediss", "valkeys"])
def test_a_service_and_its_sentinels_are_named(scheme: str) -> None:
    """With the sentinels' own port where none is given, and TLS for all of them or none."""
    places = sentinel(f"{scheme}+sentinel://me:{SECRET}@one:7000,two,[::1],[::2]:5/my%20cache/3")
    assert hosts(places.sentinels) == [("one", 7000), ("two", 26379), ("::1", 26379), ("::2", 5)]
    assert places.service == "my cache"
    server = places.server.at("host", 1)
    assert (server.username, server.password, server.db) == ("me", SECRET, 3)
    assert all((one.username, one.password) == (None, None) for one in places.sentinels)
    is_tls = scheme in ("rediss", "valkeys")
    assert [one.tls is not None for one in (*places.sentinels, server)] == [is_tls] * 5
    shown = "me:***@one:7000,two:26379,[::1]:26379,[::2]:5/my%20cache/3"
    assert places.shown == f"{scheme}+sentinel://{shown}"


def test_the_sentinels_may_have_a_login_of_their_own() -> None:
    """Which is not the servers'."""
    places = sentinel(
        f"redis+sentinel://host/name?sentinel_username=watch&sentinel_password={SECRET}&db=2"
    )
    assert (places.sentinels[0].username, places.sentinels[0].password) == ("watch", SECRET)
    assert (places.server.username, places.server.password, places.server.db) == (None, None, 2)
    assert SECRET not in repr(places) + places.sentinels[0].shown


def test_a_cluster_is_named_by_some_of_its_nodes() -> None:
    """All with one login."""
    places = cluster(f"redis+cluster://:{SECRET}@one,two:7001/0?client_name=api")
    assert hosts(places.seeds) == [("one", 6379), ("two", 7001)]
    assert {(node.password, node.client_name, node.db) for node in places.seeds} == {
        (SECRET, "api", 0)
    }
    assert places.shown == "redis+cluster://:***@one:6379,two:7001/0"
    assert places.seeds[1].shown == "redis://:***@two:7001/0"
    assert cluster("VALKEY+CLUSTER://h").shown == "valkey+cluster://h:6379/0"


def test_limits_come_from_every_kind_of_url() -> None:
    """An option goes before them, as for one server."""
    for url in ("redis+cluster://h/", "redis+sentinel://h/name", "redis://h"):
        found = parse_places(f"{url}?socket_timeout=2&max_connections=4", {"read_timeout": 3})[1]
        assert found == Limits(read_timeout=3, max_connections=4)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("unix+sentinel://host/name", "no scheme we know"),
        ("redis+sentinal://host/name", "no scheme we know"),
        ("redis+sentinel://host", "names no service"),
        ("redis+sentinel://host/", "names no service"),
        ("redis+sentinel:///name", "names no host"),
        ("redis+sentinel://one,,two/name", "names no host"),
        ("redis+sentinel://one,two:x/name", "host or port"),
        ("redis+sentinel://host/name/x", "must be a number"),
        (f"redis+sentinel://host/name/0/{SECRET}", "must be a number"),
        (f"redis+sentinel://host/name?{SECRET}=1", "each once"),
        (f"redis+sentinel://host/name?sentinel_pasword={SECRET}", "each once"),
        ("redis+sentinel://host/name?ssl_cert_reqs=none", "begin it with rediss"),
        ("redis+cluster://", "names no host"),
        ("redis+cluster:host", "names no host"),
        ("redis+cluster://host/1", "one database"),
        ("redis+cluster://host?db=1", "one database"),
        (f"redis+cluster://:pa/{SECRET}@host,two/0", "percent-encode|names no host"),
        (f"redis+cluster://:{SECRET}#x@host/0", "percent-encode|names no host"),
        (f"redis+cluster://:{SECRET},x@y@host/0", None),
        ("redis+cluster://ho st/0", "percent-encode|names no host"),
        ("redis+cluster://[half,two/0", "cannot be read"),
        (f"redis+cluster://{','.join(['h'] * 101)}/0", "more than 100"),
        (f"redis+cluster://host?sentinel_password={SECRET}", "each once"),
    ],
)
def test_a_url_that_cannot_work_is_refused_without_being_quoted(url: str, says: Any) -> None:
    """With a sentence on what is allowed."""
    if says is None:  # odd, but it works
        assert SECRET not in repr(parse_places(url, {}))
        return
    with pytest.raises(ConfigurationError, match=says) as caught:
        parse_places(url, {})
    told = "".join(traceback.format_exception_only(caught.type, caught.value))
    assert SECRET not in told
    assert caught.value.__cause__ is None
