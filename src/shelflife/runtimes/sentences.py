"""What an exception of a trial says, as far as it says nothing of the value.

Rules:
1. Messages of the interpreter itself pass if all that varies in them are numbers and names.
2. Of anything else only the exception's type is told.
"""

from __future__ import annotations

import re

_NAME = r"[A-Za-z_]\w{0,80}(?:\.\w{1,80}){0,10}"
_FUNCTION = rf"{_NAME}(?:\.<locals>)?\(\)"
_QUOTED = rf"'(?:<lambda>|{_NAME})'"
_NUMBER = r"-?\d{1,12}"
_CALLED = rf"(?:<lambda>|{_NAME})\(\)"
_WORDS = r"(?: (?:positional|non-keyword|required))*"
_GIVEN = rf"(?: but {_NUMBER} (?:was|were) given| \({_NUMBER} given\))"
_KIND = r"(?:positional|keyword-only)"
_LIST = rf"{_QUOTED}(?:,? (?:and )?{_QUOTED})*"
_PASS = [
    re.compile(rf"(?:{pattern})\Z")
    for pattern in (
        rf"No module named '?{_NAME}'?(?:; '?{_NAME}'? is not a package)?",
        rf"(?:type object |module )?{_QUOTED} (?:object )?has no attribute {_QUOTED}",
        rf"type object '?{_NAME}'? has no attribute {_QUOTED}",
        rf"unsupported pickle protocol: {_NUMBER}",
        rf"cannot import name {_QUOTED}",
        r"state is not a dictionary",
        r"NEWOBJ class argument .{0,40}(?:isn't a type object|must be a type, not \w+)",
        r"NEWOBJ class argument has NULL tp_new",
        rf"{_CALLED} takes .{{0,12}}{_NUMBER}(?: to {_NUMBER})?{_WORDS} arguments?{_GIVEN}",
        rf"{_CALLED} expected .{{0,12}}{_NUMBER} arguments?, got {_NUMBER}",
        rf"{_FUNCTION} missing {_NUMBER} required {_KIND} arguments?: {_LIST}",
        rf"{_FUNCTION} got an unexpected keyword argument {_QUOTED}",
        rf"{_NAME}\(\) takes no (?:parameters|arguments)",
        r"can't set attribute",
        r"invalid load key, .{1,8}\.",
        r"pickle data was truncated",
        r"Ran out of input",
        r"maximum recursion depth exceeded.{0,40}",
        r"unregistered extension code \d+",
        r"A load persistent id instruction was encountered.{0,60}",
    )
]
_CUT = (
    (
        re.compile(rf"(Can't get attribute {_QUOTED} on )<(module {_QUOTED})(?: from .*)?>\Z"),
        r"\1\2",
    ),
    (
        re.compile(
            r"'([a-z0-9_-]{1,20})' codec can't decode bytes? .* in position (\d+).*\Z", re.DOTALL
        ),
        r"'\1' codec cannot decode what is at position \2",
    ),
    (re.compile(rf"(cannot import name {_QUOTED} from {_QUOTED}).*\Z"), r"\1"),
    (re.compile(rf".{{1,200}} is not a valid ({_NAME})\Z", re.DOTALL), r"it is not a valid \1"),
    (re.compile(r"'No time zone found with key .*\Z", re.DOTALL), r"there is no such time zone"),
)


def sentence(error: str, message: str) -> str:
    """Say what was raised.

    Args:
        error: The exception's full name.
        message: Its text, which may hold anything.
    """
    said = _said(message)
    return f"{error}: {said}" if said else error


def _said(message: str) -> str:
    for pattern in _PASS:
        if pattern.match(message):
            return message
    for pattern, kept in _CUT:
        match = pattern.match(message)
        if match:
            return match.expand(kept)
    return ""
