"""The journal of a change: what there was, so that it can be taken back, and how far it came.

Rules:
1. Append-only, mode 0600, and one process at a time. A frame that was cut by a crash is taken off
   when the journal is opened to go on.
2. A batch is on the disk (fsync) before any of its entries is changed. What became of it is written
   after, and may be lost: whoever opens the journal looks at the entries then.
3. No password, and no bytes of an entry but under its key.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from array import array
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Optional, cast

from shelflife.errors import ConfigurationError
from shelflife.live.repair.frames import (
    MAGIC,
    Frame,
    Kind,
    is_torn,
    pack_frame,
    read_frames,
    unpack,
)
from shelflife.live.repair.journal_header import (
    SCHEMA,
    VERSION,
    has_begun,
    lock,
    read_header,
    read_header_of,
    sync_folder,
)
from shelflife.live.repair.selection import Entry

NO_EXPIRY = -1
_ABOUT = (
    "frames follow: length and CRC-32 (4 bytes each, big-endian), kind (1), number (4), then "
    "zlib of MessagePack; see docs/format-journal.md"
)


class Kept(NamedTuple):
    """What there was before a change.

    Attributes:
        key: Whose.
        old: The bytes.
        expires_at: Milliseconds since the epoch; `NO_EXPIRY` for none.
        digest: Of the new bytes; None if the entry was removed.
    """

    key: bytes
    old: bytes
    expires_at: int
    digest: Optional[bytes]


def digest_of(entry: bytes) -> bytes:
    """Give what stands for new bytes in the journal."""
    return sha256(entry).digest()


def kept_of(entry: Entry, new: Optional[bytes], expires_at: int) -> Kept:
    """Give what is kept of an entry before it gets new bytes, or none."""
    digest = None if new is None else digest_of(new)
    return Kept(entry.stored.key, entry.stored.raw, expires_at, digest)


class Journal:
    """One open journal.

    Attributes:
        path: Where it lies.
        header: What it is of: action, options, server.
        size: Its bytes.
    """

    def __init__(
        self,
        path: Path,
        file: BinaryIO,
        header: dict[str, Any],
        start: int,
        *,
        read_only: bool = False,
    ) -> None:
        self.path = path
        self.read_only = read_only
        self._settled: dict[int, str] = {}  # what is known but not written, if it is only read
        self.header = header
        self._file = file
        self._start = start
        self.size = 0
        self._batches = array("Q")  # the offset of batch n at n - 1: few bytes for many entries
        self._outcomes = array("Q")
        self._undone: dict[int, int] = {}

    @classmethod
    def create(cls, path: Path, header: dict[str, Any]) -> Journal:
        """Begin a journal; also in a file that a crash has left before its first frame.

        Raises:
            ConfigurationError: If it has begun already, or cannot be written.
        """
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise ConfigurationError(f"journal {path}: {error.strerror}") from None
        file = os.fdopen(handle, "r+b", buffering=0)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ConfigurationError(f"journal {path} is no regular file: name one")
            lock(file, path)
            if has_begun(path):
                read_header(path)  # says so if it is no journal
                raise ConfigurationError(
                    f"journal {path} exists: go on with it (--resume), or name another file"
                )
            if hasattr(os, "fchmod"):
                os.fchmod(handle, 0o600)  # it may have been there, empty
            file.truncate(0)
            said = {"schema": SCHEMA, "version": VERSION, **header, "format": _ABOUT}
            head = MAGIC + json.dumps(said, ensure_ascii=True).encode() + b"\n"
            journal = cls(path, file, said, len(head))
            journal._append(head)
            journal.sync()
        except BaseException:
            file.close()
            raise
        sync_folder(path)
        return journal

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Journal:
        """Open a journal to go on with it, or only to read it.

        Raises:
            ConfigurationError: If it is none, or of another schema, or damaged, or cannot be
                opened.
        """
        try:
            mode = "rb" if read_only else "r+b"
            file = cast("BinaryIO", path.open(mode, buffering=0))
        except OSError as error:
            raise ConfigurationError(f"journal {path}: {error.strerror}") from None
        try:
            if not read_only:
                lock(file, path)
            header, start = read_header_of(file, path)
            journal = cls(path, file, header, start, read_only=read_only)
            journal._read_on()
        except BaseException:
            file.close()
            raise
        return journal

    def frames(self) -> Iterator[Frame]:
        """Give all frames, first to last."""
        return read_frames(self._file, self._start)

    @property
    def batches(self) -> int:
        """How many batches it holds."""
        return len(self._batches)

    @property
    def in_doubt(self) -> Optional[int]:
        """The number of the last batch, if it is not known what became of it."""
        last = len(self._batches)
        is_known = not last or self._outcomes[last - 1] or last in self._settled
        return None if is_known else last

    def undone(self, number: int) -> Optional[str]:
        """Give what became of a batch's changed entries when it was undone; None if it was not."""
        return None if number not in self._undone else self._at(self._undone[number])

    def batch(self, number: int) -> list[Kept]:
        """Give the entries of a batch."""
        return [Kept(*kept) for kept in self._at(self._batches[number - 1])]

    def outcomes(self, number: int) -> str:
        """Give what became of a batch, one letter an entry."""
        text: str = self._settled.get(number) or self._at(self._outcomes[number - 1])
        return text

    def begin_batch(self, batch: Sequence[Kept]) -> int:
        """Write what is about to change, not yet synced; give the batch's number."""
        number = len(self._batches) + 1
        offset = self.size
        self._append(pack_frame(Kind.BATCH, number, [list(kept) for kept in batch]))
        self._batches.append(offset)
        self._outcomes.append(0)
        return number

    def end_batch(self, number: int, outcomes: str) -> None:
        """Write what became of a batch; keep it in mind if the journal is only read."""
        if self.read_only:
            self._settled[number] = outcomes
            return
        self._outcomes[number - 1] = self.size
        self._append(pack_frame(Kind.OUTCOMES, number, outcomes))

    def undo_batch(self, number: int, outcomes: str) -> None:
        """Write what became of a batch when it was undone."""
        self._undone[number] = self.size
        self._append(pack_frame(Kind.UNDONE, number, outcomes))

    def note(self, kind: Kind, payload: Any) -> None:
        """Write a frame that is about no batch."""
        self._append(pack_frame(kind, 0, payload))

    def sync(self) -> None:
        """Have all that was written on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file, and let others open it."""
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _at(self, offset: int) -> Any:
        frame = next(read_frames(self._file, offset), None)
        assert frame is not None, "the frame was sound when it was found"
        return unpack(frame)

    def _append(self, data: bytes) -> None:
        """Write; what a full disk has cut is taken off again.

        Raises:
            OSError: If not all of it could be written.
        """
        self._file.seek(0, os.SEEK_END)
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self.size)
            raise
        self.size += len(data)

    def _read_on(self) -> None:
        """Find the frames that there are, and take off what follows the last sound one."""
        self.size = self._start
        for frame in self.frames():
            if frame.kind == Kind.BATCH:
                self._batches.append(frame.offset)
                self._outcomes.append(0)
            elif frame.kind == Kind.OUTCOMES:
                self._outcomes[frame.number - 1] = frame.offset
            elif frame.kind == Kind.UNDONE:
                self._undone[frame.number] = frame.offset
            self.size = self._file.tell()
        if not is_torn(self._file, self.size):
            raise ConfigurationError(
                f"journal {self.path} is damaged at byte {self.size}. What is before that can be "
                f"undone from a copy that ends there: head -c {self.size} FILE > COPY"
            )
        if not self.read_only:
            self._file.truncate(self.size)
