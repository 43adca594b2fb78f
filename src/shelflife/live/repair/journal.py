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
from array import array
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Optional

from shelflife.errors import ConfigurationError
from shelflife.live.repair.frames import MAGIC, Frame, Kind, pack_frame, read_frames, unpack
from shelflife.live.repair.selection import Entry

SCHEMA = "shelflife-journal"
VERSION = 1
NO_EXPIRY = -1
_LONGEST_HEADER = 1 << 20
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

    def __init__(self, path: Path, file: BinaryIO, header: dict[str, Any], start: int) -> None:
        self.path = path
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
            _lock(file, path)
            if has_begun(path):
                raise ConfigurationError(
                    f"journal {path} exists: go on with it (--resume), or name another file"
                )
            file.truncate(0)
            said = {"schema": SCHEMA, "version": VERSION, **header, "format": _ABOUT}
            head = MAGIC + json.dumps(said, ensure_ascii=True).encode() + b"\n"
            journal = cls(path, file, said, len(head))
            journal._append(head)
            journal.sync()
        except BaseException:
            file.close()
            raise
        _sync_folder(path)
        return journal

    @classmethod
    def open(cls, path: Path) -> Journal:
        """Open a journal to go on with it.

        Raises:
            ConfigurationError: If it is none, or of another schema, or cannot be opened.
        """
        try:
            file = open(path, "r+b", buffering=0)  # noqa: SIM115, PTH123 - kept open; ours to close
        except OSError as error:
            raise ConfigurationError(f"journal {path}: {error.strerror}") from None
        try:
            _lock(file, path)
            header, start = _read_header(file, path)
            journal = cls(path, file, header, start)
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
        return last if last and not self._outcomes[last - 1] else None

    def undone(self, number: int) -> Optional[str]:
        """Give what became of a batch's changed entries when it was undone; None if it was not."""
        return None if number not in self._undone else self._at(self._undone[number])

    def batch(self, number: int) -> list[Kept]:
        """Give the entries of a batch."""
        return [Kept(*kept) for kept in self._at(self._batches[number - 1])]

    def outcomes(self, number: int) -> str:
        """Give what became of a batch, one letter an entry."""
        text: str = self._at(self._outcomes[number - 1])
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
        """Write what became of a batch."""
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
        self._file.truncate(self.size)


def read_header(path: Path) -> dict[str, Any]:
    """Give what a journal says it is of, without opening it to go on.

    Raises:
        ConfigurationError: If it is none, or of another schema, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return _read_header(file, path)[0]
    except OSError as error:
        raise ConfigurationError(f"journal {path}: {error.strerror}") from None


def has_begun(path: Path) -> bool:
    """Whether there is a file with more in it than what a crash leaves of a journal's header."""
    try:
        with path.open("rb") as file:
            start = file.read(_LONGEST_HEADER)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ConfigurationError(f"journal {path}: {error.strerror}") from None
    is_header = start.startswith(MAGIC) or MAGIC.startswith(start)
    return not is_header or b"\n" in start[len(MAGIC) :]


def _read_header(file: BinaryIO, path: Path) -> tuple[dict[str, Any], int]:
    file.seek(0)
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        if magic[:18] == MAGIC[:18] and magic[18:19] != MAGIC[18:19]:
            raise ConfigurationError(
                f"{path} is a journal of another schema than this release reads: use the release "
                "that wrote it"
            )
        raise ConfigurationError(f"{path} is no journal of shelflife, or was cut at its beginning")
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < _LONGEST_HEADER:
        piece = file.read(4096)
        if not piece:
            break
        line += piece[: piece.find(b"\n") + 1] if b"\n" in piece else piece
    try:
        header = json.loads(line)
        known = header["schema"] == SCHEMA and header["version"] == VERSION
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{path}: its second line does not say what it is of") from None
    if not known:
        raise ConfigurationError(f"{path} is of another schema: use the release that wrote it")
    return header, len(MAGIC) + len(line)


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise ConfigurationError(f"journal {path} is in use by another process") from None


def _sync_folder(path: Path) -> None:
    """Have the file's name on the disk as well."""
    with contextlib.suppress(OSError):  # folders cannot be opened everywhere
        handle = os.open(path.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
