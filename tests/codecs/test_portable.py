"""The codec `portable`: what you set is what you get, type for type."""

from __future__ import annotations

import json
import math
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal, localcontext
from fractions import Fraction
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID, SafeUUID, uuid1
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameness import same
from shelflife.codecs import extensions
from shelflife.codecs.exact import pack_exactly
from shelflife.codecs.portable import Portable

VECTORS = Path(__file__).parents[1] / "data" / "portable-v1.jsonl"
PORTABLE = Portable()
NAMES: dict[str, Any] = {
    "Counter": Counter,
    "Decimal": Decimal,
    "Fraction": Fraction,
    "OrderedDict": OrderedDict,
    "PurePosixPath": PurePosixPath,
    "PureWindowsPath": PureWindowsPath,
    "UUID": UUID,
    "ZoneInfo": ZoneInfo,
    "date": date,
    "datetime": datetime,
    "defaultdict": defaultdict,
    "deque": deque,
    "inf": math.inf,
    "ip_address": ip_address,
    "ip_interface": ip_interface,
    "ip_network": ip_network,
    "nan": math.nan,
    "time": time,
    "timedelta": timedelta,
    "timezone": timezone,
}


def vectors() -> list[tuple[str, str]]:
    rows = map(json.loads, VECTORS.read_text("utf-8").splitlines())
    return [(row["value"], row["hex"]) for row in rows]


@pytest.mark.parametrize(("expression", "expected"), vectors(), ids=lambda text: ascii(text)[:40])
def test_the_bytes_of_version_1_never_change(expression: str, expected: str) -> None:
    value = eval(expression, dict(NAMES))
    assert PORTABLE.encode(value).hex() == expected
    assert same(PORTABLE.decode(bytes.fromhex(expected)), value)
    assert same(PORTABLE.decode(memoryview(bytes.fromhex(expected))), value)


@pytest.mark.parametrize(("expression", "expected"), vectors(), ids=lambda text: ascii(text)[:40])
def test_packing_in_python_gives_the_same_bytes(expression: str, expected: str) -> None:
    value = eval(expression, dict(NAMES))
    assert pack_exactly(PORTABLE.types.encoders, value).hex() == expected


def test_every_extension_has_a_vector() -> None:
    """Except registered classes, and the concrete path of another system."""
    seen: set[int] = set()
    for _, payload in vectors():
        seen |= set(bytes.fromhex(payload))
    numbers = {n for name, n in vars(extensions).items() if name.isupper() and type(n) is int}
    missing = numbers - seen
    assert missing <= {extensions.WINDOWS_PATH, extensions.POSIX_PATH, extensions.REGISTERED}


def test_numbers_of_extensions_are_unique_and_in_their_range() -> None:
    numbers = [n for name, n in vars(extensions).items() if name.isupper() and type(n) is int]
    assert len(numbers) == len(set(numbers))
    containers = set(extensions.CONTAINERS.values())
    assert all(64 <= number < 128 for number in containers)
    assert all(32 <= number < 64 for number in set(numbers) - containers)


def test_concrete_paths_come_back_on_the_same_system(tmp_path: Path) -> None:
    assert same(round_trip(tmp_path), tmp_path)


def test_the_safety_of_a_uuid_is_kept() -> None:
    for safety in SafeUUID:
        value = UUID(int=7, is_safe=safety)
        assert round_trip(value).is_safe is safety
    assert same(round_trip(uuid1()), uuid1()) is False


def test_a_decimal_is_exact_in_any_context_of_the_thread() -> None:
    value = Decimal("1.23456789012345678901234567890E-1000")
    with localcontext() as context:
        context.prec = 3
        context.capitals = 0
        context.Emin = -5
        payload = PORTABLE.encode(value)
        assert same(PORTABLE.decode(payload), value)
    assert payload == PORTABLE.encode(value)


def test_sets_have_the_same_bytes_whatever_their_history() -> None:
    grown = set(range(10_000))
    grown -= set(range(5, 10_000))
    assert PORTABLE.encode(grown) == PORTABLE.encode({4, 3, 2, 1, 0})


def test_nested_sets_take_no_exponential_time() -> None:
    value: Any = frozenset(["a", "b"])
    for number in range(40):
        value = frozenset([value, number])
    assert same(round_trip(value), value)


def test_a_shared_part_comes_back_as_two() -> None:
    part = [1]
    first, second = round_trip([part, part])
    assert first == second == part
    assert first is not second


def test_rows_with_bytes_in_every_place_are_exact() -> None:
    """The scan by columns must find one bytearray wherever it is."""
    for place in range(20):
        rows: list[Any] = [{"a": b"x", "b": [b"y", (b"z",)]} for _ in range(20)]
        rows[place]["a"] = bytearray(b"x")
        assert same(round_trip(rows), rows)
        rows[place]["a"] = b"x"
        rows[place]["b"][1] = (bytearray(b"z"),)
        assert same(round_trip(rows), rows)


def round_trip(value: Any) -> Any:
    return PORTABLE.decode(PORTABLE.encode(value))


OFFSETS = st.timedeltas(timedelta(hours=-23), timedelta(hours=23))
ZONES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.just(timezone.utc),
    OFFSETS.map(timezone),
    st.builds(timezone, OFFSETS, st.text(max_size=5)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "UTC"]).map(ZoneInfo),
)
TEXT = st.text(st.characters(), max_size=8)  # with lone surrogates
KEYS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    TEXT,
    st.binary(max_size=8),
    st.datetimes(timezones=ZONES),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.decimals().filter(lambda value: not value.is_snan()),  # which do not hash
    st.fractions(),
    st.complex_numbers(),
    st.uuids(),
    st.ip_addresses(),
    TEXT.map(PurePosixPath),
    ZONES,
)
HASHABLE: st.SearchStrategy[Any] = st.recursive(
    KEYS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple), st.frozensets(inner, max_size=3)
    ),
    max_leaves=5,
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(KEYS, st.decimals(), st.binary(max_size=8).map(bytearray)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(TEXT, inner, max_size=4),
        st.dictionaries(HASHABLE, inner, max_size=4),
        st.dictionaries(HASHABLE, inner, max_size=4).map(OrderedDict),
        st.dictionaries(HASHABLE, inner, max_size=4).map(lambda d: defaultdict(list, d)),
        st.sets(HASHABLE, max_size=4),
        st.lists(inner, max_size=4).map(lambda members: deque(members, 7)),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_any_nested_value_comes_back_type_for_type(value: Any) -> None:
    payload = PORTABLE.encode(value)
    assert same(PORTABLE.decode(payload), value)
    assert pack_exactly(PORTABLE.types.encoders, value) == payload
