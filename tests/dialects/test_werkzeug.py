"""Entries as unmodified werkzeug and cachelib wrote them, what is not one, and what we write."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any, Callable

import pytest

from shelflife import envelope
from shelflife.dialects import make_dialect
from shelflife.dialects.interface import Dialect
from shelflife.errors import BelowFloor, ConfigurationError, NotPortable, Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import AllowList, Py2Text

# Bytes that real releases wrote to a real server; `value` is what a read must give.
_ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "werkzeug.jsonl")
    .read_text("utf-8")
    .splitlines()
]
_MOST = 16 * 1024 * 1024


def _ignore(_: str) -> None:
    pass


def dialect(
    floor: str | None = None,
    *,
    allow: AllowList | None = None,
    text: Py2Text = Py2Text.UTF8_ELSE_BYTES,
    note: Callable[[str], None] = _ignore,
    max_bytes: int = _MOST,
) -> Dialect:
    return make_dialect(
        "werkzeug",
        allow=allow or AllowList.default(),
        text=text,
        floor=floor,
        note=note,
        max_bytes=max_bytes,
    )


def refusal(raw: bytes, **options: Any) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        dialect(**options).read(raw)
    return caught.value


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize(
    "row", _ROWS, ids=lambda row: f"{row['version']}-{row['python']}-{row['case']}"
)
def test_an_entry_of_a_real_release_gives_the_value(row: dict[str, str]) -> None:
    """Every survey row of werkzeug and cachelib reads as the value that was cached."""
    expected = eval(row["value"])
    assert same(dialect().read(bytes.fromhex(row["hex"])), expected)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"0", 0),
        (b"-0", 0),
        (b"+7", 7),
        (b"007", 7),
        (b" 7 ", 7),
        (b"7\n", 7),
        (b"1_000", 1000),
        (b"9" * 40, int("9" * 40)),
        (b"7.5", b"7.5"),
        (b"1__0", b"1__0"),
        (b"0x10", b"0x10"),
        (b"nan", b"nan"),
        (b"caf\xc3\xa9", b"caf\xc3\xa9"),
        (b"\xd9\xa7", b"\xd9\xa7"),
        (b"\x00\x01\x02\x03", b"\x00\x01\x02\x03"),
    ],
)
def test_what_is_no_pickle_is_an_integer_or_raw_bytes(raw: bytes, value: object) -> None:
    """The integers that the library's own `int()` takes, else raw bytes."""
    assert same(dialect().read(raw), value)


@pytest.mark.parametrize("guard", [False, True])
def test_an_envelope_is_never_a_value(guard: bool) -> None:
    """Whole, cut off anywhere, or with any one byte of its start damaged, it is `corrupt`."""
    sealed = envelope.seal(envelope.CODECS["text"], b"payload", guard=guard)
    start = len(envelope.START) + guard
    for length in range(start, len(sealed)):
        assert refusal(sealed[:length]).reason == Reason.CORRUPT
    for at in range(start):
        for other in range(256):
            damaged = sealed[:at] + bytes([other]) + sealed[at + 1 :]
            assert refusal(damaged).reason == Reason.CORRUPT


@pytest.mark.parametrize("raw", [b"", b"!", b"\xc1", b"!\xc1", b"!\xc1S"])
def test_an_empty_or_cut_off_entry_is_corrupt(raw: bytes) -> None:
    assert refusal(raw).reason == Reason.CORRUPT


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"9" * 5000, Reason.OVER_BUDGET),
        (b"!\x80\x06N.", Reason.PROTOCOL),
        (b"!cos\nsystem\n(S'true'\ntR.", Reason.REJECTED_NAME),
        (b"!\x80\x04N", Reason.CORRUPT),
        (b"!\x80\x04N.N", Reason.CORRUPT),
        (b"!\x80\x04\xff.", Reason.CORRUPT),
        (b"!]" + b"]" * 100_000 + b"a" * 100_000 + b".", Reason.OVER_BUDGET),
        (b"!Nr\xff\xff\xff\x0f.", Reason.OVER_BUDGET),
    ],
)
def test_a_broken_or_hostile_pickle_says_why(raw: bytes, reason: Reason) -> None:
    assert refusal(raw).reason == reason


def test_an_entry_beyond_the_limit_is_too_much() -> None:
    """`max_bytes` binds entries of this dialect too."""
    raw = b"!" + pickle.dumps("x" * 2000)
    assert refusal(raw, max_bytes=1000).reason == Reason.OVER_BUDGET
    assert dialect(max_bytes=5000).read(raw) == "x" * 2000


def test_the_details_hold_no_bytes_of_the_entry() -> None:
    for raw in (b"!S'secret'", b"!\x80\x04\x8c\x06secret", b"!\x80\x04\x8c\x06secretN."):
        assert "secret" not in refusal(raw).detail


_EIGHT_BIT = b"!S'caf\\xc3\\xa9'\n."
_NOT_UTF8 = b"!S'caf\\xe9'\n."
_BOTH = b"!(S'caf\\xc3\\xa9'\nS'caf\\xe9'\nt."


@pytest.mark.parametrize(
    ("text", "utf8", "other"),
    [
        (Py2Text.UTF8_ELSE_BYTES, "café", b"caf\xe9"),
        (Py2Text.BYTES, b"caf\xc3\xa9", b"caf\xe9"),
        (Py2Text.LATIN_1, "cafÃ©", "café"),
        (Py2Text.STRICT, "café", None),
    ],
)
def test_a_policy_decides_on_8_bit_strings(text: Py2Text, utf8: object, other: object) -> None:
    """What Python 2 called `str` becomes text or stays bytes, as the policy says."""
    assert same(dialect(text=text).read(_EIGHT_BIT), utf8)
    if other is None:
        assert refusal(_NOT_UTF8, text=text).reason == Reason.PY2_BYTES
    else:
        assert same(dialect(text=text).read(_NOT_UTF8), other)
    assert same(dialect(text=text).read(b"!S'cafe'\n."), "cafe")


def test_a_mixture_of_text_and_bytes_is_noted() -> None:
    """Only an entry of which some became text and some stayed bytes is counted."""
    notes: list[str] = []
    reader = dialect(note=notes.append)
    reader.read(_EIGHT_BIT)
    reader.read(_NOT_UTF8)
    assert notes == []
    assert reader.read(_BOTH) == ("café", b"caf\xe9")
    assert notes == ["py2-mixture"]
    dialect(note=notes.append, text=Py2Text.LATIN_1).read(_BOTH)
    assert notes == ["py2-mixture"]


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        (7, b"7"),
        (-3, b"-3"),
        (2**63 - 1, b"9223372036854775807"),
        (-(2**63), b"-9223372036854775808"),
        (2**63, b"!" + pickle.dumps(2**63, 2)),
        (-(2**63) - 1, b"!" + pickle.dumps(-(2**63) - 1, 2)),
        (True, b"!\x80\x02\x88."),
        (False, b"!\x80\x02\x89."),
        (None, b"!\x80\x02N."),
        ("7", b"!" + pickle.dumps("7", 2)),
        (b"7", b"!" + pickle.dumps(b"7", 2)),
    ],
)
def test_an_integer_is_written_as_digits_and_the_rest_as_a_pickle(
    value: object, raw: bytes
) -> None:
    """Exactly what the unmodified library at the floor writes and reads; a bool is no integer."""
    assert dialect("2.7").write(value) == raw
    assert same(dialect().read(raw), value)


@pytest.mark.parametrize(
    ("floor", "protocol"),
    [("2.7", 2), ("3.0", 3), ("3.3", 3), ("3.4", 4), ("3.7", 4), ("3.8", 5), ("3.13", 5)],
)
def test_the_floor_pins_the_protocol(floor: str, protocol: int) -> None:
    assert dialect(floor).write("text")[1:3] == bytes([0x80, protocol])


def test_what_the_floor_lacks_is_not_written() -> None:
    """The error, which stays inside, names the culprit and the floor."""
    with pytest.raises(BelowFloor) as caught:
        dialect("2.7").write({"a": [1, pickle_only_since_3_4()]})
    assert caught.value.path == "value['a'][1]"
    assert "2.7" in caught.value.detail


def pickle_only_since_3_4() -> Any:
    from pathlib import PurePosixPath  # noqa: PLC0415 - one name, told by the function

    return PurePosixPath("a")


class Local:
    pass


def test_a_class_that_no_reader_may_load_is_not_written() -> None:
    """The remedy is the line to add."""
    with pytest.raises(NotPortable) as caught:
        dialect("3.8").write({"a": [Local()]})
    assert caught.value.path == "value['a'][0]"
    assert f"allow=['{Local.__module__}.Local']" in caught.value.remedy


def test_a_dialect_without_a_floor_reads_only() -> None:
    """Writing for unknown readers is a mistake of the caller."""
    with pytest.raises(ConfigurationError, match="floor"):
        dialect().write("text")


@pytest.mark.parametrize("floor", ["", "2", "two", "2.6", "3.99.1.x", "-3.8"])
def test_a_floor_that_is_no_version_is_refused(floor: str) -> None:
    with pytest.raises(ConfigurationError, match="floor"):
        dialect(floor)


def test_an_unknown_dialect_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="werkzeug"):
        make_dialect(
            "werkzeg",
            allow=AllowList.default(),
            text=Py2Text.UTF8_ELSE_BYTES,
            floor=None,
            note=_ignore,
            max_bytes=_MOST,
        )


def test_the_dialect_asks_for_the_guard_byte() -> None:
    """Its unmodified clients would hand out an envelope's bytes as a value."""
    assert dialect().guard
    assert dialect().name == "werkzeug"
