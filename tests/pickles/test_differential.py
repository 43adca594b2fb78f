"""The machine gives what `pickle.loads` gives, for whatever both Python picklers write."""

from __future__ import annotations

import datetime as dt
import math
import pickle
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import PurePosixPath, PureWindowsPath
from time import gmtime
from typing import Any
from uuid import UUID, SafeUUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelflife.pickles import AllowList, Budget, facts, load

ZONES = st.one_of(
    st.none(),
    st.just(dt.timezone.utc),
    st.just(zoneinfo.ZoneInfo("Europe/Berlin")),
    st.builds(dt.timezone, st.integers(-700, 700).map(lambda n: dt.timedelta(minutes=n))),
)
HASHABLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(1 << 300), 1 << 300),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=())),
    st.binary(),
    st.complex_numbers(allow_nan=False),
    st.decimals(allow_nan=False),
    st.fractions(),
    st.uuids(),
    st.datetimes(timezones=ZONES),
    st.dates(),
    st.times(timezones=st.sampled_from([None, dt.timezone.utc])),
    st.timedeltas(),
    st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 3)),
    st.builds(PurePosixPath, st.sampled_from(["", "/", "a/b", "/é"])),
    st.ip_addresses(),
)
KEYS = st.one_of(HASHABLE, st.tuples(HASHABLE, HASHABLE), st.frozensets(HASHABLE, max_size=2))
VALUES = st.recursive(
    st.one_of(HASHABLE, st.binary().map(bytearray)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
        st.sets(KEYS, max_size=4),
        st.dictionaries(KEYS, inner, max_size=3).map(OrderedDict),
        st.dictionaries(KEYS, inner, max_size=3).map(lambda d: defaultdict(list, d)),
        st.dictionaries(KEYS, st.integers(), max_size=3).map(Counter),
        st.lists(inner, max_size=3).map(lambda v: deque(v, 9)),
    ),
    max_leaves=12,
)
EVERYTHING: list[Any] = [
    *(b"\xff", bytearray(b"\0\xff"), bytearray(), b"", "", (), [], {}, set(), frozenset()),
    *(-0.0, math.inf, 1 << 4000, -(1 << 63), True, 2 + 3j, range(1, 9, 2), object),
    *(Decimal("-1.50"), Decimal("NaN").is_nan(), Fraction(1, 3), UUID(int=5), gmtime(0)),
    *(SafeUUID.unknown, UUID(int=7, is_safe=SafeUUID.safe)),
    *(dt.datetime(2019, 10, 27, 2, 30, fold=1), dt.time(1, fold=1)),
    *(dt.timezone(dt.timedelta(hours=1), "x"), zoneinfo.ZoneInfo("Asia/Tokyo")),
    *(deque([1, 2]), deque([1], 1), defaultdict(None), defaultdict(dict, a={}), Counter("aab")),
    *(PurePosixPath("/a/b"), PureWindowsPath("c:/x"), list, OrderedDict(b=1, a=2)),
    *(ip_address("::1"), ip_interface("10.0.0.1/8"), ip_network("10.0.0.0/8")),
    *("x" * 300, b"y" * 300, tuple(range(9)), {n: [n] for n in range(2500)}),
]


def find_nothing(module: str, qualname: str) -> Any:
    raise LookupError(module, qualname)


def read(data: bytes, **options: Any) -> Any:
    return load(data, allow=AllowList.default(), resolve=find_nothing, **options).value


def shape(value: Any) -> str:
    """Types too: 1, True and 1.0 are equal."""
    if isinstance(value, (set, frozenset)):
        return f"{type(value)}{sorted(map(shape, value))}"
    if isinstance(value, dict):
        return f"{type(value)}{[(shape(k), shape(v)) for k, v in value.items()]}"
    if isinstance(value, (list, tuple, deque)):
        return f"{type(value)}{[shape(item) for item in value]}"
    return f"{type(value)}{value!r}"


def both_picklers(value: Any, protocol: int) -> list[bytes]:
    return [
        pickle.dumps(value, protocol),
        pickle._dumps(value, protocol),  # type: ignore[attr-defined]
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=VALUES, protocol=st.integers(0, 5))
def test_any_value(value: Any, protocol: int) -> None:
    """Values of every portable type come back, type for type."""
    for data in both_picklers(value, protocol):
        assert shape(read(data)) == shape(pickle.loads(data))


@pytest.mark.parametrize("protocol", range(6))
def test_one_of_each(protocol: int) -> None:
    """Every safe type comes back at every protocol, and the facts agree with the bytes."""
    for data in both_picklers(EVERYTHING, protocol):
        assert shape(read(data)) == shape(pickle.loads(data))
        found = facts(data)
        assert found.end == len(data)
        assert found.declared == (protocol if protocol > 1 else 0)
        assert found.protocol <= protocol
        assert not found.unknown_names


@pytest.mark.parametrize("protocol", range(6))
def test_sharing_and_cycles(protocol: int) -> None:
    """Shared parts stay shared, and cycles stay cycles."""
    shared: list[Any] = [1]
    cycle: list[Any] = [shared, shared]
    cycle.append(cycle)
    read_back = read(pickle.dumps(cycle, protocol))
    assert read_back[0] is read_back[1]
    assert read_back[2] is read_back


def test_depth_is_measured_on_the_value() -> None:
    """The deepest allowed value is read; one level more is not."""
    deep: Any = None
    for _ in range(50):
        deep = [deep]
    assert read(pickle.dumps(deep), budget=Budget(depth=50)) == deep
    with pytest.raises(Exception, match="depth"):
        read(pickle.dumps([deep]), budget=Budget(depth=50))
