"""Threads that work side by side and end together: the first error, or a signal, ends them all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

_GLANCE = 0.2  # seconds: a signal is seen that often


class Crew:
    """Some threads.

    Attributes:
        ends: Set when all are to end; whoever works looks at it, and waits with it.
    """

    def __init__(self) -> None:
        self.ends = threading.Event()
        self._errors: list[BaseException] = []

    def run(self, works: Iterable[Callable[[], None]]) -> None:
        """Have all of it done, each in a thread of its own, and wait for the end.

        Raises:
            BaseException: The first that any of them raised, or that came while it waited.
        """
        threads = [threading.Thread(target=self._do, args=(work,), daemon=True) for work in works]
        started = []
        try:
            for thread in threads:
                thread.start()
                started.append(thread)
            for thread in started:
                while thread.is_alive():
                    thread.join(_GLANCE)
        finally:
            self.ends.set()
            for thread in started:
                thread.join()
        if self._errors:
            raise self._errors[0]

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed over to whoever waits
            self._errors.append(error)
            self.ends.set()
