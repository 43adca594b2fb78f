"""Asking again after failures that pass: a lost connection, a takeover, a restart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from shelflife.errors import ServerError
from shelflife.live.members import PASSING
from shelflife.stores.inspection import Inspector

_PAUSES = (0.2, 1.0, 3.0)  # seconds before each attempt to connect again
_TAKEOVER = (0.2, 1.0, 1.0, 2.0, 3.0, 5.0, 10.0, 10.0, 20.0)  # the same where another takes over
_T = TypeVar("_T")


class RestartedError(Exception):
    """The server has been started again, or may have been, after this error."""

    def __init__(self, error: ServerError) -> None:
        super().__init__(error)
        self.error = error


class Persistence:
    """Insists on answers of one run of a server.

    Args:
        inspector: Asks it.

    Attributes:
        run_id: That run; after a `RestartedError` the new one.
    """

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector
        self._ended = threading.Event()
        self.run_id = inspector.facts().run_id

    def end(self) -> None:
        """Insist no more: for another thread."""
        self._ended.set()
        self._inspector.interrupt()

    def insist(self, attempt: Callable[[], _T]) -> _T:
        """Do it; after failures that pass connect again, and do it again, a few times.

        Raises:
            RestartedError: The server is not the same run any more.
            ServerError: It did not come back, or the failure is not one that passes.
        """
        pauses = self._pauses()
        while True:
            try:
                return attempt()
            except ServerError as error:
                run_id = self._come_back(error, pauses)
                if run_id != self.run_id or not run_id:
                    self.run_id = run_id
                    raise RestartedError(error) from None

    def insist_on_any(self, attempt: Callable[[], _T]) -> _T:
        """As `insist`, whatever run of the server, or which other one, answers in the end."""
        pauses = self._pauses()
        while True:
            try:
                return attempt()
            except ServerError as error:
                self._come_back(error, pauses)

    def _pauses(self) -> Iterator[float]:
        return iter(_TAKEOVER if self._inspector.shard.fails_over else _PAUSES)

    def _come_back(self, error: ServerError, pauses: Iterator[float]) -> str:
        """Connect again; give the run that answers."""
        if error.kind not in PASSING:
            raise error
        for pause in pauses:
            if self._ended.wait(pause):
                break
            try:
                self._inspector.connect()
                return self._inspector.facts().run_id
            except ServerError:
                continue
        raise error
