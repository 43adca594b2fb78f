"""The compressors that libraries offer, by name, within a limit.

Rules:
1. What begins with the compressor's magic is unpacked; what does not was too short to be packed.
2. No more comes out than an entry may be long; more is `over-budget`.
3. lz4 and zstd need a package; without it, what is packed so is `unknown-codec`.
"""

from __future__ import annotations

import gzip
import zlib
from typing import Any, Callable, Optional

from shelflife.dialects.compressors import compressor, module_for, unpack
from shelflife.errors import ConfigurationError, Unreadable
from shelflife.lookup import Reason

_MAGIC = {"lzma": "xz"}
_SHORTEST = {"lzma": 100}
_SHORT = 15


def make_compressor(name: str, most: int, *, packs: bool) -> Optional[Packing]:
    """Give the compressor of that name; None for "".

    Args:
        name: Its name, as in the dialect's.
        most: The most bytes that may come out.
        packs: Whether it is to pack as well.

    Raises:
        ConfigurationError: If it is to pack, and the package for it is not there.
    """
    if packs and name in _PACKAGES:
        _expect_package(name)
    return Packing(name, most) if name else None


class Packing:
    """A compressor as django-redis uses it."""

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._magic = _MAGIC.get(name, name)
        self._shortest = _SHORTEST.get(name, _SHORT)
        self._most = most

    def unpack(self, data: bytes) -> bytes:
        """Give what was packed, or the same bytes if they were not; raises Unreadable."""
        if compressor(data) != self._magic:
            return data
        unpacked = unpack(self._magic, data, self._most)
        if unpacked.data is None:
            raise Unreadable(unpacked.reason or Reason.UNKNOWN_CODEC, unpacked.detail)
        return unpacked.data

    def pack(self, data: bytes) -> bytes:
        """Give packed bytes, or the same if they are short."""
        if len(data) <= self._shortest:
            return data
        return _PACK[self._name](data)


def _expect_package(name: str) -> None:
    try:
        module_for(name)
    except ImportError:
        raise ConfigurationError(
            f"writing {name} needs a package for it: pip install {_PACKAGES[name]}"
        ) from None


def _with(name: str, **options: Any) -> Callable[[bytes], bytes]:
    def pack(data: bytes) -> bytes:
        packed: bytes = module_for(name).compress(data, **options)
        return packed

    return pack


_PACKAGES = {"lz4": "lz4", "zstd": "zstandard"}
_PACK: dict[str, Callable[[bytes], bytes]] = {
    "zlib": lambda data: zlib.compress(data, 6),
    "gzip": lambda data: gzip.compress(data, 9, mtime=0),
    "lzma": _with("xz", preset=4),
    "lz4": _with("lz4"),
    "zstd": _with("zstd"),
}
