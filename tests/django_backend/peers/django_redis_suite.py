"""django-redis' own tests with our backend in place of theirs: a plugin of pytest.

Set DJANGO_REDIS_URL and run pytest in django-redis' source with `-p django_redis_suite
--noconftest`: their fixtures are replaced by those below, their settings by ours. Values are
pickled, as by default in django-redis.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings as django_settings

from shelflife.django import ShelflifeCache
from shelflife.django.raw import RawClients

URL = os.environ["DJANGO_REDIS_URL"]
RESULTS: dict[str, str] = {}


class Clients(RawClients):
    """Ours; the tests ask for the serializer, to know what it changes: ours changes nothing."""

    _serializer = None


class Backend(ShelflifeCache):
    """Ours; what the tests read of django-redis' attributes is said by what it does."""

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        options = dict(params.get("OPTIONS") or {})
        options.pop("LOG_IGNORED_EXCEPTIONS", None)  # ours are always logged
        super().__init__(location, {**params, "OPTIONS": options})
        self._ignore_exceptions = not self._context.raises

    @property
    def client(self) -> RawClients:
        return Clients(self, self._sides)


def _alias(number: int, **more: Any) -> dict[str, Any]:
    options = {"codec": "pickle", "allow": ["tests.test_backend.*", "test_backend.*"]}
    return {
        "BACKEND": f"{__name__}.Backend",
        "LOCATION": f"{URL}/{number}",
        "OPTIONS": options,
        **more,
    }


def pytest_configure() -> None:
    sys.modules.setdefault("msgpack", ModuleType("msgpack"))  # imported, and not used with ours
    sys.path.insert(0, str(Path.cwd() / "tests"))
    django_settings.configure(
        SECRET_KEY="a secret of the tests",
        CACHES={
            "default": {**_alias(1), "LOCATION": [f"{URL}/1", f"{URL}/1"]},
            "doesnotexist": _alias(1, LOCATION="redis://127.0.0.1:1/1"),
            "sample": _alias(2),
            "with_prefix": _alias(1, KEY_PREFIX="test-prefix"),
        },
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
        ],
        USE_TZ=False,
    )
    import django  # noqa: PLC0415 - after its settings

    django.setup()


@pytest.fixture
def settings() -> Iterator[Any]:
    wrapper = import_module("tests.settings_wrapper").SettingsWrapper()
    yield wrapper
    wrapper.finalize()


@pytest.fixture
def cache() -> Iterator[Any]:
    from django.core.cache import cache as default  # noqa: PLC0415 - after its settings

    yield default
    default.client.get_client().flushdb()  # theirs is what clear() does; ours leaves other prefixes


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: Any) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    name = item.nodeid.rpartition("tests/")[2]
    RESULTS.setdefault(name, "")
    if not report.passed:
        RESULTS[name] = str(report.longrepr)


def pytest_sessionfinish() -> None:
    Path(os.environ["DJANGO_REDIS_RESULTS"]).write_text(json.dumps(RESULTS), encoding="utf-8")
