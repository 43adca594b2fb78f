"""The parts of a `Policy` as users give them: every one is known and checked, when it is said."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from shelflife.errors import ConfigurationError
from shelflife.http.facts import Policy
from shelflife.http.stored import is_name
from shelflife.operations import milliseconds

POLICY = frozenset(field.name for field in fields(Policy))
_SWITCHES = ("set_cookie", "authorization", "sessions", "obey_requests", "announce", "mark")


def with_options(before: Policy, options: Mapping[str, Any]) -> Policy:
    """Give a policy with some of its parts said anew.

    Raises:
        ConfigurationError: If a part is unknown, or of a kind that cannot work.
    """
    said = dict(options)
    for name in said:
        if name not in POLICY:
            raise ConfigurationError(unknown(name, POLICY))
    if "vary" in said:
        said["vary"] = tuple(name.lower() for name in _names(said["vary"]))
    if "statuses" in said:
        said["statuses"] = _statuses(said["statuses"])
    if "ttl" in said:
        milliseconds(said["ttl"])
    _check_kinds(said)
    return replace(before, **said)


def without_parentheses(example: str) -> ConfigurationError:
    """Give the error for a decorator that was put on a function as it is, or given no names."""
    options = example.replace("()", "(ttl=60)")
    return ConfigurationError(f"write {example} with parentheses, and options by name: {options}")


def unknown(name: str, known: Iterable[str]) -> str:
    """Say that there is no such option, and which is nearest."""
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
    return f"there is no option {name}; {hint}"


def _check_kinds(said: Mapping[str, Any]) -> None:
    for name in _SWITCHES:
        if not isinstance(said.get(name, False), bool):
            raise ConfigurationError(f"{name} takes True or False")
    streams = said.get("streams")
    if streams is not None and (type(streams) is not int or streams < 1):
        raise ConfigurationError("streams takes a number of bytes above 0, or None")


def _statuses(given: Any) -> frozenset[int]:
    statuses: frozenset[Any] = frozenset(given if isinstance(given, Iterable) else [None])
    if not all(type(status) is int for status in statuses):
        raise ConfigurationError("statuses takes the codes that are cached, such as {200, 404}")
    return statuses


def _names(given: Any) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
    if not all(isinstance(name, str) and is_name(name) and name != "*" for name in names):
        raise ConfigurationError(
            'vary takes names of request headers, such as ["accept", "origin"]'
        )
    return names
