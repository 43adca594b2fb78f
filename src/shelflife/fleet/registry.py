"""The registry of a fleet: one hash of the server that the cache is on.

Rules:
1. It is one key, so it is lost as a whole, and in one slot of a cluster. A lost one is an empty
   one: nothing is committed.
2. A field that is not believed and may stand for a reader, a floor or a hold makes the whole
   registry doubtful, for as long as it is there: who reads is not known.
3. A field of no known kind is reported, and else ignored.
4. `version` changes with all that may lower the floor, and with all that the command line changes.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional, Union

from shelflife.errors import ConfigurationError
from shelflife.fleet.framing import BadRecord, unframe
from shelflife.fleet.records import Commit, Declared, Hold, Member, Pin, Remembered
from shelflife.stores.commands import HashContent, WrongType

MOST_FIELDS = 20_000
VERSION_FIELD, FLOOR_FIELD, HOLD_FIELD = b"version", b"floor", b"hold"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KINDS: dict[str, Any] = {
    "member": Member,
    "pin": Pin,
    "declare": Declared,
    "release": Remembered,
}
_SINGLE: dict[str, Any] = {"floor": Commit, "hold": Hold}


def registry_key(fleet: str) -> bytes:
    """Give the key of a fleet's registry.

    Raises:
        ConfigurationError: If that is no name of a fleet.
    """
    if not isinstance(fleet, str) or not _NAME.fullmatch(fleet):
        raise ConfigurationError(
            "the name of a fleet is up to 64 letters, digits, dots, dashes and underscores, such "
            'as fleet="api"'
        )
    return b"shelflife:fleet:{%s}" % fleet.encode()


def field_of(kind: str, name: str) -> bytes:
    """Give the field of a member, a pin, a declared reader or a remembered release."""
    return f"{kind}:{name}".encode()


def new_version() -> bytes:
    """Give a version that there has never been."""
    return secrets.token_hex(8).encode()


class Problem(NamedTuple):
    """A field that is not believed.

    Attributes:
        field: Its name, as far as it can be shown.
        why: "corrupt", "newer", or "unknown" for a kind that this release does not know.
    """

    field: str
    why: str


@dataclass(frozen=True)
class Registry:
    """What the registry said when it was read."""

    members: dict[str, Member] = field(default_factory=dict)
    pins: dict[str, Pin] = field(default_factory=dict)
    declared: dict[str, Declared] = field(default_factory=dict)
    remembered: dict[str, Remembered] = field(default_factory=dict)
    commit: Optional[Commit] = None
    hold: Optional[Hold] = None
    version: Optional[bytes] = None
    problems: tuple[Problem, ...] = ()
    now: Optional[float] = None
    raw_names: dict[str, bytes] = field(default_factory=dict, compare=False)  # as problems show

    @property
    def is_doubtful(self) -> bool:
        """Whether a reader, a floor or a hold may be behind what is not believed.

        A release that was seen once and has gone is no reader.
        """
        return any(
            problem.why != "unknown" and not problem.field.startswith("release:")
            for problem in self.problems
        )


_DOUBTFUL = Registry(problems=(Problem("(the key)", "corrupt"),))


def read_registry(content: Union[HashContent, WrongType]) -> Registry:
    """Make sense of a registry, as far as there is any."""
    if isinstance(content, WrongType) or content.size > MOST_FIELDS:
        return _DOUBTFUL
    found: dict[str, dict[str, Any]] = {kind: {} for kind in (*_KINDS, *_SINGLE)}
    problems = []
    raw_names = {}
    for name, value in content.fields.items():
        if name == VERSION_FIELD:
            continue
        kind, _, rest = name.decode("utf-8", "replace").partition(":")
        known = _KINDS.get(kind) if rest else _SINGLE.get(kind)
        if known is None:
            problems.append(Problem(_shown(name), "unknown"))
            continue
        try:
            found[kind][rest] = known.of(unframe(value))
        except BadRecord as error:
            problems.append(Problem(_shown(name), error.why))
            raw_names[_shown(name)] = name
    return Registry(
        found["member"],
        found["pin"],
        found["declare"],
        found["release"],
        found["floor"].get(""),
        found["hold"].get(""),
        content.fields.get(VERSION_FIELD),
        tuple(sorted(problems)),
        content.now,
        raw_names,
    )


def _shown(name: bytes) -> str:
    text = name[:200].decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "?" for char in text)
