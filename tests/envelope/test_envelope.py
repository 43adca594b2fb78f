"""The envelope's bytes: literal, checked, and never another value."""

from __future__ import annotations

import struct
import zlib

import pytest

from shelflife.envelope import (
    CODECS,
    Hints,
    looks_sealed,
    nearly_sealed,
    read_hints,
    seal,
    unseal,
)
from shelflife.errors import Unreadable
from shelflife.lookup import Reason

LIMIT = 1 << 20
HINTS = Hints(
    written_at=1_574_000_000.125,
    fresh_until=1_574_000_300.0,
    cost=0.0125,
    writer="2019.11 cpython3.8.0",
    schema=b"\x01\x02\x03\x04\x05\x06\x07\x08",
)

# Released bytes. They are never edited; a new version of the envelope adds rows.
V1_TEXT = bytes.fromhex("c1534c01b247c1f30300000005000000636166c3a9")
V1_GUARDED = b"!" + V1_TEXT
V1_HINTS = bytes.fromhex(
    "c1534c018167882c04001f0003000000"  # magic, checksum, codec, compression, flags, length
    "7dfcb5796e010000e08fba796e010000d4300000"  # written at, fresh until, cost
    "14323031392e31312063707974686f6e332e382e30"  # writer
    "0102030405060708"  # schema
    "00ff21"
)


def opened(raw: bytes) -> tuple[int, bytes]:
    codec, payload = unseal(raw, LIMIT)
    return codec, bytes(payload)


@pytest.mark.parametrize("released", [V1_TEXT, V1_GUARDED])
def test_released_text_entries_read_for_ever(released: bytes) -> None:
    """Bytes of a text entry, with and without the guard byte, as version 1 first wrote them."""
    assert opened(released) == (CODECS["text"], "café".encode())


def test_the_bytes_of_a_text_entry_do_not_change() -> None:
    """A change of these bytes is a new version of the envelope."""
    assert seal(CODECS["text"], "café".encode(), guard=False) == V1_TEXT
    assert seal(CODECS["text"], "café".encode(), guard=True) == V1_GUARDED


def test_the_bytes_of_all_hints_do_not_change() -> None:
    """Optional fields stand in the order of their flags."""
    sealed = seal(CODECS["bytes"], b"\x00\xff!", HINTS, guard=False)

    assert sealed == V1_HINTS
    assert read_hints(V1_HINTS) == HINTS
    assert opened(V1_HINTS) == (CODECS["bytes"], b"\x00\xff!")


def test_compressed_payloads_come_back() -> None:
    """A payload that shrinks is compressed; one that does not is left alone."""
    repetitive, short = b"abc" * 1000, b"abc"

    assert len(seal(4, repetitive, compress=True, guard=False)) < 100
    assert opened(seal(4, repetitive, compress=True, guard=False)) == (4, repetitive)
    assert opened(seal(4, short, compress=True, guard=False)) == (4, short)


@pytest.mark.parametrize("guard", [False, True])
@pytest.mark.parametrize("hints", [Hints(), HINTS])
@pytest.mark.parametrize("compress", [False, True])
def test_any_flipped_bit_and_any_cut_tail_is_a_miss(
    guard: bool, hints: Hints, compress: bool
) -> None:
    """No damage yields a payload: every bit, every length. The guard byte is no part of this."""
    sealed = seal(4, b"payload " * 9, hints, compress=compress, guard=guard)
    for bit in range(8 * guard, 8 * len(sealed)):
        damaged = bytearray(sealed)
        damaged[bit // 8] ^= 1 << bit % 8
        if looks_sealed(bytes(damaged)):
            with pytest.raises(Unreadable):
                unseal(bytes(damaged), LIMIT)
        else:
            assert nearly_sealed(bytes(damaged)), f"bit {bit} hides the envelope"
    for length in range(1 + guard, len(sealed)):
        with pytest.raises(Unreadable) as caught:
            unseal(sealed[:length], LIMIT)
        assert caught.value.reason == Reason.CORRUPT


def test_a_flipped_guard_byte_is_still_known_as_an_envelope() -> None:
    """A dialect that hands out unknown bytes must not hand out these."""
    for bit in range(8):
        damaged = bytes([ord("!") ^ 1 << bit]) + V1_TEXT
        assert looks_sealed(damaged) or nearly_sealed(damaged)


def resealed(**fields: int) -> bytes:
    """An otherwise sound envelope with unusual numbers and a checksum that fits."""
    codec, compression = fields.get("codec", 4), fields.get("compression", 0)
    checked = struct.pack("<BBHI", codec, compression, fields.get("flags", 0), 3) + b"abc"
    start = b"\xc1SL" + bytes([fields.get("version", 1)])
    return start + struct.pack("<I", zlib.crc32(checked, zlib.crc32(start))) + checked


@pytest.mark.parametrize("unknown", [{"version": 2}, {"compression": 9}, {"flags": 1 << 15}])
def test_what_a_later_release_writes_is_newer_format(unknown: dict[str, int]) -> None:
    """Unknown numbers are not errors of the bytes: a later release wrote them."""
    with pytest.raises(Unreadable) as caught:
        unseal(resealed(**unknown), LIMIT)

    assert caught.value.reason == Reason.NEWER_FORMAT


def test_a_bomb_is_too_large() -> None:
    """Decompression stops at the limit."""
    bomb = seal(4, bytes(64 << 20), compress=True, guard=False)

    with pytest.raises(Unreadable) as caught:
        unseal(bomb, LIMIT)

    assert caught.value.reason == Reason.TOO_LARGE


def test_hints_of_damaged_bytes_are_empty() -> None:
    """Hints are read without the checksum and must never raise."""
    for length in range(len(V1_HINTS)):
        read_hints(V1_HINTS[:length])
    assert read_hints(b"\xc1SL\x01" + b"\xff" * 40) == Hints()
