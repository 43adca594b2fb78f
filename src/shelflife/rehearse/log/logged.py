r"""What a line of a log says of its request, and how a target is made fit to be sent.

Rules:
1. A target is sent as it was: its bytes from `!` to `~` stay, all others are percent-encoded.
2. Of an absolute one (`GET http://host/path`) the path is sent. What is no path is not sent.
3. Headers that belong to a connection, to a person or to what a client has already are not sent.
4. A reason why a line cannot be read never holds a part of the line: it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote_from_bytes

from shelflife.rehearse.plan.sending import SENDERS_OWN
from shelflife.rehearse.redaction import is_secret_name

LONGEST_TARGET = 16 * 1024

Headers = tuple[tuple[str, str], ...]

# They make an answer depend on what the client has: of 304 or 206 there is little to compare.
_CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range")
_NOT_SENT = SENDERS_OWN | {*_CONDITIONS, "range", "expect"}

_METHOD = re.compile(r"[A-Za-z][A-Za-z_-]{0,31}")
_VERSION = re.compile(rb"HTTP/[0-9](?:\.[0-9])?")
_PLAIN = re.compile(rb"/[!-\[\]-~]*")
_ABSOLUTE = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_ESCAPE = re.compile(rb'\\(?:x([0-9A-Fa-f]{2})|(["\\/])|([tnrbfv]))')
_CONTROLS = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_SENDABLE = bytes(range(0x21, 0x7F)).decode()
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_HEADER_VALUE = re.compile(r"[!-~\xa0-\xff](?:[\t -~\xa0-\xff]{0,8190}[!-~\xa0-\xff])?")


class Unparsable(Exception):
    """A line that says no request; the message says why, without a part of the line."""


class Logged(NamedTuple):
    """The request of a line.

    Attributes:
        method: In upper case.
        target: As it was logged, unescaped.
    """

    method: str
    target: bytes
    headers: Headers = ()
    body: bytes = b""


def split_request(line: bytes) -> tuple[str, bytes]:
    """Split `GET /articles/7 HTTP/1.1` into method and target.

    Raises:
        Unparsable: If it is none.
    """
    if line in {b"", b"-"}:
        raise Unparsable("the client sent no request")
    method, _, rest = line.partition(b" ")
    target, _, version = rest.rpartition(b" ")
    if not _VERSION.fullmatch(version):
        target = rest  # the oldest clients name no version
    if not target:
        raise Unparsable("the request is none: a method and a path were expected")
    return check_method(method.decode("ascii", "replace")), target


def check_method(method: str) -> str:
    """Give a method in upper case.

    Raises:
        Unparsable: If it is none.
    """
    if not _METHOD.fullmatch(method):
        raise Unparsable("the method is none")
    return method.upper()


def unescaped(text: bytes) -> bytes:
    r"""Undo what servers do to quotes, control characters and bytes outside ASCII: `\xc3`."""
    return _ESCAPE.sub(_unescape, text) if b"\\" in text else text


def sendable_target(target: bytes) -> str:
    """Give the target in ASCII, percent-encoded, beginning with a slash.

    Raises:
        Unparsable: If it is no path, or longer than services accept.
    """
    if len(target) > LONGEST_TARGET:
        raise Unparsable("the target is longer than 16 KiB")
    if not _PLAIN.fullmatch(target):
        target = _path_of(target)
        if not target.startswith(b"/"):
            raise Unparsable("the target is no path")
    return quote_from_bytes(target, _SENDABLE)


def sendable_headers(headers: Iterable[tuple[str, str]], dropped: frozenset[str]) -> Headers:
    """Give those headers of a log that are sent.

    Args:
        headers: All of them.
        dropped: Names, in lower case, that the plan wants dropped.
    """
    return tuple(
        (name, "gzip" if name.lower() == "accept-encoding" else value)
        for name, value in headers
        if _is_sent(name.lower(), value) and name.lower() not in dropped
    )


def _is_sent(name: str, value: str) -> bool:
    if name in _NOT_SENT or name.startswith("proxy-") or is_secret_name(name):
        return False
    if name == "accept-encoding" and "gzip" not in value:
        return False  # the answer could not be unpacked
    return bool(_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value))


def _path_of(target: bytes) -> bytes:
    match = _ABSOLUTE.match(target)
    if match is None:
        return target
    rest = target[match.end() :]
    return rest if rest.startswith(b"/") else b"/" + rest


def _unescape(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes((int(match[1], 16),))
    return bytes(match[2]) if match[2] else _CONTROLS[match[3]]
