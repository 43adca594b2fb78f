"""What a store remembers of where a service's primary is, and when it asks the sentinels again.

Rules:
1. A fresh connection asks, unless somebody has just done so and nothing has failed since.
2. Where no sentinel answers, the last address is tried, if it can say that it is the primary.
3. A server that says it is a replica is left alone: a demoted primary takes no writes of ours.
"""

from __future__ import annotations

import time
from typing import Any, Optional

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.limits import Limits
from shelflife.stores.replies import ErrorReply, denies_command, meaning

ROLE = (b"ROLE",)

_FRESH = 1.0  # seconds
_SHARE = 0.6  # of the connect timeout, for asking the sentinels
_DOUBTFUL = frozenset({"refused", "timeout", "closed", "read-only", "loading", "failing-fast"})


class Whereabouts:
    """Where the primary is, by what was last heard.

    Attributes:
        place: Its address, if it is known.
    """

    place: Optional[Address] = None

    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._role_is_denied = False

    def known(self) -> Optional[Address]:
        """Give the address, if it was heard just now."""
        return self.place if time.monotonic() - self._asked_at < _FRESH else None

    def heard(self, address: Address) -> Address:
        """Take note of what a sentinel said; give the address as it is kept."""
        self._asked_at = time.monotonic()
        if self.place is None or self.place != address:
            self.place = address
        return self.place

    def fall_back(self, error: ServerError) -> Address:
        """Give the address to try although nobody could say.

        Raises:
            ServerError: If there is none to be trusted.
        """
        if self.place is None or self._role_is_denied:
            raise error
        return self.place

    def failed(self, error: ServerError) -> None:
        """Take note of how a call failed: the primary may be another by now."""
        if error.kind in _DOUBTFUL:
            self._asked_at = float("-inf")

    def check_role(self, reply: Any) -> None:
        """See whether a server takes itself for the primary, where it may be asked.

        Raises:
            ServerError: If not.
        """
        if denies_command(reply, "role"):
            self._role_is_denied = True
            return
        if isinstance(reply, ErrorReply):
            error = meaning(reply)
            assert isinstance(error, ServerError), "no key was touched"
            raise error
        if reply[:1] != [b"master"]:
            raise ServerError("read-only", "the sentinels name a server that is a replica now")


def time_to_ask(limits: Limits) -> float:
    """Give the seconds that asking the sentinels may take, of the time to connect."""
    return limits.connect_timeout * _SHARE
