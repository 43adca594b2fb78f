"""Following keys to where a cluster's node says they are: MOVED for good, ASK for this once."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any, Optional

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.limits import Limits
from shelflife.stores.pipelined import PipelinedConnection
from shelflife.stores.redirected import Redirected
from shelflife.stores.replies import ErrorReply, meaning
from shelflife.stores.request import Words

_ROUNDS = 6
_PAUSE = 0.05  # seconds, growing: two nodes name each other while a slot changes hands
_COMES = re.compile(r"\[(\d+)-<-")
_LEAVES = re.compile(r"\[(\d+)->-(\w+)")
_PLACE = re.compile(r"\w+ ([^ ]*):(\d+)@")
_RIGHT = "keys of a slot that is moving take the right to ASKING (+asking)"
_NO_TOUCH: Words = (b"CLIENT", b"NO-TOUCH", b"ON")


class Redirections:
    """Connections to the nodes that others name. Not to be shared by threads.

    Args:
        limits: Of the connections.

    Attributes:
        quiet: Whether the nodes are to leave the keys' ages alone.
        imported: Slots that were found on their way, and where to.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._connections: dict[Address, PipelinedConnection] = {}
        self.quiet = False
        self.imported: dict[int, Address] = {}

    def follow(self, asked: Address, request: Sequence[Words], replies: list[Any]) -> list[Any]:
        """Give the replies; those that name another node are asked for there.

        Args:
            asked: Who gave the replies.
            request: What each of them answers.
            replies: What came; one that still names another node after some rounds stays.

        Raises:
            ServerError: If such a node does not answer.
        """
        where = dict.fromkeys(range(len(replies)), asked)
        for attempt in range(_ROUNDS):
            leads = {
                place: lead
                for place in where
                if (lead := _lead(replies[place], where[place])) is not None
            }
            if not leads:
                break
            if attempt > 1:
                time.sleep(_PAUSE * attempt)
            for target in dict.fromkeys(leads.values()):
                places = [place for place, lead in leads.items() if lead == target]
                address, asking = target
                some = self._ask(address, [request[place] for place in places], asking=asking)
                for place, reply in zip(places, some):
                    self._note(replies[place], address)
                    replies[place] = reply
            where = {place: leads[place][0] for place in leads}
        return replies

    def interrupt(self) -> None:
        """Let a thread that waits for replies know that nobody wants them any more."""
        for connection in list(self._connections.values()):
            connection.interrupt()

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections = {}

    def _note(self, reply: ErrorReply, address: Address) -> None:
        error = meaning(reply)
        if isinstance(error, Redirected) and error.kind == "ask":
            self.imported[error.slot] = address

    def _ask(self, address: Address, request: Sequence[Words], *, asking: bool) -> list[Any]:
        connection = self._open(address)
        words: list[Words] = []
        for one in request:
            words += [(b"ASKING",), one] if asking else [one]
        try:
            connection.send(words, self._limits.read_timeout)
            replies = connection.receive(len(words), self._limits.read_timeout)
        except BaseException:
            self._connections.pop(address).close()
            raise
        if not asking:
            return replies
        if isinstance(replies[0], ErrorReply):
            raise ServerError("denied", f"{meaning(replies[0])} ({_RIGHT})")
        return replies[1::2]

    def _open(self, address: Address) -> PipelinedConnection:
        if address not in self._connections:
            connection = PipelinedConnection()
            connection.open(address, self._limits)
            if self.quiet:
                connection.send([_NO_TOUCH], self._limits.read_timeout)
                connection.receive(1, self._limits.read_timeout)
            self._connections[address] = connection
        return self._connections[address]


def _lead(reply: Any, asked: Address) -> Optional[tuple[Address, bool]]:
    """Give where a reply sends us, and whether only for this once."""
    if not (isinstance(reply, ErrorReply) and reply.code in {"MOVED", "ASK"}):
        return None
    error = meaning(reply)
    if not isinstance(error, Redirected):
        assert isinstance(error, ServerError), "no key was touched"
        raise error
    return asked.at(error.host or asked.host, error.port), error.kind == "ask"


def read_moves(lines: Sequence[str], asked: Address) -> dict[int, Address]:
    """Give the slots that come to a node or leave it, and where to, of a reply to CLUSTER NODES."""
    nodes = {line.split(" ", 1)[0]: line for line in lines if line}
    mine = next((line for line in lines if "myself" in line), "")
    moves = dict.fromkeys(map(int, _COMES.findall(mine)), asked)
    for slot, name in _LEAVES.findall(mine):
        said = _PLACE.match(nodes.get(name, ""))
        if said is not None:
            moves[int(slot)] = asked.at(said[1] or asked.host, int(said[2]))
    return moves
