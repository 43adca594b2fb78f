"""The literal bytes of the format, read and written by the bridge on every interpreter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.conftest import VECTORS, VERSIONS, drive, the_driver
from shelflife.codecs.portable import Portable
from shelflife.envelope import CODECS, Hints, read_hints, seal

LACKED = {
    "2.7": ("timezone", "ZoneInfo", "Path(", "ip_", "fold=1", "2**70"),
    "3.6": ("ZoneInfo", "%eth0", "microseconds=1)))"),
    "3.7": ("ZoneInfo", "%eth0"),
    "3.8": ("ZoneInfo", "%eth0"),
}
"""What the types of a vector hold that a Python does not have."""


def lacks(version: str, expression: str) -> bool:
    return any(part in expression for part in LACKED.get(version, ()))


def described(expression: str) -> object:
    driver = the_driver()
    return json.loads(json.dumps(driver.describe(driver.evaluate(expression))))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_vector_is_read_and_written(version: str, tmp_path: Path) -> None:
    """To the value and to the byte; a type that the Python lacks is a miss that says so."""
    reads = drive(version, [("read", row["hex"], "payload", {}) for row in VECTORS], tmp_path)
    made = drive(version, [("make", row["value"], "payload", {}) for row in VECTORS], tmp_path)

    for row, read, written in zip(VECTORS, reads, made):
        if lacks(version, row["value"]):
            assert read["reason"] == "missing-name", row
            assert "lacks" in written, row
            continue
        assert read.get("value") == described(row["value"]), (row, read)
        if version == "2.7" and "{" in row["value"]:  # dicts had no order of their own
            assert len(written["hex"]) == len(row["hex"]), (row, written)
        else:
            assert written.get("hex") == row["hex"], (row, written)


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.13"])
def test_envelopes_are_the_same_to_the_byte(version: str, tmp_path: Path) -> None:
    """With the guard byte and without it, compressed or not, naming the writer."""
    driver, portable = the_driver(), Portable()
    values = ["'text'", "b'bytes'", "[1, 2, 3]", "'a' * 1000", "'\\ud800'"]
    cases = [
        (value, reads, compress)
        for value in values
        for reads in (["shelflife"], ["shelflife", "werkzeug"])
        for compress in (False, True)
    ]
    tasks = [
        ("make", value, "shelflife", {"reads": reads, "compress": compress})
        for value, reads, compress in cases
    ]

    for (value, reads, compress), made in zip(cases, drive(version, tasks, tmp_path)):
        raw = bytes.fromhex(made["hex"])
        native = driver.evaluate(value)
        codec, payload = CODECS["portable"], b""
        if value == "'\\ud800'" or isinstance(native, list):
            payload = portable.encode(native)
        elif isinstance(native, str):
            codec, payload = CODECS["text"], native.encode()
        else:
            codec, payload = CODECS["bytes"], native
        hints = Hints(writer=read_hints(raw).writer)
        assert str(hints.writer).startswith(f"r1 cpython{version}.")
        guard = "werkzeug" in reads
        assert raw == seal(codec, payload, hints, compress=compress, guard=guard)
