"""Compressed bytes, told by their magic and unpacked within a limit.

Rules:
1. No more than a limit comes out, whatever the input promises.
2. lz4, zstd and brotli are unpacked if a module for them is installed; else they are named only.
"""

from __future__ import annotations

import importlib
from typing import Any, Callable, NamedTuple, Optional

from shelflife.lookup import Reason

MOST = 16 << 20
_LZMA_MEMORY = 96 << 20  # the largest preset's dictionary takes 64 MiB

_MODULES = {
    "xz": ("lzma",),
    "lz4": ("lz4.frame",),
    "zstd": ("compression.zstd", "backports.zstd", "pyzstd", "zstandard"),
}
_MAGICS = {
    b"x\x01": ("zlib", b""),
    b"x^": ("zlib", b""),
    b"x\x9c": ("zlib", b""),
    b"x\xda": ("zlib", b""),
    b"\x1f\x8b": ("gzip", b"\x08"),
    b"BZ": ("bz2", b"h"),
    b"\xfd7": ("xz", b"zXZ\x00"),
    b"]\x00": ("lzma", b"\x00"),
    b"\x04\x22": ("lz4", b"\x4d\x18"),
    b"\x28\xb5": ("zstd", b"\x2f\xfd"),
}


class Unpacked(NamedTuple):
    """What came out: the data, or why there is none.

    Attributes:
        data: None if it could not be unpacked.
        reason: Why no reader can; "" if it is only we who cannot.
        detail: A sentence on it.
    """

    data: Optional[bytes]
    reason: str = ""
    detail: str = ""


def compressor(raw: bytes) -> str:
    """Give the name of what compressed these bytes, by their magic; "" if they have none."""
    magic = _MAGICS.get(raw[:2])
    return magic[0] if magic is not None and raw.startswith(magic[1], 2) else ""


def unpack(name: str, raw: bytes, most: int = MOST) -> Unpacked:
    """Unpack within the limit.

    Args:
        name: A name that `compressor` gives, or "brotli", which has no magic.
        raw: The compressed bytes.
        most: The most bytes that may come out.
    """
    try:
        engine = _ENGINES[name]()
    except ImportError:
        return Unpacked(None, "", f"install a module for {name} to have this looked into")
    try:
        data = engine.decompress(raw, most + 1)
    except Exception as error:  # noqa: BLE001 - each module has errors of its own
        if isinstance(error, MemoryError) or "memory" in str(error).lower():
            return Unpacked(None, Reason.OVER_BUDGET, f"{name} takes too much memory to unpack")
        return Unpacked(None, Reason.CORRUPT, f"begins like {name}, but does not unpack")
    return _whole(name, data, most, eof=engine.eof)


def _whole(name: str, data: bytes, most: int, *, eof: bool) -> Unpacked:
    if len(data) > most:
        return Unpacked(None, Reason.OVER_BUDGET, f"{name} unpacks to more than {most} bytes")
    if not eof:
        return Unpacked(None, Reason.CORRUPT, f"the {name} data is cut off")
    return Unpacked(data)


def module_for(name: str) -> Any:
    """Give the module that packs and unpacks; raises ImportError if there is none."""
    return _module(*_MODULES[name])


def _module(*names: str) -> Any:
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise ImportError(names[0])


class _Fed:
    """An engine without a limit of its own, fed so little at a time that it cannot swell."""

    def __init__(self, feed: Callable[[bytes], bytes], eof: Callable[[], bool], chunk: int) -> None:
        self._feed = feed
        self._eof = eof
        self._chunk = chunk

    @property
    def eof(self) -> bool:
        return self._eof()

    def decompress(self, raw: bytes, most: int) -> bytes:
        parts, size = [], 0
        for at in range(0, len(raw), self._chunk):
            parts.append(self._feed(raw[at : at + self._chunk]))
            size += len(parts[-1])
            if size > most or self._eof():
                break
        return b"".join(parts)


def _brotli() -> Any:
    engine = _module("brotli", "brotlicffi").Decompressor()
    return _Fed(engine.process, engine.is_finished, 8)


def _zstd() -> Any:
    module = module_for("zstd")
    if module.__name__ != "zstandard":
        return module.ZstdDecompressor()
    engine = module.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
    return _Fed(engine.decompress, lambda: engine.eof, 512)


def _lzma(form: str) -> Any:
    module = module_for("xz")
    return module.LZMADecompressor(format=getattr(module, form), memlimit=_LZMA_MEMORY)


_ENGINES: dict[str, Callable[[], Any]] = {
    "zlib": lambda: _module("zlib").decompressobj(),
    "gzip": lambda: _module("zlib").decompressobj(31),
    "bz2": lambda: _module("bz2").BZ2Decompressor(),
    "xz": lambda: _lzma("FORMAT_XZ"),
    "lzma": lambda: _lzma("FORMAT_ALONE"),
    "lz4": lambda: module_for("lz4").LZ4FrameDecompressor(),
    "zstd": _zstd,
    "brotli": _brotli,
}
