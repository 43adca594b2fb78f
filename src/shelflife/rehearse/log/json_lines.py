r"""The format `json`: one object a line, under the names that servers commonly use.

Rules:
1. A name is looked for without regard to case, `_`, `-`, `.` and `:`; first at the top, then in
   the objects `request`, `httpRequest`, `http.request` and `url`.
2. A whole request line (`GET / HTTP/1.1`) comes before a method and a target; a target as the
   client sent it before one that the server has already decoded.
3. nginx, left to its default, writes `\xc3` into JSON, which is none: such lines hold the text
   outside ASCII that matters most here, so they are read as they were meant.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Optional
from urllib.parse import urlencode

from shelflife.rehearse.log.logged import Headers, Logged, Unparsable, check_method, split_request

Found = dict[str, Any]

_WITHIN = ("request", "httprequest", "http", "url", "req")
_LINES = ("request", "requestline", "elbrequest", "httprequest")
_METHODS = ("method", "requestmethod", "httpmethod", "verb", "requestverb", "httprequestmethod")
_TARGETS = (
    "requesturi",
    "target",
    "requesttarget",
    "uri",
    "requesturl",
    "urloriginal",
    "original",
    "url",
    "path",
    "requestpath",
    "rawpath",
    "urlpath",
)
_QUERIES = ("query", "querystring", "args", "rawquerystring", "queryparams", "urlquery")
_HEADERS = ("headers", "requestheaders", "reqheaders")
_BODIES = ("body", "requestbody")
_PACKED_BODIES = ("bodybase64", "requestbodybase64")

_REQUEST_LINE = re.compile(r"[A-Z]{3,16} \S")
_NO_JSON = re.compile(rb"\\x([0-9A-Fa-f]{2})")
_SEPARATORS = re.compile(r"[_.:-]")


def parse_json(line: bytes) -> Logged:
    """Give the request of a line.

    Raises:
        Unparsable: If it says none.
    """
    found, as_latin = _load(line)
    levels = [*_levels(found)]
    method, target = _method_and_target(levels, as_latin)
    if b"?" not in target and (query := _query(_first(levels, _QUERIES))):
        target += b"?" + _bytes(query, as_latin)
    return Logged(method, target, _headers(levels), _body(levels))


def _load(line: bytes) -> tuple[Found, bool]:
    for text, as_latin in ((line, False), (_NO_JSON.sub(rb"\\u00\1", line), True)):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if not isinstance(found, dict):
            raise Unparsable("it is JSON, but no object")
        return found, as_latin
    raise Unparsable("it is no JSON")


def _levels(found: Found) -> Iterator[Found]:
    top = _named(found)
    yield top
    for name in _WITHIN:
        inner = top.get(name)
        if isinstance(inner, dict):
            level = _named(inner)
            yield level
            if isinstance(level.get("request"), dict):
                yield _named(level["request"])


def _named(found: Found) -> Found:
    return {_plain(name): value for name, value in found.items()}


@lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    return _SEPARATORS.sub("", name).lower()


def _first(levels: list[Found], names: tuple[str, ...], kind: type = object) -> Any:
    for level in levels:
        for name in names:
            value = level.get(name)
            if value is not None and value != "" and isinstance(value, kind):
                return value
    return None


def _method_and_target(levels: list[Found], as_latin: bool) -> tuple[str, bytes]:
    for line in (level.get(name) for level in levels for name in _LINES):
        if isinstance(line, str) and _REQUEST_LINE.match(line):
            return split_request(_bytes(line, as_latin))
    method = _first(levels, _METHODS, str)
    target = _first(levels, _TARGETS, str)
    if method is None or target is None:
        missing = "method" if method is None else "target, path or url"
        raise Unparsable(f"the object has no {missing}")
    return check_method(method), _bytes(target, as_latin)


def _bytes(text: str, as_latin: bool) -> bytes:
    if as_latin:
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            pass
    return text.encode("utf-8", "replace")


def _query(found: Any) -> str:
    if isinstance(found, dict):
        return urlencode(found, doseq=True, errors="replace")
    return found.lstrip("?") if isinstance(found, str) and found != "-" else ""


def _headers(levels: list[Found]) -> Headers:
    found = _first(levels, _HEADERS, dict) or {}
    return tuple(
        (name, value)
        for name, values in found.items()
        for value in (values if isinstance(values, list) else [values])
        if isinstance(value, str)
    )


def _body(levels: list[Found]) -> bytes:
    packed: Optional[str] = _first(levels, _PACKED_BODIES, str)
    if packed is not None:
        try:
            return base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError):
            raise Unparsable("the body is no base64") from None
    body = _first(levels, _BODIES)
    if isinstance(body, (dict, list)):
        return json.dumps(body).encode()
    return body.encode("utf-8", "replace") if isinstance(body, str) and body != "-" else b""
