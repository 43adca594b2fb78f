"""The stored form of a response: portable data with a format number, no object of a framework.

`["response", 1, status, headers, body, stored at, fresh for]`, the headers as a list of pairs; and
`["variants", 1, names, generation]` under a key whose responses differ by request headers.
Readers of a number ship before its writers; numbers are never used again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Optional, Union

from shelflife.errors import Unreadable
from shelflife.http.facts import Headers
from shelflife.lookup import Reason

FORMAT = 1
_STATUSES = range(200, 600)
_LONGEST = 2**53
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_GENERATION = re.compile(r"[0-9a-f]{1,32}", re.ASCII)


@dataclass(frozen=True)
class StoredResponse:
    """A response as it is kept.

    Attributes:
        status: Its code.
        headers: Without those that belong to a connection; `ETag` is among them.
        body: Whole.
        stored_at: Seconds since the epoch.
        fresh_for: Seconds it may be kept; None without limit.
    """

    status: int
    headers: Headers
    body: bytes
    stored_at: float
    fresh_for: Optional[float] = None


@dataclass(frozen=True)
class Variants:
    """Says by which request headers the responses under a key differ.

    Attributes:
        names: In lower case, sorted; and `facts.APART`.
        generation: Part of the variants' keys: without this entry they are all forgotten.
    """

    names: tuple[str, ...]
    generation: str


def to_portable(stored: Union[StoredResponse, Variants]) -> list[Any]:
    """Give the portable data of a response."""
    if isinstance(stored, Variants):
        return ["variants", FORMAT, list(stored.names), stored.generation]
    headers = [list(pair) for pair in stored.headers]
    fixed = ["response", FORMAT, stored.status, headers]
    return [*fixed, stored.body, stored.stored_at, stored.fresh_for]


def from_portable(data: Any) -> Union[StoredResponse, Variants]:
    """Give the response of portable data.

    Raises:
        Unreadable: `newer-format` for another format number, `schema` for anything else.
    """
    if type(data) is not list or len(data) < 2 or data[0] not in ("response", "variants"):
        raise Unreadable(Reason.SCHEMA, "the entry holds no response")
    if data[1] != FORMAT:
        raise Unreadable(Reason.NEWER_FORMAT, "a response in a format that is not known here")
    made = _response(data) if data[0] == "response" else _variants(data)
    if made is None:
        raise Unreadable(Reason.SCHEMA, "the parts of the response are not what they should be")
    return made


def _response(data: list[Any]) -> Optional[StoredResponse]:
    if len(data) != 7:
        return None
    _, _, status, headers, body, stored_at, fresh_for = data
    if type(status) is not int or status not in _STATUSES or type(body) is not bytes:
        return None
    if not _is_number(stored_at) or not (fresh_for is None or _is_number(fresh_for)):
        return None
    pairs = _headers(headers)
    return None if pairs is None else StoredResponse(status, pairs, body, stored_at, fresh_for)


def _is_number(value: Any) -> bool:
    """Whether it is one that seconds are counted with: NaN, and 10**400, are not."""
    return type(value) in (int, float) and abs(value) < _LONGEST


def is_name(name: str) -> bool:
    """Whether it is one of a header (RFC 9110, 5.6.2)."""
    return _NAME.fullmatch(name) is not None


def _headers(given: Any) -> Optional[Headers]:
    """Give names and values that no server would choke on; None if one is something else.

    What they are made of is looked at once for all of them: this is a part of every hit.
    """
    if type(given) is not list:
        return None
    for pair in given:
        if type(pair) is not list or len(pair) != 2:
            return None
        if type(pair[0]) is not str or type(pair[1]) is not str or not pair[0]:
            return None
    pairs: Headers = tuple(map(tuple, given))
    names, values = "".join([name for name, _ in pairs]), "".join([value for _, value in pairs])
    if (names and not is_name(names)) or not _VALUE.fullmatch(values):
        return None
    return pairs


def _variants(data: list[Any]) -> Optional[Variants]:
    if len(data) != 4:
        return None
    _, _, names, generation = data
    if type(names) is not list or not all(type(name) is str for name in names):
        return None
    if type(generation) is not str or not _GENERATION.fullmatch(generation):
        return None
    return Variants(tuple(names), generation)
