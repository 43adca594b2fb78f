"""Both ways between us and the real libraries, several releases each, through a real server.

The installed releases are tried each time; the others are installed once, and kept.
"""

from __future__ import annotations

import datetime  # noqa: F401, ICN001 - the expressions name these
import decimal  # noqa: F401
import uuid  # noqa: F401
from collections import OrderedDict  # noqa: F401
from datetime import date, timedelta  # noqa: F401
from typing import Any

import pytest

from cache_libraries import Library, compressor, django_redis, serializer
from shelflife import Cache, Hit
from shelflife.errors import NotPortable

_CORE = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
_HERD = {"CLIENT_CLASS": "django_redis.client.HerdClient"}
_FLASK = {"CACHE_TYPE": "RedisCache", "CACHE_KEY_PREFIX": "p:"}
_R3, _R4 = "redis==3.5.3", "redis==4.6.0"

INSTALLED = [
    Library("django", "django", options=_CORE, prefix=":1:"),
    django_redis("django-redis"),
    django_redis("django-redis", **_HERD),
    django_redis("django-redis:json", SERIALIZER=serializer("json")),
    django_redis("django-redis:pickle+zlib", COMPRESSOR=compressor("zlib")),
    django_redis("django-redis:pickle+gzip", COMPRESSOR=compressor("gzip")),
    django_redis(
        "django-redis:json+lzma", SERIALIZER=serializer("json"), COMPRESSOR=compressor("lzma")
    ),
    Library("dogpile", "dogpile"),
    Library("dogpile", "dogpile:json", options={"json": True}),
    Library("flask_caching", "flask-caching", options=_FLASK, prefix="p:"),
    Library("aiocache", "aiocache", options={"serializer": "JsonSerializer"}),
    Library("aiocache", "aiocache:pickle", options={"serializer": "PickleSerializer"}),
    Library("aiocache", "aiocache:string", options={"serializer": "StringSerializer"}),
]


def _django(version: str, python: str) -> Library:
    return Library("django", "django", (f"Django=={version}", _R4), python, _CORE, ":1:")


_ALL = ("zlib", "gzip", "lzma", "lz4", "zstd")
_FIRST = ("zlib", "lzma", "lz4")  # gzip and zstd came later


def _packed(python: str, *pins: str, compressors: tuple[str, ...] = _ALL) -> list[Library]:
    """Give a release of django-redis with each serializer and compressor."""
    made = [
        django_redis("django-redis", *pins, python=python),
        django_redis("django-redis", *pins, python=python, **_HERD),
    ]
    for name in ("json", "msgpack"):
        options = {"SERIALIZER": serializer(name)}
        made.append(django_redis(f"django-redis:{name}", *pins, python=python, **options))
    for name in compressors:
        options = {"COMPRESSOR": compressor(name)}
        made.append(django_redis(f"django-redis:pickle+{name}", *pins, python=python, **options))
    return made


_DJANGO_2 = ("django-redis==4.12.1", "Django==2.2.28", _R3, "sqlparse==0.4.4", "pytz==2023.3")
_PACKERS_3_6 = ("msgpack==0.6.2", "lz4==3.1.10", "pyzstd==0.15.9")
_PACKERS_3_7 = ("msgpack==1.0.5", *_PACKERS_3_6[1:])
_PACKERS = ("msgpack==1.1.0", "lz4==4.3.3", "pyzstd==0.16.2")
_AIO = ("aiocache==0.12.3", _R4)
_IN_3_6 = (
    *("decorator==4.4.2", "stevedore==3.5.2", "pbr==5.11.1"),
    *("importlib-metadata==4.8.3", "zipp==3.6.0", "typing-extensions==4.1.1"),
)
_IN_3_8 = ("decorator<5", "stevedore<5")


def _dogpile(version: str, python: str, *pins: str, old: bool = False, **options: Any) -> Library:
    dialect = "dogpile:cached-value" if old else "dogpile:json" if options else "dogpile"
    return Library("dogpile", dialect, (f"dogpile.cache=={version}", *pins), python, options)


def _flask(version: str, python: str, *pins: str) -> Library:
    pins = (f"Flask-Caching=={version}", *pins)
    return Library("flask_caching", "flask-caching", pins, python, _FLASK, "p:")


def _aiocache(kind: str, name: str, *pins: str) -> Library:
    options = {"serializer": f"{name}Serializer"}
    return Library("aiocache", f"aiocache{kind}", pins, "3.8", options)


OTHERS = [
    _django("4.0.10", "3.8"),
    _django("4.2.16", "3.8"),
    _django("5.2", "3.12"),
    django_redis(
        "django-redis", "django-redis==4.10.0", "Django==1.11.29", _R3, "pytz==2023.3", python="2.7"
    ),
    *_packed("3.6", *_DJANGO_2, *_PACKERS_3_6, compressors=_FIRST),
    *_packed("3.7", *_DJANGO_2, *_PACKERS_3_7, compressors=_FIRST),
    *_packed(
        *("3.8", "django-redis==5.4.0", "Django==4.2.16", _R4, *_PACKERS),
        compressors=(*_FIRST, "zstd"),
    ),
    *_packed("3.12", "django-redis==6.0.0", "Django==5.2", _R4, *_PACKERS),
    *_packed("3.12", "django-redis==7.0.0", "Django==5.2", "redis==6.4.0", *_PACKERS),
    _dogpile("0.9.2", "2.7", _R3, "decorator==4.4.2"),
    _dogpile("0.9.2", "3.6", _R3, "decorator==4.4.2", old=True),
    _dogpile("1.0.2", "3.8", _R4, *_IN_3_8, old=True),
    _dogpile("1.1.0", "3.6", _R3, *_IN_3_6),
    _dogpile("1.1.8", "3.8", _R4, *_IN_3_8),
    _dogpile("1.1.8", "3.8", _R4, *_IN_3_8, json=True),
    _dogpile("1.4.0", "3.12", _R4),
    _flask("1.10.1", "3.8", "Flask==1.1.4", _R3, "Werkzeug==1.0.1", "MarkupSafe==2.0.1"),
    _flask("2.0.2", "3.8", "Flask==2.2.5", _R4, "Werkzeug==2.2.3"),
    _flask("2.3.1", "3.12", "Flask==3.0.3", _R4),
    _aiocache("", "Json", *_AIO),
    _aiocache("", "Json", *_AIO, "ujson==4.3.0"),
    _aiocache(":pickle", "Pickle", *_AIO),
    _aiocache(":pickle", "Pickle", "aiocache==0.11.1", "aioredis==1.3.1"),
]
LIBRARIES = [*INSTALLED, *(pytest.param(each, marks=pytest.mark.slow) for each in OTHERS)]

_PLAIN = [
    *("True", "7", "-3", "0", "2**62", "1.5", "''", "'caf\\xe9'", "'7'", "'x' * 500"),
    *("[]", "[1, [2.5, {'a': None}]]", "{'a': [1, 'b'], 'c': {}}", "['\\U0001f600']"),
]
_TEXTS = ["''", "'7'", "'caf\\xe9'", "'\\x00'", "'x' * 500"]
_BYTES = ["b'\\x00\\xff'", "[b'']"]
_PICKLED = [
    *("2**70", "(1, ('a',))", "{1: 'a', (2,): None}", "b'\\x00\\xff' * 200", "frozenset([1])"),
    *("[{2}]", "1 + 2j", "decimal.Decimal('1.10')", "uuid.UUID(int=5)", "timedelta(1, 2, 3)"),
    *("datetime.datetime(2020, 1, 1, 2, 3, 4, 5)", "date(2020, 2, 29)"),
    "OrderedDict([('b', 1), ('a', 2)])",
]
# What a library's serializer would give back as something else, or not at all.
_CHANGED = ["(1,)", "{1: 2}", "{None: 1}", "datetime.date(2020, 1, 1)", "frozenset()", "{1}"]


def values(library: Library) -> list[str]:
    """What the library stores and gives back as it was."""
    kind = library.dialect.partition(":")[2]
    if kind.startswith("json") or library.dialect == "aiocache":
        return _PLAIN
    if kind == "msgpack":  # whose releases before 1.0 do not read the bytes that they write
        return _PLAIN if "msgpack==0.6.2" in library.pins else _PLAIN + _BYTES
    return _TEXTS if kind == "string" else _PLAIN + _PICKLED


def evaluated(expression: str) -> Any:
    return eval(expression)


def needs(library: Library) -> None:
    """Skip what this interpreter has no package for."""
    for name, package in (("lz4", "lz4.frame"), ("zstd", "zstandard")):
        if library.dialect.endswith(name):
            pytest.importorskip(package)


@pytest.mark.parametrize("library", LIBRARIES, ids=str)
def test_what_the_library_wrote_is_read_as_what_it_reads_itself(
    library: Library, redis_url: str
) -> None:
    """Value for value, and type for type."""
    needs(library)
    expressions = values(library)
    keys = [f"key{number}" for number in range(len(expressions))]
    jobs = [("set", key, expression) for key, expression in zip(keys, expressions)]
    jobs += [("get", key, expression) for key, expression in zip(keys, expressions)]
    said = library.run(redis_url, jobs)
    assert said == ["set"] * len(keys) + ["same"] * len(keys)

    with Cache(redis_url, prefix=library.prefix, reads=library.dialect) as cache:
        for key, expression in zip(keys, expressions):
            found, wanted = cache.lookup(key), evaluated(expression)
            assert isinstance(found, Hit), (expression, found)
            assert repr(found.value) == repr(wanted)


@pytest.mark.parametrize("library", LIBRARIES, ids=str)
def test_what_is_written_at_its_floor_the_library_reads(library: Library, redis_url: str) -> None:
    """On the Python of the floor; and so do we."""
    needs(library)
    expressions = values(library)
    keys = [f"key{number}" for number in range(len(expressions))]
    options: Any = {"reads": library.dialect, "writes": library.dialect, "floor": library.floor}
    with Cache(redis_url, prefix=library.prefix, **options) as cache:
        for key, expression in zip(keys, expressions):
            assert cache.set(key, evaluated(expression)), expression
            assert repr(cache.get(key)) == repr(evaluated(expression))

    said = library.run(redis_url, [("get", *pair) for pair in zip(keys, expressions)])
    assert said == ["same"] * len(keys), dict(zip(expressions, said))


@pytest.mark.parametrize("library", LIBRARIES, ids=str)
def test_an_envelope_is_a_miss_to_no_reader_but_those_of_the_guard_byte(
    library: Library, redis_url: str
) -> None:
    """So the floor keeps the library's own form until nobody reads with it any more."""
    with Cache(redis_url, prefix=library.prefix, reads=library.dialect) as cache:
        cache.set("text", "text")
        cache.set("more", {"a": (1,)})
    said = library.run(redis_url, [("repr", "text", ""), ("repr", "more", "")])

    if library.name == "flask_caching":
        assert said == ["None", "None"]
    else:
        assert all("Error: " in each for each in said), said


_JSON = {"aiocache", "dogpile:json", "django-redis:json"}


@pytest.mark.parametrize("library", [each for each in INSTALLED if each.dialect in _JSON], ids=str)
def test_what_the_library_would_give_back_changed_is_not_written(
    library: Library, redis_url: str
) -> None:
    """A write never changes a value without a word."""
    options: Any = {"reads": library.dialect, "writes": library.dialect, "floor": library.floor}
    with Cache(redis_url, prefix=library.prefix, **options) as cache:
        for expression in _CHANGED:
            with pytest.raises(NotPortable):
                cache.set("key", {"in": [evaluated(expression)]})
            assert not cache.has("key")
