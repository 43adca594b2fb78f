"""Finds the places of a request that hold text: where another text may stand instead.

Rules:
1. In a query: values that are no numbers. In a path: segments that vary among requests of the same
   shape and are no numbers, identifiers or file names. In a JSON body: texts, at any depth.
2. A first segment is a route, unless it is no plain word: it is never replaced.
3. A shape is a method, the path with its varying segments left open, and the query's names; so
   `/authors/smith` and `/authors/jones` have one.
4. What a secret's name names is left alone: another token would only be refused.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Union
from urllib.parse import quote, unquote, unquote_plus

from shelflife.rehearse.redaction import is_secret_name
from shelflife.rehearse.requests import Request

# So many different words in a place are values; fewer may be routes.
_SEVERAL = 4
_DEEPEST = 50

_NUMBER = re.compile(r"[+-]?[0-9][0-9.,:_TZ+-]*")
_IDENTIFIER = re.compile(r"[0-9a-fA-F]{8,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FILE = re.compile(r".+\.[a-z0-9]{1,5}")

Key = Union[str, int]


class TextPart(NamedTuple):
    """A place that holds text.

    Attributes:
        kind: "query", "path" or "body".
        where: The query's parameter by number, the path's segment by number, or the way in JSON.
    """

    kind: str
    where: tuple[Key, ...]

    def value(self, request: Request) -> str:
        """Give the text that stands there."""
        path, _, query = request.target.partition("?")
        if self.kind == "body":
            return str(_follow(json.loads(request.body), self.where))
        if self.kind == "path":
            return unquote(path.split("/")[_number(self.where)])
        return unquote_plus(query.split("&")[_number(self.where)].partition("=")[2])

    def replaced(self, request: Request, text: str) -> Request:
        """Give a request with another text there."""
        if self.kind == "body":
            found = json.loads(request.body)
            _follow(found, self.where[:-1])[self.where[-1]] = text
            return request._replace(body=_dumped(found))
        path, mark, query = request.target.partition("?")
        number = _number(self.where)
        if self.kind == "path":
            segments = path.split("/")
            segments[number] = quote(text, safe="")
            return request._replace(target="/".join(segments) + mark + query)
        parameters = query.split("&")
        parameters[number] = f"{parameters[number].partition('=')[0]}={quote(text, safe='')}"
        return request._replace(target=f"{path}?{'&'.join(parameters)}")


def parts_by_shape(requests: Sequence[Request]) -> dict[str, list[tuple[Request, list[TextPart]]]]:
    """Give the requests that hold text with the places, by their shape, in their order."""
    varying = _varying_segments(requests)
    shapes: dict[str, list[tuple[Request, list[TextPart]]]] = {}
    for request in requests:
        open_segments = [*_open_segments(request, varying)]
        parts = [TextPart("path", (number,)) for number in open_segments]
        parts += [*_query_parts(request), *_body_parts(request)]
        if parts:
            shapes.setdefault(_shape(request, open_segments), []).append((request, parts))
    return shapes


def _varying_segments(requests: Iterable[Request]) -> dict[tuple[str, ...], set[str]]:
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for request in requests:
        segments = _segments(request)
        for number in range(1, len(segments)):
            values = found[_around(request, number)]
            if len(values) < _SEVERAL:
                values.add(segments[number])
    return found


def _open_segments(request: Request, varying: dict[tuple[str, ...], set[str]]) -> Iterator[int]:
    named = request.endpoint.partition(" ")[2].partition("?")[0].split("/")
    for number, segment in enumerate(_segments(request)):
        text = unquote(segment)
        if not number or not _is_text(text) or _FILE.fullmatch(text):
            continue
        values = len(varying[_around(request, number)])
        if named[number] == "*":
            is_open = values > 1 or not text.isascii()
        else:
            is_open = values >= _SEVERAL and number > 1
        if is_open:
            yield number


def _around(request: Request, number: int) -> tuple[str, ...]:
    named = request.endpoint.partition(" ")[2].partition("?")[0].split("/")
    return (request.method, *named[:number], "", *named[number + 1 :])


def _shape(request: Request, open_segments: list[int]) -> str:
    path, mark, query = request.endpoint.partition("?")
    method, _, path = path.partition(" ")
    segments = path.split("/")
    for number in open_segments:
        segments[number] = "*"
    return f"{method} {'/'.join(segments)}{mark}{query}"


def _query_parts(request: Request) -> Iterator[TextPart]:
    query = request.target.partition("?")[2]
    for number, parameter in enumerate(query.split("&")):
        name, mark, value = parameter.partition("=")
        if mark and not is_secret_name(name) and _is_text(unquote_plus(value)):
            yield TextPart("query", (number,))


def _body_parts(request: Request) -> Iterator[TextPart]:
    if request.body[:1] not in {b"{", b"["}:
        return
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return
    yield from (TextPart("body", where) for where in _texts_of(found, ()))


def _texts_of(found: Any, where: tuple[Key, ...]) -> Iterator[tuple[Key, ...]]:
    if len(where) > _DEEPEST:
        return
    if isinstance(found, str):
        if _is_text(found):
            yield where
    elif isinstance(found, dict):
        for name, value in found.items():
            if is_secret_name(name):
                continue
            yield from _texts_of(value, (*where, name))
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield from _texts_of(value, (*where, number))


def _dumped(found: Any) -> bytes:
    try:
        return json.dumps(found, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate elsewhere in the body
        return json.dumps(found).encode("ascii")


def _is_text(text: str) -> bool:
    return bool(text) and not _NUMBER.fullmatch(text) and not _IDENTIFIER.fullmatch(text)


def _segments(request: Request) -> list[str]:
    return request.target.partition("?")[0].split("/")


def _follow(found: Any, where: tuple[Key, ...]) -> Any:
    for key in where:
        found = found[key]
    return found


def _number(where: tuple[Key, ...]) -> int:
    return int(where[0])
