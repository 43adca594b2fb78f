"""A journal's first two lines, and the file itself: who may use it, and whether it is one."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

from shelflife.errors import ConfigurationError
from shelflife.live.repair.frames import MAGIC

SCHEMA = "shelflife-journal"
VERSION = 1
_LONGEST_HEADER = 1 << 20


def read_header(path: Path) -> dict[str, Any]:
    """Give what a journal says it is of, without opening it to go on.

    Raises:
        ConfigurationError: If it is none, or of another schema, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return read_header_of(file, path)[0]
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


def read_header_of(file: BinaryIO, path: Path) -> tuple[dict[str, Any], int]:
    """Give what a journal is of, and where its frames begin; raises as `read_header`."""
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
        if known and not (isinstance(header["url"], str) and header["plan"]["action"]):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{path}: its second line does not say what it is of") from None
    if not known:
        raise ConfigurationError(f"{path} is of another schema: use the release that wrote it")
    return header, len(MAGIC) + len(line)


def lock(file: BinaryIO, path: Path) -> None:
    """Keep other processes out of a journal, where files can be locked.

    Raises:
        ConfigurationError: If one is in it.
    """
    try:
        import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise ConfigurationError(f"journal {path} is in use by another process") from None


def sync_folder(path: Path) -> None:
    """Have the file's name on the disk as well."""
    with contextlib.suppress(OSError):  # folders cannot be opened everywhere
        handle = os.open(path.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
