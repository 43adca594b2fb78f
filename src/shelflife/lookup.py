"""What a read gives: a `Hit`, or a `Miss` that says why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Optional, Union


class Reason(str, Enum):
    """Why a read was a miss: a closed, stable list, fit for a metric's label.

    Members compare equal to their value, so `miss.reason == "corrupt"` is true as well.
    """

    ABSENT = "absent"
    FOREIGN = "foreign"
    NEWER_FORMAT = "newer-format"
    UNKNOWN_CODEC = "unknown-codec"
    CORRUPT = "corrupt"
    PROTOCOL = "protocol"
    PY2_BYTES = "py2-bytes"
    MISSING_NAME = "missing-name"
    REJECTED_NAME = "rejected-name"
    OVER_BUDGET = "over-budget"
    LOAD_ERROR = "load-error"
    SCHEMA = "schema"
    WRONG_TYPE = "wrong-type"
    TOO_LARGE = "too-large"
    UNAVAILABLE = "unavailable"
    """The server, not the entry, failed (`docs/decisions/0001-unavailable-is-a-reason.md`)."""

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Hit:
    """An entry that was read.

    Attributes:
        value: The cached value; it may well be None.
        dialect: Who wrote the entry: "shelflife", "counter", or the name of a foreign dialect.
        writer: Release and runtime of the writer, if the entry names them.
        written_at: Seconds since the epoch, if the entry says so.
        fresh_until: Seconds since the epoch, if the entry says so. A hint; the server expires.
        cost: Seconds that computing the value took, if the entry says so.
    """

    value: Any
    dialect: str = "shelflife"
    writer: Optional[str] = None
    written_at: Optional[float] = None
    fresh_until: Optional[float] = None
    cost: Optional[float] = None


@dataclass(frozen=True)
class Miss:
    """No value, and why.

    Attributes:
        reason: One of the closed list.
        detail: A sentence for people. Holds no key, value or raw byte of the entry.
        writer: Release and runtime of the writer, if the entry names them.
    """

    reason: Reason
    detail: str = ""
    writer: Optional[str] = None


Outcome = Union[Hit, Miss]

ABSENT = Miss(Reason.ABSENT, "no entry under this key")
