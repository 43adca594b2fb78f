"""What a rehearsal is told besides its plan, and whom it tells how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Optional, Protocol


class Settings(NamedTuple):
    """What the command line says.

    Attributes:
        seed: Instead of the plan's.
        inject: Besides the plan's.
        seed_entries: Instead of the plan's.
        against: The document of an audit of the production cache, and the name of its file.
        show_keys: Whether keys may be shown.
        keep_logs: Where the logs of the services are kept; None if they are thrown away.
        version: shelflife's own.
    """

    seed: Optional[int] = None
    inject: tuple[str, ...] = ()
    seed_entries: Optional[Path] = None
    against: Optional[tuple[str, Mapping[str, Any]]] = None
    show_keys: bool = False
    keep_logs: Optional[Path] = None
    version: str = ""


class Progress(Protocol):
    """Is told how far the rehearsal is."""

    def phase(self, name: str, total: int) -> None:
        """A phase begins, with so many requests."""

    def advance(self, bad: bool) -> None:
        """A request was answered; whether that speaks against the deploy."""

    def say(self, text: str) -> None:
        """What is being done meanwhile."""
