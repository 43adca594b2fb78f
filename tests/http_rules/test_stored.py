"""The stored form: released bytes for ever, and nothing else is taken for a response."""

from __future__ import annotations

import copy
import math
from typing import Any, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelflife.codecs.portable import Portable
from shelflife.errors import Unreadable
from shelflife.http import StoredResponse, Variants, from_portable, to_portable

RESPONSE = StoredResponse(
    200, (("content-type", "text/plain"), ("etag", 'W/"a"')), b"\x00body", 1800000000.5, 60.0
)
VARIANTS = Variants(("accept", "origin"), "0123456789abcdef")
VECTORS: dict[str, tuple[Union[StoredResponse, Variants], list[Any], str]] = {
    "response": (
        RESPONSE,
        [
            "response",
            1,
            200,
            [["content-type", "text/plain"], ["etag", 'W/"a"']],
            b"\x00body",
            1800000000.5,
            60.0,
        ],
        (
            "97a8726573706f6e736501ccc89292ac636f6e74656e742d74797065aa746578742f706c61696e92a465"
            "746167a5572f226122c40500626f6479cb41dad27480200000cb404e000000000000"
        ),
    ),
    "response without a limit": (
        StoredResponse(204, (), b"", 5, None),
        ["response", 1, 204, [], b"", 5, None],
        "97a8726573706f6e736501cccc90c40005c0",
    ),
    "variants": (
        VARIANTS,
        ["variants", 1, ["accept", "origin"], "0123456789abcdef"],
        "94a876617269616e74730192a6616363657074a66f726967696eb030313233343536373839616263646566",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_released_bytes_are_read_and_written_for_ever(name: str) -> None:
    """A change needs another format number."""
    stored, data, payload = VECTORS[name]

    assert to_portable(stored) == data
    assert Portable().encode(data).hex() == payload
    assert from_portable(Portable().decode(bytes.fromhex(payload))) == stored


@pytest.mark.parametrize("name", ["response", "variants"])
def test_another_format_number_is_a_newer_format(name: str) -> None:
    """Whatever follows it."""
    with pytest.raises(Unreadable) as caught:
        from_portable([name, 2, "of the future"])
    assert caught.value.reason == "newer-format"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, "article"),
        (2, "200"),
        (2, True),
        (2, 100),
        (2, 600),
        (3, {}),
        (3, [["a"]]),
        (3, [["a", 1]]),
        (3, [["a", "b\r\nset-cookie: c=d"]]),
        (3, [("a", "b")]),
        (3, [["a", "\u20ac"]]),
        (3, [["a", "b\x00"]]),
        (3, [["a b", "c"]]),
        (3, [["\xe4", "c"]]),
        (3, [["", "c"]]),
        (4, "text"),
        (5, None),
        (5, True),
        (5, math.nan),
        (5, math.inf),
        (5, 10**400),
        (6, -math.inf),
        (6, "60"),
    ],
)
def test_what_is_no_response_is_none(place: int, value: Any) -> None:
    """Each part is looked at: an entry may be anything."""
    data = copy.deepcopy(to_portable(RESPONSE))
    data[place] = value

    with pytest.raises(Unreadable) as caught:
        from_portable(data)
    assert caught.value.reason == "schema"


@pytest.mark.parametrize(
    "data",
    [
        None,
        "response",
        [],
        ["response"],
        ["response", 1],
        ["variants", 1, ["a"]],
        ["variants", 1, "a", "ab"],
        ["variants", 1, [1], "ab"],
        ["variants", 1, ["a"], "AB"],
        ["variants", 1, ["a"], "a" * 33],
        ["variants", 1, ["a"], 5],
        ("response", 1),
    ],
)
def test_neither_is_anything_else(data: Any) -> None:
    """Of whatever type."""
    with pytest.raises(Unreadable) as caught:
        from_portable(data)
    assert caught.value.reason == "schema"


@given(st.recursive(st.one_of(st.none(), st.integers(), st.text(), st.binary()), st.lists))
def test_nothing_raises_anything_else(data: Any) -> None:
    """Whatever it is: a response, or `Unreadable`."""
    for candidate in (data, ["response", 1, data], ["response", 1, 200, [], b"", 1, data]):
        try:
            from_portable(candidate)
        except Unreadable:
            continue
