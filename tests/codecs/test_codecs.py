"""Which codec writes a value, and which reads a payload."""

from __future__ import annotations

import random
from typing import Any, Union

import pytest

from sameness import same
from shelflife.codecs import Codecs, Types
from shelflife.envelope import CODECS
from shelflife.errors import NotPortable, Unreadable


class Repr:
    """A codec that writes anything, for the fallback."""

    name = "repr"
    number = 200

    def encode(self, value: Any) -> bytes:
        return repr(value).encode()

    def decode(self, payload: Union[bytes, memoryview]) -> Any:
        return f"decoded {str(payload, 'utf-8')}"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("text", "text"),
        ("", "text"),
        ("\U0001f642", "text"),
        ("\ud800", "portable"),
        (b"", "bytes"),
        (b"\xff\x00", "bytes"),
        (bytearray(b"a"), "portable"),
        (None, "portable"),
        (1, "portable"),
        ([], "portable"),
    ],
)
def test_text_and_bytes_need_no_messagepack(value: Any, name: str) -> None:
    codecs = Codecs()
    number, payload = codecs.encode(value)
    assert number == CODECS[name]
    assert type(payload) is bytes
    assert same(codecs.decode(number, payload), value)
    assert same(codecs.decode(number, memoryview(payload)), value)


def test_text_that_is_no_utf8_is_corrupt() -> None:
    with pytest.raises(Unreadable) as caught:
        Codecs().decode(CODECS["text"], b"\xff")
    assert caught.value.reason == "corrupt"


@pytest.mark.parametrize("number", [0, 2, 5, 255])
def test_an_unknown_codec_is_a_reason(number: int) -> None:
    with pytest.raises(Unreadable) as caught:
        Codecs().decode(number, b"")
    assert caught.value.reason == "unknown-codec"


def test_what_is_not_portable_needs_a_fallback() -> None:
    value = random.Random
    with pytest.raises(NotPortable):
        Codecs(reads=[Repr()]).encode(value)
    codecs = Codecs(fallback=Repr())
    number, payload = codecs.encode(value)
    assert (number, payload) == (200, repr(value).encode())
    assert codecs.decode(number, payload).startswith("decoded <class")
    assert codecs.encode([1])[0] == CODECS["portable"]


def test_further_codecs_are_read() -> None:
    assert Codecs(reads=[Repr()]).decode(200, b"x") == "decoded x"


def test_types_may_be_added_to_later() -> None:
    class Point:
        def __init__(self, x: int) -> None:
            self.x = x

    types = Types()
    codecs = Codecs(types)
    assert codecs.types is types
    with pytest.raises(NotPortable):
        codecs.encode(Point(1))
    types.register("point", Point, encode=lambda point: point.x, decode=Point)
    number, payload = codecs.encode([Point(7)])
    assert codecs.decode(number, payload)[0].x == 7
