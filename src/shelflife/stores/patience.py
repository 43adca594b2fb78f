"""How long one call of a cluster store may take, over however many nodes and redirections."""

from __future__ import annotations

import time
from dataclasses import replace

from shelflife.stores.limits import Limits


class Patience:
    """Counts down pool wait, connect timeout and read timeout together.

    Args:
        limits: A store's. The first step of a call has them whole, the next ones their share.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._whole = limits.pool_wait + limits.connect_timeout + limits.read_timeout
        self._deadline = time.monotonic() + self._whole
        self._is_new = True

    def left(self) -> float:
        """Give the seconds that are left."""
        return max(0.0, self._deadline - time.monotonic())

    def for_next_step(self) -> Limits:
        """Give limits that together are no longer than what is left."""
        if self._is_new:
            self._is_new = False
            return self._limits
        factor = max(self.left() / self._whole, 0.0001)  # a socket takes no timeout of zero
        return replace(
            self._limits,
            pool_wait=self._limits.pool_wait * factor,
            connect_timeout=self._limits.connect_timeout * factor,
            read_timeout=self._limits.read_timeout * factor,
        )
