"""redis-py's client is handed out, as django-redis does it; and how its options are told."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

import redis
from django.core.cache.backends.base import InvalidCacheBackendError
from redis.cluster import RedisCluster

from shelflife import ConfigurationError, ServerError
from shelflife.django import get_redis_connection
from shelflife.testing import PrivateCluster, PrivateSentinel, PrivateServer


def test_a_client_of_the_server(cache: Any) -> None:
    """For what is no entry; what django-redis' users have in their programs goes on."""
    client = cache.client.get_client()
    client.sadd("members", "a", "b")

    assert isinstance(client, redis.Redis)
    assert client.smembers("members") == {b"a", b"b"}
    assert client is get_redis_connection("default")
    assert client.exists(cache.client.make_key("k")) == 0
    cache.set("k", 1)
    assert client.exists(cache.client.make_key("k")) == 1


def test_django_redis_own_function(cache: Any) -> None:
    """Gives ours."""
    theirs = pytest.importorskip("django_redis", reason="django-redis is not installed")

    assert theirs.get_redis_connection("default") is cache.client.get_client()


def test_the_client_to_read_from(configure: Any, server: PrivateServer) -> None:
    """Is a replica's, where there are any."""
    other = server.url.rpartition("/")[0] + "/1"
    cache = configure(LOCATION=[server.url, other])

    assert cache.client.get_client().connection_pool.connection_kwargs["db"] == 0
    assert cache.client.get_client(write=False).connection_pool.connection_kwargs["db"] == 1


@pytest.mark.parametrize("scheme", ["valkey", "redis"])
def test_urls_that_redis_py_does_not_know(
    configure: Any, server: PrivateServer, scheme: str
) -> None:
    """Are said in its words, and timeouts are the cache's."""
    url = server.url.replace("redis://", f"{scheme}://")
    cache = configure(LOCATION=url, OPTIONS={"read_timeout": 7})

    assert cache.client.get_client().ping()
    assert cache.client.get_client().connection_pool.connection_kwargs["socket_timeout"] == 7


def test_the_url_of_the_environment(
    configure: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is the client's, too."""
    monkeypatch.setenv("SHELFLIFE_URL", redis_url)
    cache = configure(LOCATION="")

    assert cache.client.get_client().ping()


def test_memory_has_no_server(configure: Any) -> None:
    """And says so, as django-redis does of other backends."""
    cache = configure(LOCATION="memory://")

    assert not hasattr(cache, "client")
    with pytest.raises(AttributeError, match="memory:// has no server"):
        cache.client  # noqa: B018 - it is what raises
    with pytest.raises(NotImplementedError, match="default"):
        get_redis_connection()


def test_exceptions_ignored_or_not(configure: Any) -> None:
    """`IGNORE_EXCEPTIONS` is django-redis' word for `on_server_error`."""
    nowhere = "redis://127.0.0.1:1/0"
    ignoring = configure(LOCATION=nowhere, OPTIONS={"IGNORE_EXCEPTIONS": True})
    raising = configure(LOCATION=nowhere, OPTIONS={"IGNORE_EXCEPTIONS": False})

    assert ignoring.get("k", 1) == 1
    with pytest.raises(ServerError):
        raising.get("k")


@pytest.mark.parametrize(
    "options",
    [
        {"IGNORE_EXCEPTIONS": "yes"},
        {"IGNORE_EXCEPTIONS": True, "on_server_error": "raise"},
    ],
    ids=str,
)
def test_exceptions_that_are_neither(configure: Any, options: dict[str, Any]) -> None:
    """Are told at the start."""
    with pytest.raises(InvalidCacheBackendError, match=r"IGNORE_EXCEPTIONS.*on_server_error"):
        configure(OPTIONS=options)


@pytest.mark.parametrize(
    "name",
    ["CLOSE_CONNECTION", "LOG_IGNORED_EXCEPTIONS", "REPLICA_READ_ONLY", "REDIS_CLIENT_CLASS"],
)
def test_other_options_of_django_redis(configure: Any, name: str) -> None:
    """Are named with what to say instead."""
    with pytest.raises(InvalidCacheBackendError, match=f"{name}.*here say"):
        configure(OPTIONS={name: True})


def test_the_primary_that_sentinels_know(configure: Any, sentinel: PrivateSentinel) -> None:
    """Is spoken to by redis-py's own means, and so after a failover."""
    cache = configure(LOCATION=sentinel.url)
    cache.client.get_client().set("plain", 1)

    assert cache.client.get_client().get("plain") == b"1"


def test_a_cluster(configure: Any, cluster: PrivateCluster) -> None:
    """Is spoken to by redis-py's own client of clusters."""
    cache = configure(LOCATION=cluster.url)
    client = cache.client.get_client()
    client.set("plain", 1)

    assert isinstance(client, RedisCluster)
    assert client.get("plain") == b"1"
    client.close()


@pytest.mark.parametrize("kind", ["sentinel", "cluster"])
def test_several_servers_with_tls(configure: Any, kind: str) -> None:
    """Have no client from us, and that is said."""
    service = "/service" if kind == "sentinel" else ""
    cache = configure(LOCATION=f"rediss+{kind}://127.0.0.1:1{service}")

    with pytest.raises(ConfigurationError, match="TLS"):
        cache.client.get_client()
