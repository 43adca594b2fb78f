"""What is written for other libraries while serving: their bytes, and what is refused."""

from __future__ import annotations

import pickle
import zlib
from typing import Any

import pytest

from served_dialects import OWN, PICKLED, dialect
from shelflife.dialects.serving.dogpile import Dogpile
from shelflife.errors import BelowFloor, ConfigurationError, NotPortable


def test_dogpiles_metadata_can_be_had() -> None:
    """From both formats, and written into both."""
    for name, version in (("dogpile", 2), ("dogpile:json", 2), ("dogpile:cached-value", 1)):
        made = dialect(name, "3.8")
        assert isinstance(made, Dogpile)
        entry = made.read_entry(made.write_entry([None], {"ct": 1.5, "v": 7}))
        assert entry == ([None], {"ct": 1.5, "v": version})


@pytest.mark.parametrize("floor", ["2.7", "3.4", "3.5"])
def test_readers_that_have_no_newer_dogpile_get_the_old_form(floor: str) -> None:
    """The header came when Python 3.6 was the oldest."""
    assert b"CachedValue" in dialect("dogpile", floor).write(None)
    assert dialect("dogpile", "3.6").write(None)[:7] == b'{"ct": '


@pytest.mark.parametrize(
    ("name", "floor", "value", "raw"),
    [
        ("django", "3.8", 7, b"7"),
        ("django", "3.8", 2**70, b"1180591620717411303424"),
        ("django", "3.8", True, b"\x80\x05\x88."),
        ("django", "3.7", True, b"\x80\x04\x88."),
        ("django-redis", "2.7", True, b"\x80\x02\x88."),
        ("django-redis", "3.9", True, b"\x80\x04\x88."),
        ("django-redis:json", "3.8", {"a": [1, "é"]}, b'{"a": [1, "\\u00e9"]}'),
        ("django-redis:json", "3.8", 7, b"7"),
        ("django-redis:msgpack", "3.8", {"a": [1, b"b"]}, b"\x81\xa1a\x92\x01\xc4\x01b"),
        ("django-redis:msgpack", "3.8", 2**70, b"1180591620717411303424"),
        ("django-redis:json+zlib", "3.8", "short", b'"short"'),
        ("django-redis:json+zlib", "3.8", "x" * 99, zlib.compress(b'"' + b"x" * 99 + b'"')),
        ("aiocache", "3.8", {"a": [1.5, None]}, b'{"a": [1.5, null]}'),
        ("aiocache:pickle", "3.9", None, b"\x80\x04N."),
        ("aiocache:pickle", "3.9", 7, b"\x80\x04K\x07."),
        ("aiocache:string", "3.9", "é", b"\xc3\xa9"),
    ],
)
def test_the_bytes_that_are_written_stay_the_same(
    name: str, floor: str, value: Any, raw: bytes
) -> None:
    """Those of the library at that floor, where it writes the same each time."""
    assert dialect(name, floor).write(value) == raw
    assert repr(dialect(name).read(raw)) == repr(value)


def test_dogpiles_bytes_stay_the_same() -> None:
    """Header and payload, and the pickled `CachedValue` of each protocol."""
    header = b'{"ct": 1.5, "v": 2}|'
    metadata = b"}(X\x02\x00\x00\x00ctG?\xf8\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00vK\x01u\x86R."
    name = b"cdogpile.cache.api\nCachedValue\n"
    for made, floor, raw in (
        ("dogpile", "3.9", header + b"\x80\x04]\x94."),
        ("dogpile:json", "3.9", header + b"[]"),
        ("dogpile", "2.7", b"\x80\x02" + name + b"]q\x00" + metadata),
        ("dogpile:cached-value", "3.9", b"\x80\x05" + name + b"]\x94" + metadata),
    ):
        wrapped = dialect(made, floor)
        assert isinstance(wrapped, Dogpile)
        assert wrapped.write_entry([], {"ct": 1.5}) == raw
        assert wrapped.read(raw) == []


def test_a_payload_of_many_frames_is_wrapped_whole() -> None:
    """Each Python's loader checks where frames end."""
    cached_value = pytest.importorskip("dogpile.cache.api").CachedValue
    value = [["x" * 70_000, b"y" * 70_000, list(range(40_000))], "end"]
    raw = dialect("dogpile:cached-value", "3.9").write(value)
    loaded, slowly = pickle.loads(raw), pickle._loads(raw)  # type: ignore[attr-defined]
    assert loaded[0] == slowly[0] == value
    assert type(loaded) is cached_value


@pytest.mark.parametrize("name", OWN)
def test_writing_needs_a_floor(name: str) -> None:
    with pytest.raises(ConfigurationError, match="floor"):
        dialect(name).write("text")


@pytest.mark.parametrize("name", PICKLED)
def test_what_the_floor_lacks_is_not_written(name: str) -> None:
    """Nor what is not allowed."""
    with pytest.raises(BelowFloor):
        dialect(name, "2.7").write({"a": [pickle_only_since_3_4()]})
    with pytest.raises(NotPortable):
        dialect(name, "3.8").write({"a": [Local()]})


def pickle_only_since_3_4() -> Any:
    from pathlib import PurePosixPath  # noqa: PLC0415 - one name, told by the function

    return PurePosixPath("a")


class Local:
    pass


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": [(1,)]}, "value['a'][0]"),
        ({"a": {1: 2}}, "value['a']"),
        ([{"a": {None: 2}}], "value[0]['a']"),
        ({"a": {1, 2}}, "value['a']"),
        ({"a": Local()}, "value['a']"),
        ([bytearray(b"a")], "value[0]"),
        ([type("Text", (str,), {})("a")], "value[0]"),
        ([type("Number", (int,), {})(1)], "value[0]"),
    ],
)
@pytest.mark.parametrize("name", ["aiocache", "dogpile:json", "django-redis:msgpack"])
def test_what_would_come_back_changed_is_not_written(name: str, value: Any, path: str) -> None:
    """The error says where it is."""
    with pytest.raises(NotPortable) as caught:
        dialect(name, "3.8").write(value)
    assert caught.value.path == path
    assert "come back" in str(caught.value) or "keys" in str(caught.value)


@pytest.mark.parametrize(
    "value", [b"a", float("nan"), float("inf"), 2**64, "\ud800", {"\ud800": 1}]
)
def test_json_that_some_readers_refuse_is_not_written_for_them(value: Any) -> None:
    """Aiocache reads with ujson where it is there; the others with Python's own."""
    with pytest.raises(NotPortable):
        dialect("aiocache", "3.8").write([value])
    if type(value) in (float, int, str):
        json_ = dialect("django-redis:json", "3.8")
        assert repr(json_.read(json_.write([value]))) == repr([value])


@pytest.mark.parametrize("name", ["dogpile:json", "django-redis:json"])
def test_two_surrogates_that_json_would_make_one_character_of_are_not_written(name: str) -> None:
    """One of them alone, or both the other way round, come back as they are."""
    made = dialect(name, "3.8")
    with pytest.raises(NotPortable):
        made.write({"a": ["b\ud83d\ude00"]})
    assert made.read(made.write("\ude00\ud83d")) == "\ude00\ud83d"


@pytest.mark.parametrize("name", ["aiocache", "django-redis:json", "django-redis:msgpack"])
def test_what_contains_itself_or_is_very_deep_is_not_written(name: str) -> None:
    endless: list[Any] = []
    endless.append(endless)
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    for value in (endless, deep):
        with pytest.raises(NotPortable):
            dialect(name, "3.8").write(value)
