"""Payloads that announce more than they hold, for an ormsgpack that would believe them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import ormsgpack
import pytest

from shelflife.codecs import restoring
from shelflife.codecs.lengths import check_lengths, walk_lengths
from shelflife.codecs.portable import Portable
from shelflife.errors import Unreadable

VECTORS = Path(__file__).parents[1] / "data" / "portable-v1.jsonl"
CHECKS = [walk_lengths, check_lengths]
EDGES: list[Any] = [
    [size * "a" for size in (0, 31, 32, 255, 256, 65535, 65536)],
    [size * b"a" for size in (0, 255, 256, 65535, 65536)],
    [[None] * size for size in (0, 15, 16, 65535, 65536)],
    [{str(n): n for n in range(size)} for size in (0, 15, 16, 70_000)],
    [ormsgpack.Ext(1, b"a" * size) for size in (0, 1, 2, 3, 4, 8, 16, 17, 255, 256, 65536)],
    [0, -1, 127, 128, 255, 256, 2**16, 2**32, 2**64 - 1, -32, -33, -129, -(2**15) - 1, -(2**63)],
    [1.5, True, False, None],
]


@pytest.mark.parametrize("check", CHECKS)
def test_valid_payloads_pass(check: Any) -> None:
    for line in VECTORS.read_text("utf-8").splitlines():
        check(bytes.fromhex(json.loads(line)["hex"]))
    for value in EDGES:
        check(ormsgpack.packb(value))


@pytest.mark.parametrize("check", CHECKS)
def test_every_cut_is_found(check: Any) -> None:
    value = [{"a": [1, 2.5, b"x", None, True]}, "text", 300, -5, ormsgpack.Ext(5, b"abc"), 2**40]
    payload = ormsgpack.packb(value)
    for end in range(len(payload)):
        with pytest.raises(ValueError):
            check(payload[:end])


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    "payload",
    [
        bytes.fromhex("dd7000000001"),
        bytes.fromhex("91dd7000000001"),
        bytes.fromhex("df70000000a161"),
        bytes.fromhex("c67fffffff00"),
        bytes.fromhex("dbffffffff00"),
        bytes.fromhex("c97fffffff0500"),
        bytes.fromhex("dcffff01"),
        bytes.fromhex("dd"),
        b"\xc1",
        b"\x9f" * 200,
    ],
    ids=bytes.hex,
)
def test_announcing_too_much_is_found(check: Any, payload: bytes) -> None:
    with pytest.raises(ValueError):
        check(payload)


def test_the_longest_extension_is_found_by_us_or_by_ormsgpack() -> None:
    """Msgpack takes this length for none: one byte more overflows it. ormsgpack sees the end."""
    payload = bytes.fromhex("c9ffffffff0500")
    with pytest.raises(ValueError):
        walk_lengths(payload)
    with pytest.raises(ValueError):
        ormsgpack.unpackb(payload, ext_hook=lambda number, data: data)


def test_both_ways_agree_on_random_bytes() -> None:
    randomly = random.Random(3)
    for _ in range(20_000):
        payload = bytes(randomly.choices(b"\x91\xdc\x00\x81\xa1\xc7\xc4\xd9\x01\xcb\xc1", k=6))
        assert passes(walk_lengths, payload) == passes(check_lengths, payload), payload.hex()


def passes(check: Any, payload: bytes) -> bool:
    try:
        check(payload)
    except ValueError:
        return False
    return True


def test_reading_checks_lengths_where_ormsgpack_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "ORMSGPACK_CHECKS", False)
    portable = Portable()
    value = {"a": [1, (2, b"3")]}
    assert portable.decode(memoryview(portable.encode(value))) == value
    with pytest.raises(Unreadable) as caught:
        portable.decode(memoryview(bytes.fromhex("dd7000000001")))
    assert caught.value.reason == "corrupt"
