"""Leaving a failing server alone for a moment, so that callers do not queue up behind it."""

from __future__ import annotations

import time

from shelflife.errors import ServerError

_COUNT = frozenset({"refused", "timeout", "closed", "auth", "loading", "protocol"})
_SAYS_NOTHING = frozenset({"busy", "failing-fast"})


class Breaker:
    """Opens after so many failures in a row; then lets one call in each pause find out more.

    Only failures to talk count. A refusal, such as a full server's, shows that it answers.
    No lock: a race costs a call more or less to a server that is failing anyway.

    Args:
        failures: How many in a row.
        pause: How many seconds to leave the server alone.
    """

    def __init__(self, failures: int, pause: float) -> None:
        self._limit = failures
        self._pause = pause
        self._failures = 0
        self._ask_again_at = 0.0
        self._last = ""

    def admit(self) -> None:
        """Let a call pass.

        Raises:
            ServerError: `failing-fast` while the server is left alone.
        """
        if self._failures < self._limit:
            return
        now = time.monotonic()
        if now < self._ask_again_at:
            raise ServerError(
                "failing-fast",
                f"not asked, after {self._failures} failures in a row; the last was: {self._last}",
            )
        self._ask_again_at = now + self._pause  # this call tries; the others go on waiting

    def failed(self, error: ServerError) -> None:
        """Take note of how a call failed."""
        if error.kind in _COUNT:
            self._last = str(error)
            self._failures += 1
            self._ask_again_at = time.monotonic() + self._pause
        elif error.kind not in _SAYS_NOTHING:
            self._failures = 0

    def succeeded(self) -> None:
        """Take note that the server answered."""
        if self._failures:
            self._failures = 0
