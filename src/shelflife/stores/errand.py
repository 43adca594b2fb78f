"""A command on its way to one node and back, in steps, so that several can be under way at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from shelflife.stores.connection_sync import Connection
from shelflife.stores.limits import Limits
from shelflife.stores.node_commands import NodeCommand
from shelflife.stores.request import Conversation, Request


@dataclass
class Errand:
    """Filled in by a `RedisStore`: `take`, then `send`, then `receive`.

    Attributes:
        command: What to ask.
        limits: Within which time.
        connection: Where, while it is under way; dropping the errand closes it.
        conversation: What is said.
        request: What has been said and not been answered.
        outcome: The reply, or the `ServerError`, once it is over.
        is_over: Whether it is.
    """

    command: NodeCommand
    limits: Limits
    connection: Optional[Connection] = None
    conversation: Optional[Conversation] = None
    request: Optional[Request] = None
    outcome: Any = None
    is_over: bool = False

    def end(self, outcome: Any) -> None:
        """Take note of how it went."""
        self.connection = None
        self.outcome = outcome
        self.is_over = True

    def fileno(self) -> int:
        """Give the descriptor to wait at, below 0 if there is none."""
        return -1 if self.connection is None else self.connection.fileno()

    def left(self) -> float:
        """Give the seconds until its deadline."""
        return 0.0 if self.connection is None else self.connection.left()
