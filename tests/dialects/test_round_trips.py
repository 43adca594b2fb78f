"""Whatever is written is read again as it was, at every floor; or it is not written."""

from __future__ import annotations

import collections
from datetime import timezone
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shelflife.dialects import make_dialect
from shelflife.errors import BelowFloor, Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import AllowList

_REASONS = {
    Reason.CORRUPT,
    Reason.LOAD_ERROR,
    Reason.OVER_BUDGET,
    Reason.PROTOCOL,
    Reason.REJECTED_NAME,
}
_KEYS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.decimals(allow_nan=False),
    st.dates(),
    st.uuids(),
    st.tuples(st.text(max_size=2), st.integers()),
    st.frozensets(st.text(max_size=2), max_size=2),
)
_LEAVES = st.one_of(
    _KEYS,
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.text(st.characters(), max_size=20),
    st.binary(max_size=20).map(bytearray),
    st.datetimes(allow_imaginary=True, timezones=st.sampled_from([None, timezone.utc])),
    st.times(),
    st.timedeltas(),
    st.fractions(),
    st.ip_addresses(),
    st.builds(range, st.integers(-(2**64), 2**64), st.integers(-(2**64), 2**64), st.just(3)),
)
_VALUES = st.recursive(
    _LEAVES,
    lambda parts: st.one_of(
        st.lists(parts, max_size=4),
        st.lists(parts, max_size=4).map(tuple),
        st.lists(parts, max_size=4).map(collections.deque),
        st.dictionaries(_KEYS, parts, max_size=4),
        st.dictionaries(_KEYS, parts, max_size=4).map(collections.OrderedDict),
        st.sets(_KEYS, max_size=4),
    ),
    max_leaves=15,
)


def _typed(value: Any) -> Any:
    """Give a value that is equal only if every type in it is the same, and each order too."""
    if isinstance(value, dict):
        return type(value), [(_typed(key), _typed(part)) for key, part in value.items()]
    if isinstance(value, (list, tuple, collections.deque)):
        return type(value), [_typed(part) for part in value]
    if isinstance(value, (set, frozenset)):
        return type(value), {_typed_key(part) for part in value}
    return type(value), repr(value)


def _typed_key(key: Any) -> Any:
    return type(key), repr(sorted(key)) if isinstance(key, frozenset) else repr(key)


@pytest.mark.parametrize("floor", ["2.7", "3.3", "3.6", "3.8"])
@settings(max_examples=150, deadline=None)
@given(value=_VALUES)
@example(value={"a": 1, b"a": 2})
@example(value="\ud83d\ude00")
def test_what_is_written_is_read_again(floor: str, value: object) -> None:
    """Type for type; only what the floor lacks is refused, and 3.8 lacks none of these."""
    dialect = make_dialect("werkzeug", allow=AllowList.default(), floor=floor, note=print)
    try:
        entry = dialect.write(value)
    except BelowFloor:
        assert floor in {"2.7", "3.3"}
        return
    assert _typed(dialect.read(entry)) == _typed(value)


@settings(max_examples=500, deadline=None)
@given(raw=st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(lambda tail: b"!" + tail)))
def test_any_bytes_give_a_value_or_are_unreadable(raw: bytes) -> None:
    """Nothing else is ever raised, and the reason is one of the closed list."""
    dialect = make_dialect("werkzeug", allow=AllowList.default(), note=lambda _: None)
    try:
        dialect.read(raw)
    except Unreadable as refusal:
        assert Reason(refusal.reason) in _REASONS  # noqa: PT017 - a value is as good
