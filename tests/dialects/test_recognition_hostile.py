"""Any bytes are recognised as something, in bounded time and memory."""

from __future__ import annotations

import base64
import bz2
import gzip
import lzma
import os
import pickle
import random
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest

from shelflife.dialects import KNOWN, Recognised, Stored, recognise
from shelflife.lookup import Reason
from stored_vectors import VECTORS, stored

REASONS = {"", *Reason}
STATES = {"", "queue", "job", "result", "session", "lock"}
SECRET = b"hunter2"
GIB = 1 << 30
ZLIB = b"x\xda"
GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


def check(entry: Stored, reads: Optional[str] = None) -> Recognised:
    found = recognise(entry, reads)
    assert found.dialect in KNOWN
    assert found.reason in REASONS
    assert found.state in STATES
    assert found.codec
    assert (found.payload is None) == (found.facts is None)
    if found.reason in {"corrupt", "over-budget", "foreign"}:
        assert found.detail
    return found


def zeros(head: bytes) -> bytes:
    """A gibibyte of zeros behind the head of zlib or gzip; nobody should reach the end."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return head + block * (GIB >> 20)


def nested(depth: int) -> bytes:
    raw = pickle.dumps([1], 4)
    for _ in range(depth):
        raw = zlib.compress(raw)
    return raw


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['owner']}-{v['case']}")
def test_every_prefix_and_every_flipped_bit(vector: dict[str, Any]) -> None:
    """Give something, whatever the reader."""
    entry = stored(vector)
    raw = entry.raw
    for end in range(len(raw)):
        check(entry._replace(raw=raw[:end]))
        check(entry._replace(raw=raw[:end]), vector["owner"])
    for at in range(len(raw)):
        for bit in range(8):
            changed = bytearray(raw)
            changed[at] ^= 1 << bit
            check(entry._replace(raw=bytes(changed)))


def random_entries() -> Iterator[bytes]:
    chance = random.Random(7)
    heads = [bytes([first]) for first in range(256)]
    heads += [
        b"!\x80\x04",
        b"\x1f\x8b\x08",
        b"x\x9c",
        b"\x80\x05\x95",
        b'{"ct": ',
        b"gAW",
        b"cc=4,",
    ]
    heads += [
        b"\x00celery-compressed\x00application/x-gzip\x00",
        b"]\x00\x00",
        b"md5:00_",
        b"ZF0x1 ",
    ]
    for head in heads:
        for size in (0, 1, 2, 3, 8, 40, 300):
            yield head + chance.randbytes(size)
            yield head + bytes(chance.choices(b"0123abc{}[]\"':.,\n()_-=", k=size))


def test_random_bytes() -> None:
    """Behind every first byte and every mark, for every declared reader."""
    entries = list(random_entries())
    for raw in entries:
        check(Stored(b"k", raw))
    for reads in KNOWN:
        for raw in entries[:: len(KNOWN)]:
            check(Stored(b"k", raw), reads)


@pytest.mark.parametrize("key", ["", ":", "rq:", "huey.", "session:", "celery-task-meta-", "q:"])
@pytest.mark.parametrize("redis_type", ["string", "hash", "list", "set", "zset", "stream"])
def test_random_bytes_under_telling_keys(key: str, redis_type: str) -> None:
    """In every type."""
    for raw in list(random_entries())[::7]:
        check(Stored(key.encode(), raw, redis_type, b"field"))


def bombs() -> dict[str, bytes]:
    million = 1_000_000
    return {
        "zlib": zeros(ZLIB),
        "gzip": zeros(GZIP),
        "bz2": bz2.compress(bytes(64 << 20)),
        "xz": lzma.compress(bytes(64 << 20), preset=0),
        "lzma": lzma.compress(bytes(64 << 20), lzma.FORMAT_ALONE, preset=0),
        "a dictionary of 4 GiB": b"]\x00\x00\xff\xff" + b"\xff" * 8 + bytes(100),
        "zlib in gzip": gzip.compress(zeros(ZLIB)),
        "celery": b"\x00celery-compressed\x00application/x-gzip\x00" + zeros(ZLIB),
        "cashews": b"md5:00_" + zeros(ZLIB),
        "base64": base64.b64encode(b"\x80\x04" + bytes(8 * million) + b"."),
        "brackets": b"[" * million,
        "brackets to be parsed": b"[" * 200_000,
        "digits": b"1" * million,
        "digits in a list": b"[" + b"1" * 200_000 + b"]",
        "an array that announces much": b"\xdd\xff\xff\xff\xff" + b"\xc0" * million,
        "many small values": b"\xdd\x00\x0f\x42\x40" + b"\xc0" * million,
        "lists": b"\x80\x04" + b"]" * million + b"a" * (million - 1) + b".",
        "memo": b"\x80\x02Nr\xff\xff\xff\x0f.",
        "signed text": b"a" * million + b":aaaaaa:" + b"a" * 43,
        "points": b"." * million,
        "dogpile": b'{"ct": ' + b"1" * million,
        "blanks": b" " * million,
    }


def test_bombs_cost_little_time() -> None:
    """And what unpacks to too much is over budget."""
    for name, raw in bombs().items():
        begun = time.process_time()
        found = check(Stored(b"k", raw))
        assert time.process_time() - begun < 5, name
        if name in {"zlib", "gzip", "bz2", "xz", "zlib in gzip", "celery", "cashews"}:
            assert found.reason == "over-budget", name


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_bombs_cost_little_memory(tmp_path: Path) -> None:
    """A process that may take 256 MiB more than it has recognises them all."""
    for number, raw in enumerate(bombs().values()):
        (tmp_path / f"{number:03}").write_bytes(raw)
    program = (
        "import pathlib, resource, sys\n"
        "from shelflife.dialects import Stored, recognise\n"
        "pages = int(open('/proc/self/statm').read().split()[0])\n"
        "most = pages * resource.getpagesize() + (256 << 20)\n"
        "resource.setrlimit(resource.RLIMIT_AS, (most, most))\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    recognise(Stored(b'k', path.read_bytes()))\n"
        "print('done')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ended.stdout == "done\n", ended.stderr


def test_layers_beyond_the_limit_are_over_budget() -> None:
    """A hundred as well as five; four come off."""
    assert check(Stored(b"k", nested(4))).codec == "zlib+zlib+zlib+zlib+pickle"
    for depth in (5, 100):
        found = check(Stored(b"k", nested(depth)))
        assert (found.reason, found.payload) == ("over-budget", None)


def test_no_detail_holds_a_byte_of_the_entry() -> None:
    """Of a broken one least of all."""
    whole = pickle.dumps({"password": SECRET.decode()}, 4)
    for raw in (whole[:-1], b"!" + whole[:-1], SECRET, SECRET + b"\xff", zlib.compress(whole)[:-3]):
        for reads in (None, *KNOWN):
            found = check(Stored(SECRET, raw), reads)
            assert SECRET.decode() not in found.detail
