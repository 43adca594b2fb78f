"""Rehearses a plan in this process, on private servers, and gives the document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Optional

from shelflife.rehearse.document import rehearsal_document
from shelflife.rehearse.plan import read_plan
from shelflife.rehearse.rehearsal import Rehearsal
from shelflife.rehearse.settings import Settings
from shelflife.testing import PrivateServer


class _Cache(NamedTuple):
    url: str
    shown: str = "a private server"
    private: bool = True


class _Silent:
    def phase(self, name: str, total: int) -> None:
        """Nobody looks."""

    def advance(self, bad: bool) -> None:
        """Nobody looks."""

    def say(self, text: str) -> None:
        """Nobody listens."""


def rehearse(plan: Path, program: Optional[str] = None) -> dict[str, Any]:
    """Give the document of a rehearsal."""

    @contextmanager
    def open_cache(seed: Optional[Path], shared: bool) -> Iterator[_Cache]:
        with PrivateServer(program=program) as server:
            yield _Cache(server.url)

    outcome = Rehearsal(read_plan(plan), Settings(), open_cache, _Silent()).run()
    return rehearsal_document(outcome, "")
