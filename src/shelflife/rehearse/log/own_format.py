"""A format of the plan's own: a regular expression with named groups.

Rules:
1. The groups are `method`, `target` (or `path` and `query`), or `request` for the whole request
   line; `body`; and `header_NAME` for the header NAME, with `_` for `-`.
2. It is matched from a line's beginning, and need not reach its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from shelflife.rehearse.log.logged import (
    Headers,
    Logged,
    Unparsable,
    check_method,
    split_request,
    unescaped,
)

_HEADER = "header_"


def parser_of(pattern: str) -> Callable[[bytes], Logged]:
    """Give what parses lines of this format."""
    compiled = re.compile(pattern)

    def parse(line: bytes) -> Logged:
        match = compiled.match(line.decode("utf-8", "surrogateescape"))
        if match is None:
            raise Unparsable("the plan's expression does not match it")
        groups = {name: value for name, value in match.groupdict().items() if value is not None}
        method, target = _method_and_target(groups)
        return Logged(method, target, _headers(groups), _bytes(groups.get("body", "")))

    return parse


def _method_and_target(groups: Mapping[str, str]) -> tuple[str, bytes]:
    if "request" in groups:
        return split_request(unescaped(_bytes(groups["request"])))
    target = groups.get("target") or groups.get("path")
    if "method" not in groups or not target:
        raise Unparsable("the plan's expression found no method or no target in it")
    query = groups.get("query", "").lstrip("?")
    if query and query != "-" and "?" not in target:
        target = f"{target}?{query}"
    return check_method(groups["method"]), unescaped(_bytes(target))


def _headers(groups: Mapping[str, str]) -> Headers:
    return tuple(
        (name[len(_HEADER) :].replace("_", "-"), unescaped(_bytes(value)).decode("latin-1"))
        for name, value in groups.items()
        if name.startswith(_HEADER) and value != "-"
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
