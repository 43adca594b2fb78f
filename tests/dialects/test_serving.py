"""Entries of other libraries while serving: their values, and what is no value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from served_dialects import OWN, PICKLED, dialect
from shelflife.dialects import make_dialect
from shelflife.envelope import CODECS, seal
from shelflife.errors import ConfigurationError, Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import AllowList, Py2Text

# Bytes that real releases wrote to a real server; `value` is what a read must give.
_ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "served.jsonl").read_text().splitlines()
]


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


@pytest.mark.parametrize("name", [name for name in OWN if "json" in name] + ["aiocache"])
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


@pytest.mark.parametrize("name", OWN)
def test_an_envelope_is_never_a_value(name: str) -> None:
    """Cut off anywhere, with the guard byte and without it."""
    for guard in (False, True):
        sealed = seal(CODECS["text"], b"payload", guard=guard)
        for length in range(2, len(sealed)):
            assert refusal(name, sealed[:length]).reason in {Reason.CORRUPT, Reason.FOREIGN}


@pytest.mark.parametrize("name", OWN)
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
