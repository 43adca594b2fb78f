"""The journal: what a crash may do to it, and what it must keep."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from shelflife.errors import ConfigurationError
from shelflife.live.repair.frames import MAGIC, Kind, pack_frame, read_frames, unpack
from shelflife.live.repair.journal import Journal, Kept, digest_of
from shelflife.live.repair.journal_header import read_header

HEADER = {"url": "redis://127.0.0.1:6379/0", "run_ids": {}, "plan": {"action": "convert"}}
BATCH = [
    Kept(b"k\xff1", b"old one", 1_700_000_000_000, digest_of(b"new one")),
    Kept(b"k2", b"", -1, None),
]


def begun(path: Path) -> Journal:
    """A journal with one finished batch and one that is in doubt."""
    journal = Journal.create(path, HEADER)
    journal.end_batch(journal.begin_batch(BATCH), "dc")
    journal.begin_batch(BATCH[:1])
    journal.sync()
    return journal


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Batches and outcomes come back as they were, and what is in doubt is known to be."""
    begun(tmp_path / "j").close()

    with Journal.open(tmp_path / "j") as journal:
        assert journal.batch(1) == BATCH
        assert journal.outcomes(1) == "dc"
        assert journal.batches == 2
        assert journal.in_doubt == 2
        journal.end_batch(2, "d")
        journal.undo_batch(1, "d")
    with Journal.open(tmp_path / "j") as journal:
        assert (journal.undone(1), journal.undone(2)) == ("d", None)
        assert journal.in_doubt is None


def test_a_cut_at_any_byte_loses_the_last_frame_only(tmp_path: Path) -> None:
    """Wherever a crash cuts the file, what was whole before is read, and it can be gone on with."""
    path = tmp_path / "j"
    begun(path).close()
    whole = path.read_bytes()
    start = whole.index(b"\n", len(MAGIC)) + 1
    with path.open("rb") as file:
        ends = [frame.offset for frame in read_frames(file, start)] + [len(whole)]

    for cut in range(start, len(whole) + 1):
        path.write_bytes(whole[:cut])
        with Journal.open(path) as journal:
            assert len(list(journal.frames())) == sum(end <= cut for end in ends[1:])
            number = journal.begin_batch(BATCH)
            assert journal.batch(number) == BATCH


def test_a_flipped_bit_ends_the_journal(tmp_path: Path) -> None:
    """A frame that was damaged is never read as another one."""
    path = tmp_path / "j"
    begun(path).close()
    whole = bytearray(path.read_bytes())
    start = whole.index(b"\n", len(MAGIC)) + 1

    for place in range(start, len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        with path.open("rb") as file:
            kept = [unpack(frame) for frame in read_frames(file, start)]
        assert len(kept) < 3


def test_a_header_that_was_cut_is_no_journal_yet(tmp_path: Path) -> None:
    """A crash while the header is written leaves a file in which a journal can begin."""
    path = tmp_path / "j"
    begun(path).close()
    header = path.read_bytes().index(b"\n", len(MAGIC))

    for cut in range(header + 1):
        path.write_bytes(path.read_bytes()[:cut] if cut else b"")
        Journal.create(path, HEADER).close()
        assert read_header(path)["url"] == HEADER["url"]


def test_it_is_private_and_says_what_it_is(tmp_path: Path) -> None:
    """Only its owner may read it; its second line tells a person what it is of."""
    path = tmp_path / "j"
    before = os.umask(0)
    try:
        begun(path).close()
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    said = json.loads(path.read_bytes().splitlines()[1])
    assert said["schema"] == "shelflife-journal"
    assert "docs/format-journal.md" in said["format"]


def test_it_is_nobody_elses(tmp_path: Path) -> None:
    """A journal that begins anew does not replace one, and two processes never share one."""
    path = tmp_path / "j"
    journal = begun(path)
    with pytest.raises(ConfigurationError, match="in use"):
        Journal.open(path)
    journal.close()
    with pytest.raises(ConfigurationError, match="exists"):
        Journal.create(path, HEADER)
    assert read_header(path)["url"] == HEADER["url"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no journal"),
        (b"REDIS0009", "no journal"),
        (MAGIC + b"{}\n", "second line"),
        (MAGIC + b'{"schema": "shelflife-journal", "version": 2}\n', "another schema"),
        (MAGIC.replace(b"1", b"2"), "another schema"),
        (MAGIC + b"\xff\n", "second line"),
    ],
)
def test_what_is_no_journal_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    """A file that is no journal, or one of another schema, is refused with a sentence."""
    path = tmp_path / "j"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=said):
        Journal.open(path)
    assert path.read_bytes() == content


def test_a_full_disk_leaves_what_was_whole(tmp_path: Path) -> None:
    """A write that a full disk cuts raises, and is taken off again."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "j"
    with begun(path) as journal:
        size = journal.size
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, before[1]))
        try:
            with pytest.raises(OSError, match="large"):
                journal.begin_batch([Kept(b"k", os.urandom(5000), -1, None)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert path.stat().st_size == size
    with Journal.open(path) as journal:
        assert journal.batches == 2


def test_frames_are_what_they_were_in_version_1() -> None:
    """The bytes of a frame are a promise: a journal may be undone by a later release."""
    frame = pack_frame(Kind.OUTCOMES, 7, "dcg")

    assert frame[:4] == b"\x00\x00\x00\x11"
    assert frame[8:13] == b"\x02\x00\x00\x00\x07"
