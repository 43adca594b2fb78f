"""The Python interpreters of the demo: named ones, or the first one of the versions it can use."""

from __future__ import annotations

from typing import Optional

from shelflife.runtimes.interpreters import Interpreter, find_named, find_series

OLD_VERSIONS = ("2.7",)
# The oldest client library of these that still runs ends with 3.9.
PORT_VERSIONS = ("3.8", "3.7", "3.6", "3.9")


class CannotRun(Exception):
    """The demo cannot run as it was asked to; the message says why and what to do."""


class NotHere(Exception):
    """What a live run needs is not on this machine; recorded bytes can be replayed instead."""


def find(versions: tuple[str, ...], named: Optional[str], option: str) -> Interpreter:
    """Give the named interpreter, or else the first one found of these versions.

    Raises:
        CannotRun: If the named one is no Python, or of another version.
        NotHere: If none was named and none was found.
    """
    if named is not None:
        return _check(named, versions, option)
    for version in versions:
        found = find_series(version)
        if found is not None:
            return found
    raise NotHere(f"no Python {versions[0]} on PATH, in pyenv or in uv (name one with {option})")


def _check(named: str, versions: tuple[str, ...], option: str) -> Interpreter:
    found = find_named(named)
    if found is None:
        raise CannotRun(f"{option} {named}: no Python interpreter there")
    if found.series not in versions:
        wanted = " or ".join(sorted(versions))
        raise CannotRun(
            f"{option} {named}: is Python {found.version}, but this part needs {wanted}"
        )
    return found
