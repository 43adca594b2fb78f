"""Names of dialects: a library, and how it was set up."""

from __future__ import annotations

import pytest

from shelflife import Cache
from shelflife.dialects import ALL_NAMES, make_dialect, name_of_entry, parse_name, short_name
from shelflife.errors import ConfigurationError
from shelflife.floors import parse_floor
from shelflife.pickles import AllowList


@pytest.mark.parametrize("name", sorted(ALL_NAMES))
def test_a_name_is_its_own_shortest_spelling(name: str) -> None:
    """And makes a dialect that is called so."""
    assert short_name(name) == name
    assert make_dialect(name, allow=AllowList.default(), note=print).name == name


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("django-redis:pickle", "django-redis"),
        ("dogpile:pickle", "dogpile"),
        ("aiocache:json", "aiocache"),
        ("flask-caching", "werkzeug"),
        ("django-redis:pickle+zlib", "django-redis:pickle+zlib"),
    ],
)
def test_names_for_the_same_bytes_are_one(long: str, short: str) -> None:
    """Without a colon it is what the library does by itself."""
    assert short_name(long) == short
    assert parse_floor("3.8", [short_name(long)]) == parse_floor(f"3.8, {long}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("django_redis", "aiocache, django, django-redis, dogpile, flask-caching, werkzeug"),
        ("", "those (known|written) are"),
        (":", "those (known|written) are"),
        ("django:json", "django takes nothing after its name"),
        ("django-redis:yaml", r"django-redis:json or django-redis:msgpack, each .* \+zlib"),
        ("django-redis:", "django-redis takes"),
        ("django-redis:+zlib", "django-redis takes"),
        ("django-redis:json+", "django-redis takes"),
        ("django-redis:json+zlib+gzip", "django-redis takes"),
        ("dogpile:json+zlib", "dogpile:cached-value"),
        ("aiocache:text", "aiocache:string"),
    ],
)
def test_what_is_no_name_is_refused_with_what_there_is(name: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Cache("memory://", reads=name)
    with pytest.raises(ConfigurationError, match=said):
        Cache("memory://", writes=name, floor="3.8")
    with pytest.raises(ConfigurationError):
        parse_name(name)


@pytest.mark.parametrize(
    ("dialect", "codec", "name"),
    [
        ("werkzeug", "pickle", "werkzeug"),
        ("django", "pickle", "django"),
        ("django-redis", "pickle", "django-redis"),
        ("django-redis", "int", "django-redis"),
        ("django-redis", "xz+json", "django-redis:json+lzma"),
        ("django-redis", "zlib+pickle", "django-redis:pickle+zlib"),
        ("dogpile", "header+pickle", "dogpile"),
        ("dogpile", "header+json", "dogpile:json"),
        ("aiocache", "text", "aiocache:string"),
        ("celery", "json", ""),
    ],
)
def test_an_audited_entry_has_the_name_that_reads_it(dialect: str, codec: str, name: str) -> None:
    """So that what to do about it can be said in a line."""
    assert name_of_entry(dialect, codec) == name
    assert not name or short_name(name) in ALL_NAMES


def test_a_floor_says_a_dialect_as_it_was_set_up() -> None:
    """And prints as what it is parsed from."""
    with Cache("memory://", reads="django-redis:json", floor="3.8, django-redis:json") as cache:
        assert cache.set("key", {"a": [1]})
        assert cache.lookup("key").dialect == "django-redis:json"  # type: ignore[union-attr]
        assert parse_floor(str(cache.floor)) == cache.floor
