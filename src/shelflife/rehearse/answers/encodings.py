"""Bodies that were compressed for their way: undone before anybody looks at them."""

from __future__ import annotations

import zlib

LARGEST = 32 * 1024 * 1024

# zlib finds out by itself whether it is gzip or zlib; some services send a bare deflate stream
_WINDOWS = {
    "gzip": (zlib.MAX_WBITS | 32,),
    "x-gzip": (zlib.MAX_WBITS | 32,),
    "deflate": (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS),
}
UNDONE = frozenset((*_WINDOWS, "identity"))


class TooLarge(ValueError):
    """A body that is larger than `LARGEST` when it is not compressed."""


def decoded(body: bytes, content_encoding: str) -> bytes:
    """Undo gzip and deflate; give the body as it is if that is what it is not.

    Raises:
        TooLarge: It grows beyond `LARGEST`.
    """
    for encoding in reversed([each.strip().lower() for each in content_encoding.split(",")]):
        if encoding not in _WINDOWS or not body:
            break
        body = _undone(body, _WINDOWS[encoding])
    return body


def _undone(body: bytes, windows: tuple[int, ...]) -> bytes:
    for window in windows:
        machine = zlib.decompressobj(window)
        try:
            plain = machine.decompress(body, LARGEST + 1)
        except zlib.error:
            continue
        if len(plain) > LARGEST:
            raise TooLarge
        if machine.eof:
            return plain
    return body
