"""What cluster stores ask of one node, besides the commands everybody knows: plain data, no I/O.

A command for many keys becomes one for each node, and there one for each key: keys of one node are
in many slots, and a command may have keys of one slot only.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Union

from shelflife.stores.commands import Command


class GetEach(NamedTuple):
    """-> a list in the order of the keys: entry, None, or the `ServerError` of that one."""

    keys: tuple[bytes, ...]


class UnlinkEach(NamedTuple):
    """-> a list in the order of the keys: how many were there, or the `ServerError` of that one."""

    keys: tuple[bytes, ...]


class Claim(NamedTuple):
    """What a node says of its own slots.

    Attributes:
        slots: Those it holds.
        coming: Those that are on their way to it.
        leaving: Those that are on their way to another: (slot, host, port).
        epoch: Changes whenever it takes over slots from another; None if it does not say.
    """

    slots: frozenset[int]
    coming: frozenset[int] = frozenset()
    leaving: tuple[tuple[int, str, int], ...] = ()
    epoch: Optional[int] = None


class AskClaim(NamedTuple):
    """-> the node's `Claim`; None if it may not be asked."""


class Asking(NamedTuple):
    """-> the command's own reply, from a node that does not hold its keys' slot yet."""

    command: Union[Command, GetEach, UnlinkEach]


NodeCommand = Union[Command, GetEach, UnlinkEach, AskClaim, Asking]
