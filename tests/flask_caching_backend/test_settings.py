"""Flask-Caching's own settings, and ours: what they mean, and what is refused at start-up."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
import redis

from flask_caching_backend.conftest import OURS, MakeCache
from shelflife.testing import PrivateCluster, PrivateSentinel, PrivateServer

flask = pytest.importorskip("flask", reason="Flask is not installed")
flask_caching = pytest.importorskip("flask_caching", reason="Flask-Caching is not installed")


def made(**settings: Any) -> Any:
    """The backend of an application with these settings alone."""
    app = flask.Flask("service")
    app.config.update(CACHE_TYPE=OURS, **settings)
    cache = flask_caching.Cache(app)
    return app.extensions["cache"][cache]


def works(backend: Any) -> bool:
    stored = backend.set("key", ["value"])
    found = backend.get("key") == ["value"]
    backend.close()
    return bool(stored and found)


def test_where_the_cache_is(server: PrivateServer) -> None:
    """Host, port, password and database; or a URL, which takes the database unless it has one."""
    with redis.Redis(port=server.port) as raw:
        raw.config_set("requirepass", "p@ss/word")
    try:
        here: dict[str, Any] = {
            "CACHE_REDIS_HOST": "127.0.0.1",
            "CACHE_REDIS_PORT": server.port,
            "CACHE_REDIS_PASSWORD": "p@ss/word",
            "CACHE_REDIS_DB": 3,
        }
        url = f"redis://:p%40ss%2Fword@127.0.0.1:{server.port}"
        assert works(made(**here))
        assert works(made(CACHE_REDIS_URL=url, CACHE_REDIS_DB=4))
        assert works(made(CACHE_REDIS_URL=f"{url}/5", CACHE_REDIS_DB=4))
        assert works(made(**here, CACHE_OPTIONS={"socket_timeout": 2, "client_name": "service"}))
        for db in (3, 4, 5):
            with redis.Redis(port=server.port, db=db, password="p@ss/word") as raw:
                assert raw.keys("*") == [b"flask_cache_key"]
    finally:
        with redis.Redis(port=server.port, password="p@ss/word") as raw:
            raw.config_set("requirepass", "")


def test_sentinels(sentinel: PrivateSentinel) -> None:
    """Named as for `RedisSentinelCache`; no other class is needed."""
    places = [("127.0.0.1", found.port) for found in sentinel.sentinels]
    backend = made(CACHE_REDIS_SENTINELS=places, CACHE_REDIS_SENTINEL_MASTER=sentinel.service)

    assert works(backend)
    assert backend.address.startswith("redis+sentinel://")


def test_a_cluster(cluster: PrivateCluster) -> None:
    """Named as for `RedisClusterCache`."""
    places = ", ".join(f"127.0.0.1:{found.port}" for found in cluster.servers)
    backend = made(CACHE_REDIS_CLUSTER=places)

    assert works(backend)
    assert backend.address.startswith("redis+cluster://")


def test_a_client_of_the_users_own(server: PrivateServer) -> None:
    """In place of a host, and as the original's constructor takes its arguments."""
    from shelflife.flask_caching import ShelflifeCache  # noqa: PLC0415 - after importorskip

    with redis.Redis(port=server.port) as client:
        assert works(ShelflifeCache(client, key_prefix="p:"))
        assert works(ShelflifeCache("127.0.0.1", server.port, None, 0, 300, "p:", True))
        assert works(ShelflifeCache(url=server.url, key_prefix=lambda: "q:", max_connections=2))
        assert sorted(client.keys("*")) == [b"p:key", b"q:key"]


def test_our_options_by_either_way(server: PrivateServer) -> None:
    """`CACHE_OPTIONS`, and `CACHE_SHELFLIFE_*`, which comes first."""
    backend = made(
        CACHE_REDIS_URL=server.url,
        CACHE_OPTIONS={"max_bytes": 1000, "reads": "werkzeug", "default_timeout": 7},
        CACHE_SHELFLIFE_MAX_BYTES=100,
        CACHE_SHELFLIFE_RELEASE="2026-11-28",
        CACHE_SHELFLIFE_WRITES="shelflife",
    )
    with redis.Redis(port=server.port) as raw:
        assert backend.set("key", "x" * 200) is False
        assert backend.set("key", "x") is True

        assert 6 <= raw.ttl("flask_cache_key") <= 7
        assert b"2026-11-28" in (raw.get("flask_cache_key") or b"")
    backend.close()


def test_floors(server: PrivateServer) -> None:
    """3.7 unless said otherwise; what some reader could not read is not written."""
    value = {"at": dt.datetime(2026, 11, 28, tzinfo=dt.timezone.utc)}
    stored = {}
    for name, settings in {
        "default": {},
        "2.7": {"CACHE_SHELFLIFE_FLOOR": "2.7"},
        "named": {"CACHE_SHELFLIFE_FLOOR": "werkzeug, python>=3.8"},
        "writes": {"CACHE_SHELFLIFE_WRITES": "werkzeug"},
        "both": {"CACHE_SHELFLIFE_WRITES": "flask-caching", "CACHE_SHELFLIFE_FLOOR": "3.8"},
        "ours": {"CACHE_SHELFLIFE_WRITES": "shelflife"},
        "ours too": {"CACHE_SHELFLIFE_FLOOR": "shelflife, python>=3.9"},
    }.items():
        backend = made(CACHE_REDIS_URL=server.url, **settings)
        backend.set("key", value)
        with redis.Redis(port=server.port) as raw:
            stored[name] = (raw.get("flask_cache_key") or b"")[:3]
        backend.close()

    assert stored == {
        "default": b"!\x80\x04",
        "2.7": b"",
        "named": b"!\x80\x05",
        "writes": b"!\x80\x04",
        "both": b"!\x80\x05",
        "ours": b"!\xc1S",
        "ours too": b"!\xc1S",
    }


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"CACHE_SHELFLIFE_REEDS": "werkzeug"}, "no setting CACHE_SHELFLIFE_REEDS; did you mean"),
        ({"CACHE_OPTIONS": {"reeds": "werkzeug"}}, "CACHE_OPTIONS: .*'reeds'; did you mean reads"),
        ({"CACHE_OPTIONS": {"decode_responses": True}}, "decode_responses"),
        ({"CACHE_ARGS": ["host"]}, "CACHE_ARGS must be empty"),
        ({"CACHE_REDIS_URL": "memcached://host"}, "CACHE_REDIS_URL: the URL begins with no scheme"),
        ({"CACHE_REDIS_URL": 7}, "CACHE_REDIS_URL is text"),
        ({"CACHE_REDIS_SENTINELS": ["host"]}, "CACHE_REDIS_SENTINELS is a list of pairs"),
        ({"CACHE_REDIS_CLUSTER": "host:port"}, "CACHE_REDIS_CLUSTER: "),
        (
            {"CACHE_REDIS_CLUSTER": "a:1", "CACHE_REDIS_URL": "redis://host"},
            "CACHE_REDIS_URL and CACHE_REDIS_CLUSTER both say",
        ),
        (
            {"CACHE_REDIS_CLUSTER": "a:1", "CACHE_OPTIONS": {"username": "x"}},
            "username of redis.Redis do not go with",
        ),
        ({"CACHE_SHELFLIFE_READS": "nothing"}, "no dialect 'nothing'"),
        ({"CACHE_SHELFLIFE_FLOOR": "two"}, "floor"),
        ({"CACHE_SHELFLIFE_CODEC": "json"}, "codec is 'json'"),
        ({"CACHE_SHELFLIFE_TYPES": {"a": int}}, "types"),
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused_at_start_up(
    settings: dict[str, Any], said: str
) -> None:
    """Naming the setting."""
    with pytest.raises(ValueError, match=said):
        made(**settings)


def test_a_serializer_is_refused() -> None:
    """It would have no effect."""
    serializers = pytest.importorskip("cachelib.serializers", reason="cachelib is not installed")
    if not hasattr(flask_caching.Cache, "_get_serializer"):
        pytest.skip("this Flask-Caching takes no serializer")
    with pytest.raises(ValueError, match="CACHE_SERIALIZER has no meaning"):
        made(CACHE_SERIALIZER=serializers.JSONSerializer)


def test_passwords_are_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    """In messages, logs, and what the backend looks like."""
    with pytest.raises(ValueError, match="CACHE_REDIS_URL") as caught:
        made(CACHE_REDIS_URL="redis://:secret@host:0x/0")
    with caplog.at_level(logging.DEBUG):
        backend = made(CACHE_REDIS_URL="redis://:secret@127.0.0.1:1/0")
        backend.get("key")

    assert "secret" not in str(caught.value) + caplog.text + repr(backend)


def test_several_applications_share_an_extension(make: MakeCache, server: PrivateServer) -> None:
    """Each has a backend of its own, with a type of response of its own."""
    cache = flask_caching.Cache()

    class Special(flask.Response):  # type: ignore[misc, name-defined]
        pass

    def create(name: str, response_class: Any) -> Any:
        app = flask.Flask(name)
        app.response_class = response_class
        config = {"CACHE_TYPE": OURS, "CACHE_REDIS_URL": server.url, "CACHE_KEY_PREFIX": name}
        cache.init_app(app, {**config, "CACHE_SHELFLIFE_WRITES": "shelflife"})
        app.add_url_rule("/", view_func=cache.cached()(lambda: app.response_class(name)))
        return app

    apps = [create("one", flask.Response), create("two", Special)]
    for _ in range(2):
        assert [app.test_client().get("/").text for app in apps] == ["one", "two"]
    for app in apps:
        backend = app.extensions["cache"][cache]
        assert backend.counters().hits == 1
        with app.app_context():
            assert type(cache.get("view//")) is app.response_class
        backend.close()
