"""Entries of other libraries while serving: their values, what is no value, what is written."""

from __future__ import annotations

import json
import pickle
import zlib
from pathlib import Path
from typing import Any, Callable, Optional

import pytest

from shelflife.dialects import ALL_NAMES, make_dialect
from shelflife.dialects.interface import Dialect
from shelflife.dialects.serving.dogpile import Dogpile
from shelflife.envelope import CODECS, seal
from shelflife.errors import BelowFloor, ConfigurationError, NotPortable, Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import AllowList, Py2Text

# Bytes that real releases wrote to a real server; `value` is what a read must give.
_ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "served.jsonl").read_text().splitlines()
]
_PACKAGES = {"lz4": "lz4.frame", "zstd": "zstandard"}
_OWN = sorted(ALL_NAMES - {"werkzeug"})
PICKLED = [name for name in _OWN if name.partition(":")[2] in {"", "pickle", "cached-value"}]
PICKLED.remove("aiocache")


def dialect(
    name: str,
    floor: Optional[str] = None,
    *,
    allow: Optional[AllowList] = None,
    text: Py2Text = Py2Text.UTF8_ELSE_BYTES,
    note: Callable[[str], None] = lambda _: None,
    max_bytes: int = 16 << 20,
) -> Dialect:
    if name.endswith(tuple(_PACKAGES)):
        pytest.importorskip(_PACKAGES[name.rpartition("+")[2]])
    allow = allow or AllowList.default()
    return make_dialect(name, allow=allow, floor=floor, text=text, note=note, max_bytes=max_bytes)


def refusal(name: str, raw: bytes, **options: Any) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        dialect(name, **options).read(raw)
    return caught.value


def of(name: str, data: bytes) -> bytes:
    """An entry whose serializer made these bytes."""
    if name in {"dogpile", "dogpile:json"}:
        return b'{"ct": 1795417391.9992812, "v": 2}|' + data
    return data


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: f"{row['source']}-{row['case']}")
def test_an_entry_of_a_real_release_gives_the_value(row: dict[str, str]) -> None:
    """Value for value, whichever release wrote it."""
    value = dialect(row["dialect"]).read(bytes.fromhex(row["hex"]))
    assert repr(value) == repr(eval(row["value"]))


@pytest.mark.parametrize("name", ["django", "django-redis", "django-redis:json"])
@pytest.mark.parametrize(
    ("raw", "value"), [(b" 7 ", 7), (b"+7", 7), (b"1_000", 1000), (b"9" * 40, int("9" * 40))]
)
def test_what_int_takes_is_an_integer(name: str, raw: bytes, value: int) -> None:
    """The readers of both ask it first."""
    assert dialect(name).read(raw) == value


def test_the_herd_clients_marker_is_taken_off() -> None:
    """Only in its place: anywhere else it is a name that nobody allowed."""
    head = b"\x80\x04\x8c\x18django_redis.client.herd\x8c\x06Marker\x93)\x81"
    assert dialect("django-redis").read(head + b"]K\x07\x87.") == []
    for tail in (b".", b"K\x01\x86.", b"]\x86K\x01\x86."):
        assert refusal("django-redis", head + tail).reason == Reason.REJECTED_NAME
    assert refusal("django", head + b"]K\x07\x87.").reason == Reason.REJECTED_NAME


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"ct": 1.5, "v": 3}|\x80\x04N.', Reason.NEWER_FORMAT),
        (b'{"ct": 1.5, "v": 1}|\x80\x04N.', Reason.FOREIGN),
        (b'{"ct": "1.5", "v": 2}|\x80\x04N.', Reason.CORRUPT),
        (b'{"ct": 1.5}|\x80\x04N.', Reason.CORRUPT),
        (b'{"ct": 1.5, "v": 2|\x80\x04N.', Reason.CORRUPT),
        (b'{"ct": 1.5, "v": 2}|', Reason.CORRUPT),
        (b'{"ct": 1.5, "v": 2}', Reason.FOREIGN),
        (b'{"ct"' + b" " * 10_000 + b': 1.5, "v": 2}|\x80\x04N.', Reason.FOREIGN),
        (b"\x80\x04N.", Reason.FOREIGN),
        (b"\x80\x02cdogpile.cache.api\nCachedValue\n.", Reason.FOREIGN),
        (b"\x80\x02cdogpile.cache.api\nCachedValue\nN}\x86R.", Reason.CORRUPT),
        (b"\x80\x02cdogpile.cache.api\nCachedValue\nNN\x86R.", Reason.CORRUPT),
        (b"", Reason.FOREIGN),
        (b"text", Reason.FOREIGN),
    ],
)
def test_what_is_no_entry_of_dogpile_says_why(raw: bytes, reason: Reason) -> None:
    assert refusal("dogpile", raw).reason == reason


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


@pytest.mark.parametrize("name", _OWN)
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


@pytest.mark.parametrize("name", PICKLED)
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x80\x06N.", Reason.PROTOCOL),
        (b"\x80\x02cos\nsystem\nU\x04true\x85R.", Reason.REJECTED_NAME),
        (b"\x80\x02capp.gone\nArticle\n)\x81.", Reason.MISSING_NAME),
        (b"\x80\x04N", Reason.CORRUPT),
        (b"\x80\x04N.N", Reason.CORRUPT),
        (b"\x80\x02Nr\xff\xff\xff\x0f.", Reason.OVER_BUDGET),
        (b"\x80\x02]" + b"]" * 100_000 + b"a" * 100_000 + b".", Reason.OVER_BUDGET),
        (b"\x80\x02U\x04\xff\xfe\xfd\xfc.", Reason.PY2_BYTES),
    ],
)
def test_a_pickle_that_cannot_be_read_says_why(name: str, data: bytes, reason: Reason) -> None:
    allow = AllowList.default().extended(["app.gone.Article"])
    raw = of(name, data)
    if name == "dogpile:cached-value":
        raw = of("dogpile", data)
    assert refusal(name, raw, allow=allow, text=Py2Text.STRICT).reason == reason


@pytest.mark.parametrize("name", [name for name in _OWN if "json" in name] + ["aiocache"])
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", Reason.CORRUPT),
        (b"[] []", Reason.CORRUPT),
        (b'"\xff"', Reason.CORRUPT),
        (b"[" + b"9" * 5_000 + b"]", Reason.OVER_BUDGET),
        (b"[" * 100_000, Reason.OVER_BUDGET),
        (b"[" * 100_000 + b"]" * 100_000, Reason.OVER_BUDGET),
        (b"[" + b"[]," * 4_000_000 + b"[]]", Reason.OVER_BUDGET),
    ],
)
def test_json_that_cannot_be_read_says_why(name: str, data: bytes, reason: Reason) -> None:
    assert refusal(name, of(name, data)).reason == reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xc1", Reason.CORRUPT),
        (b"\x92\x01", Reason.CORRUPT),
        (b"\x01\x01", Reason.CORRUPT),
        (b"\xa1\xff", Reason.CORRUPT),
        (b"\xdd\xff\xff\xff\xff\x01", Reason.CORRUPT),
        (b"\xd4\x05a", Reason.UNKNOWN_CODEC),
        (b"\x91\xd6\xff\x00\x00\x00\x00", Reason.UNKNOWN_CODEC),
        (b"\x91" * 100_000 + b"\x01", Reason.CORRUPT),
        (b"\xdd\x00\x3d\x09\x00" + b"\x90" * 4_000_000, Reason.OVER_BUDGET),
        (b"\xc4\x20too short", Reason.CORRUPT),
    ],
)
def test_messagepack_that_cannot_be_read_says_why(data: bytes, reason: Reason) -> None:
    assert refusal("django-redis:msgpack", data).reason == reason


@pytest.mark.parametrize("compressor", ["zlib", "gzip", "lzma", "lz4", "zstd"])
def test_what_is_packed_is_unpacked_within_a_limit(compressor: str) -> None:
    """A bomb, a part of it, and what is no packed data."""
    name = f"django-redis:json+{compressor}"
    raw = dialect(name, "3.8").write("x" * 1_000_000)
    assert len(raw) < 20_000
    assert dialect(name).read(raw) == "x" * 1_000_000
    assert refusal(name, raw, max_bytes=500_000).reason == Reason.OVER_BUDGET
    for part in (raw[:4], raw[: len(raw) // 2]):
        assert refusal(name, part).reason == Reason.CORRUPT
    assert dialect(name).read(b'"never packed"') == "never packed"


@pytest.mark.parametrize("name", ["django-redis:pickle+lz4", "django-redis:json+zstd"])
def test_a_package_that_is_missing_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start where it would be written; where it is read, the entry is a miss."""
    magic = {"lz4": b"\x04\x22\x4d\x18", "zstd": b"\x28\xb5\x2f\xfd"}
    compressor = name.rpartition("+")[2]
    monkeypatch.setattr(
        "shelflife.dialects.compressors._MODULES", {"lz4": ("nothing.a",), "zstd": ("nothing.b",)}
    )
    found = make_dialect(name, allow=AllowList.default(), note=print)
    with pytest.raises(Unreadable, match=compressor) as caught:
        found.read(magic[compressor] + bytes(20))
    assert caught.value.reason == Reason.UNKNOWN_CODEC
    with pytest.raises(ConfigurationError, match=f"{compressor}.*pip install"):
        make_dialect(name, allow=AllowList.default(), floor="3.8", note=print)


@pytest.mark.parametrize("name", _OWN)
def test_an_envelope_is_never_a_value(name: str) -> None:
    """Cut off anywhere, with the guard byte and without it."""
    for guard in (False, True):
        sealed = seal(CODECS["text"], b"payload", guard=guard)
        for length in range(2, len(sealed)):
            assert refusal(name, sealed[:length]).reason in {Reason.CORRUPT, Reason.FOREIGN}


@pytest.mark.parametrize("name", _OWN)
def test_whatever_the_bytes_only_unreadable_is_raised(name: str) -> None:
    """Every stored entry of every library: cut off, with bits turned, and under other names."""
    read = dialect(name).read
    refused: list[Unreadable] = []
    for number, row in enumerate(_ROWS):
        raw = bytes.fromhex(row["hex"])
        cut = [raw[:at] for at in range(0, len(raw), 1 + len(raw) // 8)]
        turned = [
            raw[:at] + bytes([raw[at] ^ 1 << number % 8]) + raw[at + 1 :]
            for at in range(0, len(raw), 1 + len(raw) // 40)
        ]
        for entry in (raw, *cut, *turned):
            try:
                read(entry)
            except Unreadable as error:
                refused.append(error)

    assert {error.reason for error in refused} <= set(Reason)
    assert not any("xxx" in error.detail for error in refused)


def test_a_mixture_of_text_and_bytes_is_noted() -> None:
    """In each library that was there for Python 2."""
    data = b"\x80\x02U\x02\xc3\xa9U\x01\xff\x86."
    for name in ("django", "django-redis", "dogpile", "aiocache:pickle"):
        notes: list[str] = []
        assert dialect(name, note=notes.append).read(of(name, data)) == ("é", b"\xff")
        assert notes == ["py2-mixture"]
