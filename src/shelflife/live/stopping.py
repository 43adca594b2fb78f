"""Being asked to stop or to wait, by signals.

Rules:
1. SIGINT and SIGTERM ask to stop when the batch at hand is through; a second one interrupts it.
2. SIGUSR1 asks to pause, SIGUSR2 to go on. Where a system has no such signals, the pause file does.
3. Handlers are put back as they were. Outside of the main thread nothing is installed.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Optional


class Stopped(Exception):
    """It was asked to stop, and nothing is half done; the message says how to go on."""


class Stopping:
    """Whether to stop, or to pause. A context manager: it hears signals inside the block.

    Attributes:
        asked: Whether to stop.
        paused: Whether to pause.
    """

    def __init__(self) -> None:
        self.asked = False
        self.paused = False
        self._before: dict[int, Any] = {}

    def ask(self) -> None:
        """Ask to stop, as a first SIGINT does."""
        self.asked = True

    def check(self) -> None:
        """Stop here, if that was asked for.

        Raises:
            Stopped: It was.
        """
        if self.asked:
            raise Stopped("stopped when it was asked to; nothing is half done")

    def __enter__(self) -> Stopping:
        if threading.current_thread() is threading.main_thread():
            for name, handler in (
                ("SIGINT", self._stop),
                ("SIGTERM", self._stop),
                ("SIGUSR1", self._pause),
                ("SIGUSR2", self._go_on),
            ):
                number = getattr(signal, name, None)
                if number is not None:
                    self._before[number] = signal.signal(number, handler)
        return self

    def __exit__(self, *_: object) -> None:
        while self._before:
            number, handler = self._before.popitem()
            # None: it was not set by Python, and cannot be set again by it either.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _stop(self, _number: int, _frame: Optional[FrameType]) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def _pause(self, _number: int, _frame: Optional[FrameType]) -> None:
        self.paused = True

    def _go_on(self, _number: int, _frame: Optional[FrameType]) -> None:
        self.paused = False
