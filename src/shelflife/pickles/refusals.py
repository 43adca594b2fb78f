"""The refusals of the machine, each with its reason."""

from __future__ import annotations

from shelflife.errors import Unreadable
from shelflife.lookup import Reason

_SHOWN = 120


def corrupt(detail: str, offset: int) -> Unreadable:
    """The bytes are no pickle, or are damaged at this offset."""
    return Unreadable(Reason.CORRUPT, f"{detail} at offset {offset}")


def over_budget(what: str) -> Unreadable:
    """Reading on would take too much time or memory."""
    return Unreadable(Reason.OVER_BUDGET, f"the pickle goes over its budget of {what}")


def load_error(detail: str) -> Unreadable:
    """The value cannot be built."""
    return Unreadable(Reason.LOAD_ERROR, detail)


def failed(name: str, error: BaseException) -> Unreadable:
    """A constructor raised; its message may hold the value, so only its type is told."""
    return load_error(f"{shown(name)}: {type(error).__name__}")


def rejected(name: str, why: str = "is not on the allow list") -> Unreadable:
    """A name that the pickle may not refer to."""
    return Unreadable(Reason.REJECTED_NAME, f"{shown(name)} {why}")


def missing(name: str) -> Unreadable:
    """A name that is allowed and does not exist here."""
    return Unreadable(Reason.MISSING_NAME, f"{shown(name)} does not exist here")


def shown(name: str) -> str:
    """Make a name that came from a pickle fit for a log line."""
    plain = ascii(name)[1:-1]
    return plain if len(plain) <= _SHOWN else plain[:_SHOWN] + "..."
