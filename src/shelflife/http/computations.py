"""The responses that this process computes: which of them are forgotten before they are stored.

Rules:
1. A response whose page is forgotten while it is computed may be older than what it was forgotten
   for: it is sent to whoever asked before, but neither kept nor shared.
2. Only this process is known. What others compute at that moment is kept when it is done.
3. Names are compared, not caches: what is told of the same name elsewhere costs a computation.
4. No lock, which a fork could find held: each step here is one step for all threads.
"""

from __future__ import annotations

from types import TracebackType
from typing import Optional


class Computation:
    """One response that is being computed, from `begin` to `end`.

    Args:
        name: The key of its page, as the server knows it.
    """

    def __init__(self, name: bytes) -> None:
        self._name = name
        self._is_forgotten = False

    def begin(self) -> Computation:
        """Be told if the page is forgotten, from now on."""
        _going_on[self] = self._name
        return self

    def forget(self) -> None:
        """Tell it that the page is forgotten."""
        self._is_forgotten = True

    def is_forgotten(self) -> bool:
        """Whether the page was forgotten since it began."""
        return self._is_forgotten

    def end(self) -> None:
        """Be told no more."""
        _going_on.pop(self, None)

    __enter__ = begin

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.end()


class Stored:
    """Stands for the response that was stored last: one object for each."""


def last_stored() -> Stored:
    """Give an object that is another one once this process has stored a further response."""
    return _last[0]


def note_stored() -> None:
    """Tell those who have found nothing that it may be there by now."""
    _last[0] = Stored()


def note_forgotten(name: bytes) -> None:
    """Tell those who compute a page; before it is removed from the server."""
    for computation, its_name in list(_going_on.items()):
        if its_name == name:
            computation.forget()


_going_on: dict[Computation, bytes] = {}
_last = [Stored()]
