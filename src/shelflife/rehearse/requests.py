"""A request of a rehearsal: what is sent, and how it is named.

Rules:
1. The target is what goes over the wire: a path with its query, in ASCII, percent-encoded.
2. An endpoint names requests that one function of the service answers; noise, the choice from a
   long log and reports go by it.
3. What people are shown holds no secret and no control character.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, unquote_to_bytes

from shelflife.rehearse.redaction import redact_target

_ESCAPED_TEXT = re.compile(rb"\\u(?!00[0-7])[0-9a-fA-F]{4}")

# A plain word of a path, with a suffix perhaps; "v2" is one, "a41f" and "2019" are none.
_WORD = re.compile(r"(?:[A-Za-z][A-Za-z_-]{0,31}|v[0-9]{1,2}(?:\.[0-9]{1,2})?)(?:\.[a-z0-9]{1,5})?")
_HEX = re.compile(r"[0-9a-fA-F]{8,}")
_NAME = re.compile(r"[\w.\[\]-]{1,64}", re.ASCII)


class Request(NamedTuple):
    """One request.

    Attributes:
        number: Its place in the rehearsal, from 0; unique.
        method: In upper case.
        target: Path and query as sent.
        headers: What is sent besides the plan's own.
        line: Its line in the log, from 1; of a derived one, the line it was derived from.
        origin: "log", or the injection it comes from: "unicode".
    """

    number: int
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    line: int = 0
    origin: str = "log"

    @property
    def identity(self) -> tuple[str, str, bytes]:
        """What makes two requests the same."""
        return self.method, self.target, self.body

    @property
    def endpoint(self) -> str:
        """The pattern that the request belongs to: `GET /articles/*?page`."""
        return f"{self.method} {_pattern(self.target)}"

    @property
    def is_ascii(self) -> bool:
        """Whether neither target nor body holds text outside ASCII, percent-encoded or escaped."""
        return _is_ascii(self.target.encode("ascii", "replace")) and _is_ascii(self.body)

    @property
    def shown(self) -> str:
        """The target for people: decoded, without secrets and control characters."""
        return _harmless(unquote(redact_target(self.target)))


@lru_cache(maxsize=8192)
def _pattern(target: str) -> str:
    path, _, query = target.partition("?")
    segments = [_segment(each) for each in path.split("/")]
    names = sorted({_name(each) for each in query.split("&") if each})
    return "/".join(segments) + (f"?{'&'.join(names)}" if names else "")


def _segment(segment: str) -> str:
    if not segment or (_WORD.fullmatch(segment) and not _HEX.fullmatch(segment)):
        return segment
    return "*"


def _name(parameter: str) -> str:
    name = parameter.partition("=")[0]
    return name if _NAME.fullmatch(name) else "*"


def _is_ascii(encoded: bytes) -> bool:
    if not encoded.isascii():
        return False
    if b"%" in encoded and not unquote_to_bytes(encoded).isascii():
        return False
    return b"\\u" not in encoded or _ESCAPED_TEXT.search(encoded) is None


def _harmless(text: str) -> str:
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
