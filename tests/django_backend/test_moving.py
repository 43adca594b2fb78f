"""Moving in from Django's own backend and from django-redis, and out again: neither sees a break.

Both real libraries write and read on the same server, with the same settings.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")
pytest.importorskip("django_redis", reason="django-redis is not installed")

from django.core.cache.backends.redis import RedisCache as DjangoCore
from django.http import HttpResponse
from django.utils.module_loading import import_string

VALUES = {
    "text": "é",
    "bytes": b"\xff",
    "number": 7,
    "large": 2**70,
    "float": 0.5,
    "nothing": None,
    "true": True,
    "tuple": (1, [2], {3}),
    "dict": {"a": {"b": dt.date(2026, 11, 28)}, 1: Decimal("1.10")},
}
ORIGINALS = [
    ("django", "django.core.cache.backends.redis.RedisCache", {}),
    ("django-redis", "django_redis.cache.RedisCache", {}),
    (
        "django-redis:pickle+zlib",
        "django_redis.cache.RedisCache",
        {"COMPRESSOR": "django_redis.compressors.zlib.ZlibCompressor"},
    ),
]


def original(path: str, url: str, options: dict[str, Any]) -> Any:
    """A backend of the real library."""
    return import_string(path)(url, {"KEY_PREFIX": "site", "OPTIONS": options})


@pytest.mark.parametrize(("name", "path", "options"), ORIGINALS, ids=lambda given: str(given)[:30])
def test_what_the_original_wrote_is_read(
    configure: Any, redis_url: str, name: str, path: str, options: dict[str, Any]
) -> None:
    """Under the same keys, value for value, and as a number that can be counted."""
    cache = configure(KEY_PREFIX="site", OPTIONS={"reads": name})
    theirs = original(path, redis_url, options)
    theirs.set_many(VALUES)

    assert cache.get_many(VALUES) == VALUES
    assert cache.get("nothing", "default") is None
    assert cache.incr("number") == 8
    theirs.close()


@pytest.mark.parametrize(("name", "path", "options"), ORIGINALS, ids=lambda given: str(given)[:30])
def test_what_is_written_at_a_floor_the_original_reads(
    configure: Any, redis_url: str, name: str, path: str, options: dict[str, Any]
) -> None:
    """So that the release before, which has it, can come back; or be there at the same time."""
    cache = configure(KEY_PREFIX="site", OPTIONS={"reads": name, "writes": name, "floor": "3.9"})
    assert cache.set_many(VALUES) == []
    theirs = original(path, redis_url, options)

    assert theirs.get_many(VALUES) == VALUES
    assert theirs.incr("number") == 8
    assert cache.get("number") == 8
    theirs.delete("text")
    assert cache.get_or_set("text", "again") == theirs.get("text") == "again"
    theirs.close()


def test_with_the_original_it_would_have_raised(configure: Any, redis_url: str) -> None:
    """An entry of a newer Python: an exception of theirs, a miss of ours."""
    cache = configure(OPTIONS={"reads": "django"})
    theirs = DjangoCore(redis_url, {})
    theirs._cache.get_client().set(theirs.make_key("k"), b"\x80\x63K\x01.")

    with pytest.raises(ValueError, match="unsupported pickle protocol"):
        theirs.get("k")
    assert cache.lookup("k").reason == "protocol"
    theirs._cache.get_client().close()


def test_a_page_that_another_django_pickled_is_a_miss(configure: Any, redis_url: str) -> None:
    """Though its class may be loaded: it lacks what this one looks for, and would answer 500."""
    allow = ["django.http.*", "http.cookies.*", "django.utils.datastructures.*"]
    cache = configure(OPTIONS={"reads": "django", "allow": allow})
    theirs = DjangoCore(redis_url, {})
    response = HttpResponse("a page")
    theirs.set("this", response)
    vars(response)["_headers"] = vars(response).pop("headers")  # as until Django 3.1
    theirs.set("that", response)

    assert cache.get("this").content == b"a page"
    assert cache.lookup("that").reason == "schema"
    assert configure(OPTIONS={"reads": "django"}).lookup("this").reason == "rejected-name"
    theirs._cache.get_client().close()
