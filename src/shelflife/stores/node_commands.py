"""What cluster stores ask of one node, besides the commands everybody knows: plain data, no I/O.

A command for many keys becomes one for each node, and there one for each key: keys of one node are
in many slots, and a command may have keys of one slot only.
"""

from __future__ import annotations

from typing import NamedTuple, Union

from shelflife.stores.commands import Command


class GetEach(NamedTuple):
    """-> a list in the order of the keys: entry, None, or the `ServerError` of that one."""

    keys: tuple[bytes, ...]


class UnlinkEach(NamedTuple):
    """-> a list in the order of the keys: how many were there, or the `ServerError` of that one."""

    keys: tuple[bytes, ...]


class ImportsSlots(NamedTuple):
    """-> whether a slot is on its way to the node; False if it may not be asked."""


class Asking(NamedTuple):
    """-> the command's own reply, from a node that does not hold its keys' slot yet."""

    command: Union[Command, GetEach, UnlinkEach]


NodeCommand = Union[Command, GetEach, UnlinkEach, ImportsSlots, Asking]
