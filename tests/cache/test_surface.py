"""Every method, on every kind of cache, does the same."""

from __future__ import annotations

import datetime as dt
import math
import time
from decimal import Decimal
from typing import Any, Callable

import pytest

from shelflife import ConfigurationError, Hit, InvalidKey, Miss, NotPortable, Reason

KINDS = ["memory", "redis", "unix", "async-memory", "async-redis"]
ON_SEVERAL = ["cluster", "sentinel", "async-cluster", "async-sentinel"]

pytestmark = pytest.mark.parametrize("kind", KINDS + ON_SEVERAL, indirect=True)

VALUES = [
    None,
    True,
    0,
    -1,
    2**70,
    1.5,
    "",
    "café \U0001f980",
    b"",
    b"\x00\xff",
    [],
    {},
    {"title": "Müller", "tags": ("a", {"b"}), "at": dt.datetime(2019, 11, 4, 12, 30, fold=1)},
    [Decimal("1.50"), 1j, frozenset({1}), bytearray(b"x")],
    "x" * 300_000,
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_you_set_is_what_you_get(cache: Any, value: Any) -> None:
    """Type for type, None included."""
    assert cache.set("k", value) is True

    found = cache.get("k", default="nothing")
    assert found == value
    assert type(found) is type(value)
    assert cache.lookup("k") == Hit(value)
    assert cache.has("k") is True


def test_a_missing_key_is_absent(cache: Any) -> None:
    """The default, a Miss, False."""
    assert cache.get("k") is None
    assert cache.get("k", 7) == 7
    assert cache.lookup("k") == Miss(Reason.ABSENT, "no entry under this key")
    assert cache.has("k") is False


def test_batches(cache: Any) -> None:
    """get_many gives the hits in order, lookup_many everything, each key once."""
    assert cache.set_many({"a": 1, "b": None}) == {"a": True, "b": True}

    assert list(cache.get_many(["b", "x", "a", "b"]).items()) == [("b", None), ("a", 1)]
    looked = cache.lookup_many(["a", "x"])
    assert looked["a"] == Hit(1)
    assert looked["x"].reason is Reason.ABSENT
    assert cache.get_many([]) == {}
    assert cache.set_many({}) == {}


def test_batches_larger_than_one_command(cache: Any) -> None:
    """Thousands of keys are asked for in several commands."""
    values = {f"k{n}": n for n in range(1234)}

    assert all(cache.set_many(values).values())
    assert cache.get_many(values) == values
    assert cache.delete_many(values) is True
    assert cache.get_many(values) == {}


def test_add_stores_only_where_nothing_is(cache: Any) -> None:
    """The server's own "set if absent"."""
    assert cache.add("k", 1) is True
    assert cache.add("k", 2) is False
    assert cache.get("k") == 1


def test_removals(cache: Any) -> None:
    """A removal is confirmed whether or not an entry was there."""
    cache.set_many({"a": 1, "b": 2, "c": 3})

    assert cache.delete("a") is True
    assert cache.delete("a") is True
    assert cache.delete_many(["b", "x"]) is True
    assert cache.get_many("abc") == {"c": 3}


def test_clear_removes_its_own_prefix_only(make: Callable[..., Any], kind: str) -> None:
    """Glob characters of a prefix are meant literally."""
    if "memory" in kind:
        pytest.skip("each memory:// is a store of its own")
    mine, other = make(prefix="a[b]*:"), make(prefix="ab:")
    mine.set_many({f"k{n}": n for n in range(2500)})
    other.set("k", 1)

    assert mine.clear() is True
    assert mine.get_many(["k0", "k2499"]) == {}
    assert other.get("k") == 1


def test_clear_without_a_prefix_is_refused(make: Callable[..., Any]) -> None:
    """It would empty what others keep there."""
    with pytest.raises(ConfigurationError, match="has none; give"):
        make(prefix="").clear()


def test_counters(cache: Any) -> None:
    """Created with the default expiry, counted by the server, read by get."""
    assert cache.incr("hits") == 1
    assert cache.incr("hits", 5) == 6
    assert cache.incr("hits", -10) == -4
    assert cache.get("hits") == -4
    assert cache.lookup("hits") == Hit(-4, dialect="counter")
    assert 299 < cache.ttl("hits") <= 300


def test_an_int_that_was_set_becomes_a_counter_and_keeps_its_expiry(cache: Any) -> None:
    """`set` writes an envelope, of an int too; `incr` turns it."""
    cache.set("n", 41, ttl=50)

    assert cache.incr("n") == 42
    assert cache.lookup("n") == Hit(42, dialect="counter")
    assert 49 < cache.ttl("n") <= 50


@pytest.mark.parametrize("value", ["text", True, 1.0, 2**63, {"a": 1}])
def test_incr_leaves_everything_else_alone(cache: Any, value: Any) -> None:
    """A miss, and the entry stays."""
    cache.set("k", value)

    assert cache.incr("k") is None
    assert cache.get("k") == value


def test_incr_beyond_64_bits_leaves_the_counter_alone(cache: Any) -> None:
    """The server does not count further."""
    assert cache.incr("n", 2**63 - 1) == 2**63 - 1
    assert cache.incr("n") is None
    assert cache.get("n") == 2**63 - 1
    cache.set("m", 2**63 - 1)
    assert cache.incr("m") is None
    assert cache.get("m") == 2**63 - 1


def test_time_to_live(cache: Any) -> None:
    """Seconds with fractions; None for no expiry; 0.0 where nothing is."""
    cache.set("short", 1, ttl=0.05)
    cache.set("ever", 1, ttl=None)
    cache.set("default", 1)
    cache.set("delta", 1, ttl=dt.timedelta(minutes=1))

    assert cache.ttl("ever") == math.inf
    assert 299 < cache.ttl("default") <= 300
    assert 59 < cache.ttl("delta") <= 60
    assert cache.ttl("nothing") == 0.0
    time.sleep(0.06)
    assert cache.get("short") is None
    assert cache.ttl("short") == 0.0


def test_touch(cache: Any) -> None:
    """A new time to live for what is there."""
    cache.set("k", 1, ttl=5)

    assert cache.touch("k", 100) is True
    assert 99 < cache.ttl("k") <= 100
    assert cache.touch("k", None) is True
    assert cache.ttl("k") == math.inf
    assert cache.touch("k") is True
    assert 299 < cache.ttl("k") <= 300
    assert cache.touch("nothing", 5) is False


@pytest.mark.parametrize("ttl", [0, -1, 0.0, math.nan, math.inf, 1e300, "5", True])
def test_a_time_to_live_that_cannot_be_is_refused(cache: Any, ttl: Any) -> None:
    """At the call, and nothing is stored."""
    calls: list[Callable[[], Any]] = [
        lambda: cache.set("k", 1, ttl),
        lambda: cache.add("k", 1, ttl),
        lambda: cache.set_many({"k": 1}, ttl),
        lambda: cache.incr("k", 1, ttl),
        lambda: cache.get_or_compute("k", lambda: 1, ttl),
    ]
    for call in calls:
        with pytest.raises(ConfigurationError, match="ttl"):
            call()
    assert cache.has("k") is False


@pytest.mark.parametrize("key", [b"k", 1, None, "\ud800"])
def test_a_key_is_text(cache: Any, key: Any) -> None:
    """Anything else is misuse."""
    for call in (cache.get, cache.lookup, cache.has, cache.delete, cache.incr, cache.ttl):
        with pytest.raises(InvalidKey, match="key"):
            call(key)
    with pytest.raises(InvalidKey):
        cache.set(key, 1)


class Unregistered:
    """Not portable."""


def test_a_value_that_is_not_portable_raises_and_unlinks(cache: Any) -> None:
    """An old value must not outlive its update."""
    cache.set("k", "old")

    with pytest.raises(NotPortable, match=r"value\['author'\]\[0\]: .*Unregistered is not port"):
        cache.set("k", {"author": [Unregistered()]})

    assert cache.has("k") is False
    assert cache.counters().not_stored == {"not-portable": 1}


def test_one_value_that_is_not_portable_does_not_spoil_a_batch(cache: Any) -> None:
    """The rest is stored before it raises."""
    cache.set("b", "old")

    with pytest.raises(NotPortable):
        cache.set_many({"a": 1, "b": Unregistered(), "c": 3})

    assert cache.get_many("abc") == {"a": 1, "c": 3}


def test_an_entry_too_large_is_not_stored_and_unlinks(make: Callable[..., Any]) -> None:
    """`max_bytes` holds for writing."""
    cache = make(max_bytes=1000)
    cache.set("k", "old")

    assert cache.set("k", "x" * 1000) is False
    assert cache.has("k") is False
    assert cache.counters().not_stored == {"too-large": 1}


def test_type_converts_or_misses(cache: Any) -> None:
    """A value that is not of the asked type is a miss with reason `schema`."""
    cache.set("n", 5)

    assert cache.get("n", type=int) == 5
    assert cache.get("n", default="-", type=str) == "-"
    assert cache.lookup("n", type=str).reason is Reason.SCHEMA
    assert cache.get_many(["n"], type=str) == {}


def test_get_or_compute_computes_once(cache: Any) -> None:
    """Then it is a hit, None as well."""
    calls: list[int] = []

    assert cache.get_or_compute("k", lambda: calls.append(1)) is None
    assert cache.get_or_compute("k", lambda: calls.append(1)) is None
    assert calls == [1]


def test_get_or_compute_raises_only_what_compute_raises(cache: Any) -> None:
    """And stores nothing then; what is not portable is returned all the same."""
    value = Unregistered()

    with pytest.raises(ZeroDivisionError):
        cache.get_or_compute("k", lambda: 1 / 0)
    assert cache.has("k") is False
    assert cache.get_or_compute("k", lambda: value) is value
    assert cache.counters().not_stored == {"not-portable": 1}


def test_counters_add_up(cache: Any) -> None:
    """Hits, misses by reason, stored: per key, exactly."""
    cache.set_many({"a": 1, "b": 2})
    cache.get_many(["a", "b", "c"])
    cache.get("a")
    cache.get("x")
    cache.lookup("a", type=str)

    counters = cache.counters()
    assert counters.hits == 3
    assert counters.misses == {"absent": 2, "schema": 1}
    assert counters.reads == 6
    assert counters.stored == 2


def test_the_release_that_wrote_an_entry_is_named(make: Callable[..., Any]) -> None:
    """By lookup, for whoever cannot read it one day."""
    cache = make(release="2019.11")
    cache.set("k", 1)

    assert cache.lookup("k").writer.startswith("2019.11 cpython3.")


def test_compressed_entries_come_back(make: Callable[..., Any]) -> None:
    """Compression is off by default and a matter of writing only."""
    cache = make(compress=True)
    cache.set("k", ["x" * 10_000])

    assert cache.get("k") == ["x" * 10_000]
