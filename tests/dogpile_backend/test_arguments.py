"""Arguments: every one is known; one that cannot work is named when the region is configured."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from dogpile_backend.conftest import MakeRegion
from shelflife.testing import PrivateServer

pytest.importorskip("dogpile.cache", reason="dogpile.cache is not installed")

from dogpile.cache import make_region
from dogpile.cache.exception import DogpileCacheException

from shelflife.dogpile import ArgumentError, serializer
from shelflife.errors import ConfigurationError

URL = "redis://127.0.0.1:1/0"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"url": URL, "tll": 3}, r"arguments\['tll'\] is unknown; is 'ttl' meant"),
        ({"url": URL, "zzz": 3}, r"arguments\['zzz'\] is unknown; known are allow"),
        ({"url": URL, "client": object()}, "give one"),
        ({"url": URL, "ttl": 1, "redis_expiration_time": 1}, "give one"),
        ({"url": URL, "lock_sleep": "soon"}, r"arguments\['lock_sleep'\] takes a number"),
        ({"url": "memcached://127.0.0.1"}, "the URL begins with no scheme"),
        ({"url": URL, "codec": "yaml"}, "codec"),
        *(
            ({"url": URL, "distributed_lock": True, name: value}, rf"arguments\['{name}'\] takes")
            for name, value in [
                ("lock_timeout", -1),
                ("lock_timeout", []),
                ("lock_sleep", float("nan")),
                ("lock_blocking_timeout", []),
                ("lock_blocking_timeout", "long"),
                ("lock_prefix", b"lock"),
                ("thread_local_lock", "perhaps"),
            ]
        ),
        ({"url": URL, "connection_kwargs": 5}, r"\['connection_kwargs'\] takes a mapping"),
        ({"host": 5}, r"arguments\['host'\] takes text"),
        ({"host": "h", "username": "u", "password": 7}, r"arguments\['password'\] takes text"),
        ({"url": URL, "reads": "cachelib"}, "cachelib"),
        ({"url": URL, "reads": "werkzeug"}, "'werkzeug'"),
        ({"url": URL, "reads": "django", "writes": "django", "floor": "3.9"}, "django"),
        ({"url": URL, "writes": "dogpile"}, "needs floor"),
        ({"url": URL, "connection_kwargs": {"no_such_option": 1}}, "no_such_option"),
        ({}, "no URL"),
    ],
)
def test_what_cannot_work_is_dogpiles_own_kind_of_error(
    arguments: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a ValueError."""
    monkeypatch.delenv("SHELFLIFE_URL", raising=False)

    with pytest.raises(ArgumentError, match=words) as caught:
        make_region().configure("shelflife", arguments=arguments)
    assert isinstance(caught.value, (DogpileCacheException, ValueError))


def test_a_configuration_file_says_it_in_text(server: PrivateServer) -> None:
    """As `configure_from_config` hands it over."""
    region = make_region().configure_from_config(
        {
            "cache.backend": "shelflife",
            "cache.expiration_time": "60",
            "cache.arguments.url": server.url,
            "cache.arguments.read_timeout": "1.5",
            "cache.arguments.redis_expiration_time": "600",
            "cache.arguments.codec": "pickle",
            "cache.arguments.allow": "app.models.*, decimal.Decimal",
            "cache.arguments.distributed_lock": "true",
        },
        "cache.",
    )

    region.set("k", 1)
    assert region.get("k") == 1
    assert region.backend.get_mutex("k") is not None
    region.backend.cache.close()


@pytest.mark.parametrize(("said", "expected"), [("false", False), ("No", False), ("on", True)])
def test_text_switches_a_lock_on_or_off(
    server: PrivateServer, said: str, *, expected: bool
) -> None:
    """A text would be true whatever it says; a timeout of 0 is none, as the original has it."""
    arguments = {"url": server.url, "distributed_lock": said, "lock_timeout": 0}
    backend = make_region().configure("shelflife", arguments=arguments).backend

    assert (backend.get_mutex("k") is not None) is expected
    assert not backend.has_lock_timeout()
    backend.cache.close()


def test_the_arguments_of_dogpiles_redis_backend_are_taken(server: PrivateServer) -> None:
    """So that moving in changes one word."""
    for arguments in (
        {"host": "127.0.0.1", "port": server.port, "db": 3},
        {"url": server.url, "socket_timeout": 0.4, "socket_connect_timeout": 0.4},
        {"host": "127.0.0.1", "port": server.port, "socket_keepalive": True},
        {"url": server.url, "connection_kwargs": {"health_check_interval": 9}},
    ):
        region = make_region().configure("shelflife", arguments=arguments)
        region.set("k", 1)

        assert region.get("k") == 1
        region.backend.cache.close()


def test_a_password_is_in_no_message() -> None:
    """Nor in the backend's address."""
    arguments = {"host": "127.0.0.1", "port": 1, "username": "u", "password": "s3cret/@"}
    region = make_region().configure("shelflife", arguments=arguments)

    assert "s3cret" not in region.backend.cache.address
    with pytest.raises(ArgumentError) as caught:
        make_region().configure("shelflife", arguments={**arguments, "codec": "x"})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("option", ["url", "ttl", "fleet"])
def test_a_serializer_takes_no_place(option: str) -> None:
    """It keeps no entries."""
    with pytest.raises(ConfigurationError, match=option):
        serializer(**{option: "x"})


def test_without_dogpile_a_sentence_says_what_to_install() -> None:
    """And the package itself imports without any framework."""
    program = (
        "import sys\n"
        "import shelflife\n"
        "assert not {'dogpile', 'starlette', 'flask', 'django'} & set(sys.modules)\n"
        "sys.modules['dogpile'] = sys.modules['dogpile.cache'] = None\n"
        "try:\n    import shelflife.dogpile\n"
        "except ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == (
        "shelflife.dogpile needs dogpile.cache: pip install 'shelflife-cache[dogpile]'"
    )


def test_every_option_of_a_cache_is_an_argument(make: MakeRegion) -> None:
    """Given in dogpile's own manner."""
    seen: list[Any] = []
    region = make(
        prefix="p:",
        release="2026-11",
        compress=True,
        hooks=[seen.append],
        fleet="regions",
        floor="fleet",
        fleet_minimum="python>=3.9",
    )

    region.set("k", "x" * 1000)
    assert region.get("k") == "x" * 1000
    region.actual_backend.cache.close()
