"""The codecs `text` and `bytes`: what needs no encoding is stored as it is."""

from __future__ import annotations

from typing import Any, Union

from shelflife.envelope import CODECS
from shelflife.errors import Unreadable
from shelflife.lookup import Reason

TEXT = CODECS["text"]
BYTES = CODECS["bytes"]


def decode_text(payload: Union[bytes, memoryview]) -> str:
    """Decode UTF-8, without copying the payload first."""
    try:
        return str(payload, "utf-8")
    except UnicodeDecodeError:
        raise Unreadable(Reason.CORRUPT, "the text is not UTF-8") from None


decode_bytes: Any = bytes
