"""A rehearsal that is interrupted ends all it started, and then reports what it saw.

Rules:
1. The first SIGINT or SIGTERM raises where the rehearsal is; it ends its processes on the way out.
2. Further ones are let pass until the block is left: they would leave processes behind.
3. Handlers are put back as they were. Outside of the main thread nothing is installed.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Optional

INTERRUPTED, ENDED = 130, 143
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def first_signal_only() -> Iterator[None]:
    """Hear one signal while the block runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def hear(number: int, _: Optional[FrameType]) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(ENDED)

    for number in _SIGNALS:
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def code_of(error: BaseException) -> int:
    """Give the exit code that a signal leads to."""
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else ENDED
