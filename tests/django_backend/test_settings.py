"""Settings: each option of ours is known, and what cannot be is an error at start-up."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

import redis
from django.apps import apps
from django.core.cache import InvalidCacheBackendError
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from shelflife import Cache, Event, Types
from shelflife.django.settings import OURS
from shelflife.fleet import registry_key
from shelflife.testing import PrivateServer

TYPES = Types()
ALLOWED = ["app.models.*"]
TOLD: list[Event] = []


def tell(event: Event) -> None:
    TOLD.append(event)


GIVEN: dict[str, Any] = {
    "reads": "django-redis",
    "writes": "django-redis",
    "floor": "3.9",
    "codec": "pickle",
    "types": f"{__name__}.TYPES",
    "allow": f"{__name__}.ALLOWED",
    "py2_text": "latin-1",
    "compress": True,
    "max_bytes": 1000,
    "on_server_error": "raise",
    "hooks": [f"{__name__}.tell", print],
    "release": "2026-11-28",
    "connect_timeout": 0.1,
    "read_timeout": 0.1,
    "max_connections": 3,
}


def test_every_option_of_the_cache_may_be_given(
    configure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In OPTIONS, with a dotted path for what lives in an app."""
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or _this())
    taken = set(inspect.signature(Cache).parameters) - {"url", "client", "prefix", "ttl"}
    cache = configure(OPTIONS=GIVEN)

    assert set(GIVEN) | {"fleet", "fleet_minimum"} == taken == set(OURS)
    assert cache.counters().reads == 0
    cache.set("k", "x" * 2000)
    assert [event.reason for event in TOLD] == ["too-large"]


def _this() -> Any:
    import types  # noqa: PLC0415 - how importlib imports tests leaves none behind

    module = types.ModuleType(__name__)
    vars(module).update(globals())
    return module


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"OPTIONS": {"compres": True}}, "OPTIONS has no 'compres'; there are: allow, codec"),
        (
            {"OPTIONS": {"SERIALIZER": "x"}},
            "['SERIALIZER'] is of another backend; here say ",
        ),
        ({"OPTIONS": {"MAX_ENTRIES": 3}}, "maxmemory-policy"),
        ({"OPTIONS": {"db": 3}}, "LOCATION: redis://HOST:PORT/DB"),
        ({"OPTIONS": {"codec": "json"}}, "codec is 'json'"),
        ({"OPTIONS": {"reads": "memcached"}}, "memcached"),
        ({"OPTIONS": {"types": "nowhere.TYPES"}}, 'OPTIONS["types"]: No module'),
        ({"OPTIONS": {"hooks": ["nowhere.hook"]}}, 'OPTIONS["hooks"]: No module'),
        ({"OPTIONS": {"floor": "fleet"}}, "fleet"),
        ({"OPTIONS": ["codec"]}, "OPTIONS is a dict"),
        ({"OPTIONS": {"max_connections": 0}}, "max_connections"),
        ({"TIMEOUT": "soon"}, "TIMEOUT is 'soon'"),
        ({"TIMEOUT": 10**12}, "TIMEOUT is 1000000000000"),
        ({"LOCATION": 7}, "LOCATION is a URL"),
        ({"LOCATION": []}, "LOCATION is a URL"),
        ({"LOCATION": "127.0.0.1:11211"}, "LOCATION: the URL"),
        ({"LOCATION": "memcached://127.0.0.1"}, "LOCATION: the URL begins with no scheme we know"),
        ({"LOCATION": "redis://:secret@127.0.0.1:x/0"}, "LOCATION: "),
        ({"LOCATION": ""}, "LOCATION is missing, and SHELFLIFE_URL"),
        ({"LOCATION": ["memory://", "memory://"]}, "memory://"),
        ({"KEY_FUNCTION": "nowhere.key"}, "KEY_FUNCTION"),
        ({"REVERSE_KEY_FUNCTION": "nowhere.key"}, "REVERSE_KEY_FUNCTION"),
        ({"KEY_FUNCTION": 5}, "KEY_FUNCTION"),
        ({"REVERSE_KEY_FUNCTION": 5}, "REVERSE_KEY_FUNCTION"),
        ({"OPTIONS": {"hooks": "app.hooks.told"}}, "hooks takes a list"),
        ({"OPTIONS": {"types": "django.conf.settings"}}, 'OPTIONS["types"] is a shelflife.Types'),
        ({"KEYPREFIX": "x"}, "no setting 'KEYPREFIX'"),
    ],
    ids=str,
)
def test_what_cannot_be_is_named(configure: Any, given: dict[str, Any], message: str) -> None:
    """By Django's own error, when the backend is made."""
    with pytest.raises(InvalidCacheBackendError) as raised:
        configure(**given)

    assert message in str(raised.value)
    assert isinstance(raised.value, ImproperlyConfigured)
    assert "secret" not in str(raised.value)


def test_a_prefix_may_be_a_number_and_options_none(configure: Any) -> None:
    """As Django has it."""
    cache = configure(KEY_PREFIX=7, OPTIONS=None)
    cache.set("k", 1)

    assert cache.keys("*") == cache.keys("*", version=1) == ["k"]
    assert cache.clear() is True
    assert cache.get("k") is None


def test_a_fleet_is_joined_by_both_sides(configure: Any, server: PrivateServer) -> None:
    """What is written follows it, blocking and async."""
    options = {"floor": "fleet", "fleet": "site", "fleet_minimum": "3.9", "release": "one"}
    cache = configure(OPTIONS=options)

    async def use() -> Any:
        await cache.aset("a", 1)
        return await cache.aget("k")

    cache.set("k", {"a": 1})
    assert asyncio.run(use()) == {"a": 1}
    with redis.Redis.from_url(server.url) as client:
        members = [name for name in client.hkeys(registry_key("site")) if b"member" in name]
    cache._sides.blocking.close()

    assert members


def test_the_url_may_come_from_the_environment(
    configure: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As everywhere: there a password stays out of the settings."""
    monkeypatch.setenv("SHELFLIFE_URL", redis_url)
    cache = configure(LOCATION="")

    assert cache.set("k", 1) is True


def test_the_app_looks_when_django_starts(configure: Any) -> None:
    """So that a process stops then, and not at its first request."""
    with pytest.raises(InvalidCacheBackendError):
        configure(OPTIONS={"unknown": 1})

    with pytest.raises(InvalidCacheBackendError, match="unknown"):
        apps.get_app_config("shelflife").ready()


def test_checks_warn_of_what_is_seldom_meant(configure: Any) -> None:
    """And, for a deploy, of a server that does not answer."""
    configure(LOCATION="memory://", OPTIONS={"codec": "pickle"})
    assert [found.id for found in run_checks()] == ["shelflife.W001", "shelflife.W002"]

    configure(LOCATION="redis://:secret@127.0.0.1:1/0")
    assert run_checks() == []
    deploy = [found for found in run_checks(include_deployment_checks=True) if "shelf" in found.id]
    assert [found.id for found in deploy] == ["shelflife.W003"]
    assert "secret" not in str(deploy)


def test_a_good_setting_passes_manage_check(configure: Any, server: PrivateServer) -> None:
    """Without a word."""
    configure()
    call_command("check")


def test_the_core_imports_no_django() -> None:
    """And without Django there is a sentence."""
    program = """
import sys
import shelflife, shelflife.django
assert not [name for name in sys.modules if name.split(".")[0] == "django"]
sys.modules["django"] = None
try:
    shelflife.django.ShelflifeCache
except ImportError as error:
    print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert run.stdout == "shelflife.django needs Django: pip install 'shelflife-cache[django]'\n"
