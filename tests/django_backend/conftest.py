"""A small Django: settings are configured once for the session, each test has caches of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

django = pytest.importorskip("django", reason="Django is not installed")

from django.conf import settings  # noqa: E402 - only where there is a Django

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "shelflife.django",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        ROOT_URLCONF="django_backend.pages",
        SECRET_KEY="a secret of the tests",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {})]},
            }
        ],
        USE_TZ=True,
    )
    django.setup()

from django.core.cache import caches  # noqa: E402 - as above
from django.test import override_settings  # noqa: E402 - as above

from django_backend import pages  # noqa: E402 - as above
from shelflife.testing import PrivateServer  # noqa: E402 - as above

BACKEND = "shelflife.django.ShelflifeCache"
GARBAGE = b"!\x80\x09K\x01."
PAGE, HEADERS = "*cache_page*", "*cache_header*"
Poison = Callable[..., None]


PATIENT = {"max_connections": 200, "connect_timeout": 30, "read_timeout": 30}
"""OPTIONS for many requests at once on a busy machine: who gets no connection in time computes."""


@pytest.fixture
def configure(redis_url: str) -> Iterator[Callable[..., Any]]:
    """Give a cache with these settings, as the alias `default` of Django's own `caches`."""
    used: list[Any] = []

    def configured(**given: Any) -> Any:
        def own(_: Any) -> None:
            """Set these settings apart from those of other tests, which else would be the same."""

        options = given.pop("OPTIONS", {})
        if isinstance(options, dict):
            options = {"hooks": [own], **options}
        settings = {"BACKEND": BACKEND, "LOCATION": redis_url, "OPTIONS": options, **given}
        override = override_settings(CACHES={"default": settings})
        override.enable()
        used.append(override)
        return caches["default"]

    yield configured
    for override in reversed(used):
        override.disable()


@pytest.fixture
def cache(configure: Callable[..., Any]) -> Any:
    """A cache without further settings."""
    return configure()


@pytest.fixture(autouse=True)
def _own_pages() -> Iterator[None]:
    pages.MADE.clear()
    yield
    pages.MAKERS.clear()


@pytest.fixture
def poison(server: PrivateServer, cache: Any) -> Poison:
    """Overwrite the entries that match, and count pages from then on."""

    def poisoned(*patterns: str) -> None:
        for pattern in patterns:
            names = cache.keys(pattern)
            assert names
            write(server, cache, *names)
        pages.MADE.clear()

    return poisoned


def write(server: PrivateServer, cache: Any, *keys: str) -> None:
    with redis.Redis.from_url(server.url) as raw:
        for key in keys:
            raw.set(cache.make_key(key), GARBAGE)


def slowly(_: Any) -> str:
    time.sleep(0.3)
    return "made"
