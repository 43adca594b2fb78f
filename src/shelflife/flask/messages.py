"""Flask's requests and responses as the rules of HTTP caching see them, and back."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import Any, Optional

from flask import Request, Response, current_app
from flask.globals import request_ctx
from werkzeug.datastructures import Headers as Spelt
from werkzeug.wsgi import ClosingIterator

from shelflife.http import Headers, RequestFacts, ResponseFacts, key_for
from shelflife.http.answering import OF_THE_CONTENT, Answer

_MOST_NAMES = 256
"""Of headers, are remembered."""
_OF_CONTENT = ("CONTENT_TYPE", "CONTENT_LENGTH")
_NEVER_SENT = frozenset(f"HTTP_{name}" for name in _OF_CONTENT)
_SPELT = {"etag": "ETag", "www-authenticate": "WWW-Authenticate", "content-md5": "Content-MD5"}


def request_facts(request: Request) -> RequestFacts:
    """Give what the rules ask of a request."""
    headers = {
        variable[5:].replace("_", "-").lower(): value
        for variable, value in request.environ.items()
        if variable.startswith("HTTP_") and variable not in _NEVER_SENT
    }
    for variable in _OF_CONTENT:
        if request.environ.get(variable):
            headers[variable.replace("_", "-").lower()] = request.environ[variable]
    return RequestFacts(request.method, headers, uses_session=_uses_session())


def as_by_now(facts: RequestFacts) -> RequestFacts:
    """Give the facts with what became known: a view may have used the session."""
    return RequestFacts(facts.method, facts.headers, uses_session=_uses_session())


def _uses_session() -> bool:
    """Whether the session has been looked at; to ask `flask.session` would count as that."""
    context: Any = request_ctx
    held = vars(context._get_current_object())  # noqa: SLF001 - werkzeug's own way to it
    session = held.get("_session", held.get("session"))  # before Flask 3.1.3
    return bool(getattr(session, "accessed", True))


def key_of(request: Request) -> str:
    """Give the key of a request: its method, scheme, host, path and query."""
    return key_for(
        request.method,
        request.scheme,
        request.host,
        request.script_root + request.path,
        request.query_string.decode("latin-1"),
    )


def headers_of(response: Response) -> Headers:
    """Give a response's headers, names in lower case."""
    return tuple((name.lower(), value) for name, value in response.headers.to_wsgi_list())


def response_facts(response: Response) -> ResponseFacts:
    """Give what the rules ask of a response."""
    streamed = response.direct_passthrough or not response.is_sequence
    return ResponseFacts(response.status_code, headers_of(response), streamed)


def body_of(response: Response, most: Optional[int]) -> Optional[bytes]:
    """Give the body; None if it is streamed and longer than `most`, and then nothing is lost."""
    if response.is_sequence and not response.direct_passthrough:
        return response.get_data()
    source: Any = response.response
    pieces, size = [], 0
    rest = response.iter_encoded()
    for piece in rest:
        pieces.append(piece)
        size += len(piece)
        if most is None or size > most:
            closing = [source.close] if hasattr(source, "close") else []
            response.response = ClosingIterator(chain(pieces, rest), closing)
            response.direct_passthrough = False
            return None
    response.direct_passthrough = False
    if hasattr(source, "close"):
        response.call_on_close(source.close)
    response.response = pieces
    return b"".join(pieces)


def to_response(answer: Answer) -> Response:
    """Make a new response of the application's class."""
    response: Response = current_app.response_class([answer.body], status=answer.status)
    response.headers = Spelt([(_spelt(name), value) for name, value in answer.headers])
    return response


def complete(response: Response, headers: Headers) -> None:
    """Give a response the headers that the stored one has besides its own."""
    for name, value in headers:
        if name == "vary" or name not in response.headers:
            response.headers[_spelt(name)] = value


def make_not_modified(response: Response) -> None:
    """Take away what 304 leaves out."""
    response.set_data(b"")
    response.status_code = 304
    for name in OF_THE_CONTENT:
        response.headers.pop(name, None)


@lru_cache(_MOST_NAMES)
def _spelt(name: str) -> str:
    return _SPELT.get(name) or "-".join(part.capitalize() for part in name.split("-"))
