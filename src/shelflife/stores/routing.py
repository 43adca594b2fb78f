"""Which nodes of a cluster to ask for a command, and what to make of their answers: without I/O.

A routing is a generator: it yields a list of `Part`s, to be asked at the same time, and is sent a
list of their replies or `ServerError`s; or it yields `LookAgain`, and is sent None or the error.

Rules:
1. MOVED and ASK are followed, a bounded number of times. TRYAGAIN is asked again.
2. A node that cannot be reached was not asked: if another one holds the slot by now, that is.
3. A failing node does not spoil the keys of others: each key has its own reply or error.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, Optional, Union

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.cluster_view import ClusterView
from shelflife.stores.commands import Command, GetMany, PartialReply, Scan, SetMany, Unlink
from shelflife.stores.node_commands import Asking, GetEach, NodeCommand, UnlinkEach
from shelflife.stores.redirected import Redirected
from shelflife.stores.slots import slot_of

_ATTEMPTS = 6
_NOT_ASKED = frozenset({"refused", "failing-fast"})
_DOUBTFUL = _NOT_ASKED | {"timeout", "closed", "read-only", "loading"}


class Part(NamedTuple):
    """What to ask of one node."""

    node: Address
    command: NodeCommand


class LookAgain(NamedTuple):
    """Ask for the whole map, and keep it in the view."""


Routing = Generator[Union[list[Part], LookAgain], Any, Any]
_Stop = tuple[Address, bool]
"""A node, and whether to say ASKING."""
_Make = Callable[[list[int]], Union[Command, GetEach, UnlinkEach]]


def get_many(command: GetMany, view: ClusterView) -> Routing:
    """Carry out a `GetMany`; raises only if every key's node failed."""
    keys = command.keys
    make: _Make = lambda which: GetEach(tuple([keys[index] for index in which]))  # noqa: E731
    replies = yield from _each(keys, make, view)
    failed = [reply for reply in replies if isinstance(reply, ServerError)]
    if failed and len(failed) == len(replies):
        raise failed[0]
    return PartialReply(replies) if failed else replies


def set_many(command: SetMany, view: ClusterView) -> Routing:
    """Carry out a `SetMany`."""
    entries = command.entries
    keys = [key for key, _ in entries]
    make: _Make = lambda which: SetMany(tuple([entries[i] for i in which]), command.ttl)  # noqa: E731
    return (yield from _each(keys, make, view))


def unlink(command: Unlink, view: ClusterView) -> Routing:
    """Carry out an `Unlink` at every node; raises afterwards if one of them failed."""
    keys = command.keys
    make: _Make = lambda which: UnlinkEach(tuple([keys[index] for index in which]))  # noqa: E731
    replies = yield from _each(keys, make, view)
    for reply in replies:
        if isinstance(reply, ServerError):
            raise reply
    return sum(replies)


def single(command: Any, view: ClusterView) -> Routing:
    """Carry out a command that has one key."""
    slot = slot_of(command.key)
    yield from look_if_in_doubt(view)
    stop: Optional[_Stop] = (_holder(slot, view), False)
    reply: Any = None
    for _ in range(_ATTEMPTS):
        assert stop is not None, "the loop ends without one"
        (reply,) = yield [_part(stop, command)]
        stop = yield from _onward(reply, slot, stop, view)
        if stop is None:
            break
    if isinstance(reply, ServerError):
        raise _without_way(reply)
    return reply


def look_if_in_doubt(view: ClusterView) -> Routing:
    """Have a map, and one that is not in doubt if it can be helped.

    Raises:
        ServerError: If there is none.
    """
    if view.may_look():
        error = yield LookAgain()
        if view.slots is None:
            raise error


def _each(keys: Sequence[bytes], make: _Make, view: ClusterView) -> Routing:
    """Ask every key's node: -> a list of replies and errors in the order of the keys."""
    if not keys:
        return []
    yield from look_if_in_doubt(view)
    slots = [slot_of(key) for key in keys]
    replies: list[Any] = [None] * len(keys)
    todo = _by_node(slots, replies, view)
    for _ in range(_ATTEMPTS):
        if not todo:
            break
        answers = yield [_part(stop, make(which)) for stop, which in todo.items()]
        again: dict[_Stop, list[int]] = {}
        for (stop, which), answer in zip(todo.items(), answers):
            failed = isinstance(answer, ServerError)
            for index, reply in zip(which, [answer] * len(which) if failed else answer):
                replies[index] = reply
                onward = yield from _onward(reply, slots[index], stop, view)
                if onward is not None:
                    again.setdefault(onward, []).append(index)
        todo = again
    return [_without_way(reply) for reply in replies]


def _by_node(slots: list[int], replies: list[Any], view: ClusterView) -> dict[_Stop, list[int]]:
    """Give which of the keys are whose; a slot that is nobody's is an error at once."""
    found: dict[_Stop, list[int]] = {}
    for index, slot in enumerate(slots):
        try:
            found.setdefault((_holder(slot, view), False), []).append(index)
        except ServerError as error:
            replies[index] = error
    return found


def _holder(slot: int, view: ClusterView) -> Address:
    node = view.at(slot)
    if node is None:
        view.doubt()
        raise ServerError("loading", f"slot {slot} of the cluster is nobody's")
    return node


def _part(stop: _Stop, command: Union[Command, GetEach, UnlinkEach]) -> Part:
    node, is_asking = stop
    return Part(node, Asking(command) if is_asking else command)


def _onward(
    reply: Any, slot: int, stop: _Stop, view: ClusterView
) -> Generator[LookAgain, Any, Optional[_Stop]]:
    """Give where to go on for this reply; None if it is final."""
    if not isinstance(reply, ServerError):
        return None
    node = stop[0]
    if isinstance(reply, Redirected):
        if reply.kind == "moved":
            return view.moved(reply, node), False
        return node.at(reply.host or node.host, reply.port), True
    if reply.kind == "try-again":
        return stop
    if reply.kind in _DOUBTFUL:
        view.doubt()
    if reply.kind in _NOT_ASKED:
        if view.may_look():
            yield LookAgain()
        holder = view.at(slot)
        if holder is not None and holder != node:
            return holder, False
    return None


def _without_way(reply: Any) -> Any:
    """Give a reply; or, for a redirection too many, an error that is no advice on URLs."""
    if isinstance(reply, Redirected):
        return ServerError("try-again", f"slot {reply.slot} was sent around {_ATTEMPTS} times")
    return reply


_ROUTINGS: dict[type, Callable[[Any, ClusterView], Routing]] = {
    GetMany: get_many,
    SetMany: set_many,
    Unlink: unlink,
}


def route(command: Command, view: ClusterView) -> Routing:
    """Begin the routing of any command but `Scan`."""
    assert not isinstance(command, Scan), "it has no key, and walks from node to node"
    return _ROUTINGS.get(type(command), single)(command, view)
