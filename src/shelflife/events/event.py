"""One thing worth telling: passed to hooks, counted and logged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Callable, Optional


class EventKind(str, Enum):
    """What happened: a closed, stable list, fit for a metric's label."""

    UNREADABLE = "unreadable"
    """An entry was there and gave no value; `reason` is a `Reason`."""
    NOT_STORED = "not-stored"
    """A write stored nothing; `reason` is below-floor, not-portable, too-large or a server kind."""
    LOST_INVALIDATION = "lost-invalidation"
    """The server did not confirm a removal: an old value may live on. `reason` is a server kind."""
    SERVER_ERROR = "server-error"
    """The server failed or refused; `reason` is one of `ServerError.KINDS`."""
    PY2_MIXTURE = "py2-mixture"
    """A Python 2 entry held 8-bit strings of which some are UTF-8 and some are not."""
    PING_PONG = "ping-pong"
    """Two writers rewrite one key back and forth; `reason` is a `Reason`, `writer` the other."""
    FLEET = "fleet"
    """What the fleet says changed, or is not known; `reason` is one of `FLEET_REASONS`."""

    def __str__(self) -> str:
        return self.value


FLEET_REASONS = ("changed", "lapsed", "unreachable", "corrupt", "conflict", "uncounted")


@dataclass(frozen=True)
class Event:
    """What a hook is given. Holds no key, no value and no byte of an entry.

    Attributes:
        kind: What happened.
        operation: The method that met it: "get", "set_many", ...
        key_class: The pattern the key belongs to, such as `api:article:*`.
        reason: Why; which list it is from depends on the kind.
        detail: A sentence for people.
        dialect: Who wrote the entry, as far as its form says, or None.
        length: The entry's length in bytes, or None.
        writer: Release and runtime of the writer, if the entry names them.
        path: Where in a value that was not stored the culprit is: `value['author'].born`. It may
            quote keys of the value, and so is not part of the event's text, which gets logged.
    """

    kind: EventKind
    operation: str
    key_class: str
    reason: str
    detail: str = ""
    dialect: Optional[str] = None
    length: Optional[int] = None
    writer: Optional[str] = None
    path: Optional[str] = None

    def __str__(self) -> str:
        parts = [f"{self.kind} in {self.operation} of {self.key_class}: {self.reason}"]
        if self.detail:
            parts.append(self.detail)
        facts = [
            f"{name} {value}"
            for name, value in (
                ("dialect", self.dialect),
                ("bytes", self.length),
                ("written by", self.writer),
            )
            if value is not None
        ]
        return "; ".join(parts + facts)


Hook = Callable[[Event], None]
