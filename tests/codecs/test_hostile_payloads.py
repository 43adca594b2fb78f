"""Whatever the bytes, reading gives a value or Unreadable, in bounded time and memory."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from ormsgpack import Ext, packb

from shelflife.codecs import extensions
from shelflife.codecs.containers import MARKS
from shelflife.codecs.portable import Portable
from shelflife.errors import Unreadable

VECTORS = Path(__file__).parents[1] / "data" / "portable-v1.jsonl"
PORTABLE = Portable()
LONG = Ext(extensions.BIG_INT, b"\x7f" * 1_000_000)
REASONS = {"corrupt", "newer-format", "over-budget", "missing-name", "schema", "load-error"}


def reason_of(payload: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        PORTABLE.decode(payload)
    return caught.value.reason


def mutations(count: int) -> list[bytes]:
    rows = [json.loads(line)["hex"] for line in VECTORS.read_text("utf-8").splitlines()]
    payloads = [bytes.fromhex(row) for row in rows]
    randomly = random.Random(7)
    made = []
    for _ in range(count):
        payload = bytearray(b"\x92" + randomly.choice(payloads) + randomly.choice(payloads))
        for _ in range(randomly.randint(1, 4)):
            at = randomly.randrange(len(payload))
            change = randomly.randrange(4)
            if change == 0:
                payload[at] = randomly.randrange(256)
            elif change == 1:
                payload[at] ^= 1 << randomly.randrange(8)
            elif change == 2:
                payload[at:at] = randomly.choice(payloads)
            elif len(payload) > 1:
                del payload[at : at + randomly.randint(1, 3)]
                payload = payload or bytearray(b"\x90")
        made.append(bytes(payload))
    return made


def test_mutations_of_valid_payloads_give_a_value_or_unreadable() -> None:
    started = time.monotonic()
    values = 0
    for payload in mutations(30_000):
        try:
            PORTABLE.decode(payload)
            values += 1
        except Unreadable as error:
            assert error.reason in REASONS  # noqa: PT017 - a value is just as good
    assert 1_000 < values < 29_000
    assert time.monotonic() - started < 20


def test_random_bytes_give_a_value_or_unreadable() -> None:
    randomly = random.Random(8)
    for _ in range(20_000):
        payload = bytes(randomly.randrange(256) for _ in range(randomly.randrange(40)))
        try:
            PORTABLE.decode(payload)
        except Unreadable as error:
            assert error.reason in REASONS  # noqa: PT017


def test_every_cut_of_a_payload_is_corrupt() -> None:
    value = [{"a": (1, Decimal("1.5"), b"x")}, {1: {2, 3}}, "text" * 20]
    payload = PORTABLE.encode(value)
    for end in range(len(payload)):
        assert reason_of(payload[:end]) == "corrupt"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "corrupt"),
        (b"\xc1", "corrupt"),
        (packb(Ext(63, b"1")), "newer-format"),
        (packb([Ext(100, b"")]), "newer-format"),
        (packb(Ext(1, b"1")), "newer-format"),
        (b"\xd6\xff1234", "newer-format"),
        (packb(MARKS[extensions.TUPLE]), "corrupt"),
        (packb([1, MARKS[extensions.TUPLE]]), "corrupt"),
        (packb({"a": MARKS[extensions.TUPLE]}), "corrupt"),
        (packb([Ext(extensions.TUPLE, b"1"), 1]), "corrupt"),
        (packb([MARKS[extensions.DICT], 1]), "corrupt"),
        (packb([MARKS[extensions.DICT], 1, 2, 1, 3]), "corrupt"),
        (packb([MARKS[extensions.SET], 1, 1]), "corrupt"),
        (packb([MARKS[extensions.SET], [1]]), "corrupt"),
        (packb([MARKS[extensions.RANGE], 1, 2]), "corrupt"),
        (packb([MARKS[extensions.RANGE], 1, 2, 0]), "corrupt"),
        (packb([MARKS[extensions.RANGE], 1, 2, "a"]), "corrupt"),
        (packb([MARKS[extensions.DEFAULTDICT]]), "corrupt"),
        (packb([MARKS[extensions.DEFAULTDICT], "eval"]), "corrupt"),
        (packb([MARKS[extensions.DEQUE]]), "corrupt"),
        (packb([MARKS[extensions.DEQUE], -1]), "corrupt"),
        (packb([MARKS[extensions.REGISTERED], "nobody", b"1234", {}]), "missing-name"),
        (packb(Ext(extensions.FRACTION, b"\x00\x01\x02\x04")), "corrupt"),
        (packb(Ext(extensions.FRACTION, b"\x00\x01\x02\x00")), "corrupt"),
        (packb(Ext(extensions.DECIMAL, b"one")), "corrupt"),
        (packb(Ext(extensions.DATETIME, b"\x00" * 11)), "corrupt"),
        (packb(Ext(extensions.DATETIME, b"\x07\xe5\x06\x01" + b"\x00" * 7 + b"\x05")), "corrupt"),
        (packb(Ext(extensions.TIME, b"\x18" + b"\x00" * 6)), "corrupt"),
        (packb(Ext(extensions.UUID, b"1" * 15)), "corrupt"),
        (packb(Ext(extensions.UUID, b"1" * 17)), "corrupt"),
        (packb(Ext(extensions.UUID, b"1" * 18)), "corrupt"),
        (packb(Ext(extensions.SURROGATES, b"\xff")), "corrupt"),
        (packb(Ext(extensions.IPV4_NETWORK, b"\x08\x0a\x00\x00\x01")), "corrupt"),
        (packb(Ext(extensions.IPV6_NETWORK, b"\xff" + b"\x00" * 16)), "corrupt"),
        (packb(Ext(extensions.ZONEINFO, b"\x04Nowhere/Atall")), "missing-name"),
        (packb(Ext(extensions.ZONEINFO, b"\x04Europe")), "missing-name"),
        (packb(Ext(extensions.ZONEINFO, b"\x04../../etc/passwd")), "corrupt"),
        (packb(Ext(extensions.ZONEINFO, b"\x04/etc/localtime")), "corrupt"),
        (packb(Ext(extensions.ZONEINFO, b"\x04" + b"a" * 65)), "corrupt"),
        (packb(Ext(extensions.WINDOWS_PATH, b"a")), "load-error"),
    ],
    ids=lambda part: part.hex()[:40] if isinstance(part, bytes) else part,
)
def test_what_is_wrong_has_its_reason(payload: bytes, reason: str) -> None:
    assert reason_of(payload) == reason


def test_details_hold_no_bytes_of_the_entry() -> None:
    with pytest.raises(Unreadable) as caught:
        PORTABLE.decode(packb(Ext(extensions.ZONEINFO, b"\x04Nowhere/Secret")))
    assert "Secret" not in caught.value.detail


@pytest.mark.parametrize("announced", [b"\xdd\x70\x00\x00\x00\x01", b"\xdf\x70\x00\x00\x00\xa1a"])
@pytest.mark.parametrize("inside", [b"", b"\x91\x93\x01\x02"])
def test_announcing_more_than_there_is_takes_no_memory(announced: bytes, inside: bytes) -> None:
    assert reason_of(inside + announced) == "corrupt"


@pytest.mark.parametrize("levels", [1_000, 1_021, 1_022, 1_023, 5_000, 1_000_000])
@pytest.mark.parametrize("head", [b"\x91", b"\x92\xc7\x00\x40", b"\x81\xa1a"])
def test_deep_payloads_end(levels: int, head: bytes) -> None:
    payload = head * levels + b"\x01"
    try:
        PORTABLE.decode(payload)
    except Unreadable as error:
        assert error.reason in {"corrupt", "over-budget"}  # noqa: PT017


def colliding_ints(count: int) -> list[Any]:
    return [number * ((1 << 61) - 1) for number in range(1, count + 1)]


FLOODS: dict[str, Callable[[], list[Any]]] = {
    "ints": lambda: colliding_ints(40_000),
    "decimals": lambda: [Decimal(number) for number in colliding_ints(20_000)],
    "fractions": lambda: [Fraction(number, 3) for number in colliding_ints(20_000)],
    "tuples": lambda: [(number, 1) for number in colliding_ints(20_000)],
    "mixed": lambda: [*colliding_ints(20_000), "a"],
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=list(FLOODS))
@pytest.mark.parametrize("number", [extensions.SET, extensions.FROZENSET, extensions.DICT])
def test_colliding_keys_end_soon(flood: Callable[[], list[Any]], number: int) -> None:
    keys = flood()
    if number == extensions.DICT:
        keys = [part for key in keys for part in (key, None)]
    inner = PORTABLE.encode(keys)
    head = b"\xdd" + (len(keys) + 1).to_bytes(4, "big")
    payload = head + packb(MARKS[number]) + inner[3 if inner[0] == 0xDC else 5 :]
    started = time.thread_time()
    assert reason_of(payload) == "over-budget"
    assert time.thread_time() - started < 2


def test_many_small_floods_share_one_budget() -> None:
    flood = [MARKS[extensions.SET], *[n for n in colliding_ints(3000) if n < 1 << 63]]
    members = packb(flood)
    count = 200
    payload = b"\xdd" + count.to_bytes(4, "big") + members * count
    started = time.thread_time()
    try:
        PORTABLE.decode(payload)
    except Unreadable as error:
        assert error.reason == "over-budget"  # noqa: PT017
    assert time.thread_time() - started < 2


def test_honest_keys_are_within_the_budget() -> None:
    value = [set(range(200_000)), {(n, "a"): n for n in range(50_000)}]
    assert PORTABLE.decode(PORTABLE.encode(value)) == value


@pytest.mark.parametrize(
    "payload",
    [
        packb([MARKS[extensions.SET], Ext(extensions.DECIMAL, b"1E+999999999999999999")]),
        packb([MARKS[extensions.SET], Ext(extensions.DECIMAL, b"1" * 1_000_000)]),
        packb([MARKS[extensions.SET], Ext(extensions.BIG_INT, b"\x7f" * 4_000_000)]),
        packb(Ext(extensions.BIG_INT, b"\x7f" * 4_000_000)),
        packb(Ext(extensions.DECIMAL, b"1" * 4_000_000)),
        packb(Ext(extensions.FRACTION, b"\x04\x00" + b"\x7f" * 2048)),
        packb(Ext(extensions.FRACTION, b"\xff\xff" + b"\x7f" * 100_000)),
        packb([MARKS[extensions.RANGE], 0, 1 << 63, 1]),
        packb([MARKS[extensions.RANGE], 0, LONG, Ext(extensions.BIG_INT, b"\x7f" * 500_000)]),
        packb([MARKS[extensions.SET], [MARKS[extensions.RANGE], 0, LONG, 1]]),
        packb(Ext(extensions.TIMEZONE, b"\x03" + bytes(8) + b"a" * 1_000_000)),
        packb(Ext(extensions.PURE_WINDOWS_PATH, b"a/" * 500_000)),
        packb([MARKS[extensions.SET], [MARKS[extensions.RANGE], 0, 1 << 63, 1]]),
    ],
    ids=range(13),
)
def test_large_numbers_take_linear_time(payload: bytes) -> None:
    started = time.thread_time()
    try:
        PORTABLE.decode(payload)
    except Unreadable as error:
        assert error.reason == "corrupt"  # noqa: PT017
    assert time.thread_time() - started < 0.5


def test_a_native_key_is_text() -> None:
    """Keys of other types would collide at an attacker's choice, inside one native call."""
    assert reason_of(b"\x81\x01\x02") == "corrupt"
    assert reason_of(b"\x82\xa1a\x01\xc0\x02") == "corrupt"
