"""ASGI's scopes and messages as the rules of HTTP caching see them, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Optional

import starlette
from starlette.types import Message, Scope

from shelflife.http import APART, Headers, RequestFacts, key_for

CONDITIONS = (b"if-none-match", b"if-modified-since")
"""What is answered here where the response may be kept: the application makes it whole."""

MOUNTS_CUT = tuple(map(int, starlette.__version__.split(".")[:2])) < (0, 33)
"""Whether a mount takes its own part off the path; from 0.33 on the path stays whole."""


def request_facts(scope: Scope, cookies: frozenset[str]) -> RequestFacts:
    """Give what the rules ask of a request; `cookies` are those that carry a session."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joint = "; " if name == "cookie" else ", "
        headers[name] = f"{headers[name]}{joint}{value}" if name in headers else value
    return RequestFacts(scope["method"], headers, _has_session(headers, cookies))


def _has_session(headers: Mapping[str, str], cookies: frozenset[str]) -> bool:
    pairs = headers.get("cookie", "").split(";")
    return any(pair.partition("=")[0].strip() in cookies for pair in pairs)


def as_by_now(facts: RequestFacts, scope: Scope) -> RequestFacts:
    """Give the facts with what became known: that it is a user's, or that it has a session."""
    is_users = getattr(scope.get("user"), "is_authenticated", False)
    if is_users or scope.get("session"):
        return replace(facts, uses_session=True)
    return facts


def told_apart(facts: RequestFacts, apart: Optional[str]) -> RequestFacts:
    """Give the facts of a request whose response differs by more than headers, if it does."""
    if apart is None:
        return facts
    return replace(facts, headers={**facts.headers, APART: apart})


def key_of(scope: Scope, facts: RequestFacts, path: str) -> str:
    """Give the key of a request: its method, scheme, host, path and query."""
    scheme = scope.get("scheme", "http")
    host = facts.headers.get("host", "")
    query = scope.get("query_string", b"").decode("latin-1")
    return key_for(facts.method, scheme, host, path, query)


def path_of(scope: Scope) -> str:
    """Give the path, with what the application is mounted below.

    Servers differ in whether `path` has their `root_path` in front: what it begins with, it has.
    """
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    if MOUNTS_CUT and "app_root_path" in scope:  # within a mount, whose part is never in front
        outside = str(scope["app_root_path"])
        path, root = root[len(outside) :] + path, outside
    root = root.rstrip("/")
    return path if f"{path}/".startswith(f"{root}/") else root + path


def unconditional(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Give the headers of a request that has nothing yet."""
    return [pair for pair in headers if pair[0].lower() not in CONDITIONS]


def headers_of(message: Message) -> Headers:
    """Give the headers of a response's start, names in lower case."""
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in message.get("headers", ())
    )


def raw(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Give headers as ASGI has them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def declared_length(headers: Headers) -> Optional[int]:
    """Give the number of a `Content-Length`; None without one that makes sense."""
    for name, value in headers:
        if name == "content-length" and value.isascii() and value.isdigit():
            return int(value)
    return None


def start(status: int, headers: Headers) -> dict[str, Any]:
    """Give the message that begins a response."""
    return {"type": "http.response.start", "status": status, "headers": raw(headers)}


def body(piece: bytes, *, more: bool = False) -> dict[str, Any]:
    """Give a message with a piece of a body."""
    return {"type": "http.response.body", "body": piece, "more_body": more}
