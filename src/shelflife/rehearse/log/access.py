"""The formats `combined` and `common` of Apache, nginx and their kin.

Rules:
1. What stands before the time is not looked at, nor what follows the agent: servers put virtual
   hosts there and times. In `combined`, referer and agent may be missing.
2. Only what a line needs to say its request is expected of it.
"""

from __future__ import annotations

import re

from shelflife.rehearse.log.logged import Headers, Logged, Unparsable, split_request, unescaped

_QUOTED = rb'"([^"\\]*(?:\\.[^"\\]*)*)"'
_LINE = re.compile(
    rb"(?:[^\[]*\[[^\]]*\])+? "  # the time; an address or a user in brackets before it
    + _QUOTED
    + rb" [0-9-]+(?: [0-9-]+(?: "
    + _QUOTED
    + b" "
    + _QUOTED
    + rb")?)?"
)


def parse_common(line: bytes) -> Logged:
    """Give the request of a line.

    Raises:
        Unparsable: If it says none.
    """
    method, target = split_request(unescaped(_match(line)[1]))
    return Logged(method, target)


def parse_combined(line: bytes) -> Logged:
    """Give the request of a line, with its referer and agent.

    Raises:
        Unparsable: If it says none.
    """
    match = _match(line)
    method, target = split_request(unescaped(match[1]))
    return Logged(method, target, _headers(match[2], match[3]))


def has_agent(line: bytes) -> bool:
    """Whether a line has referer and agent, as `combined` has."""
    match = _LINE.match(line)
    return match is not None and match[3] is not None


def _match(line: bytes) -> re.Match[bytes]:
    match = _LINE.match(line)
    if match is None:
        raise Unparsable('no [time] "request" status was found in it')
    return match


def _headers(*values: bytes) -> Headers:
    named = zip(("Referer", "User-Agent"), values)
    return tuple(
        (name, unescaped(value).decode("latin-1"))
        for name, value in named
        if value not in {None, b"-"}
    )
