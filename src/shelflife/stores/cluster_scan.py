"""A scan over all nodes of a cluster, one after another, that misses no key that stays.

Rules:
1. The cursor holds the map by which the walk began. At its end the map is asked for again, and
   nodes that have gained slots, or are about to, are walked once more: their new keys may have been
   on neither node when it was walked.
2. A node that holds no slots any more by the time it fails is done with, by rule 1.
3. Keys may come twice.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.cluster_view import ClusterView
from shelflife.stores.commands import Command, Scan
from shelflife.stores.node_commands import ImportsSlots
from shelflife.stores.routing import LookAgain, Part, Routing, route
from shelflife.stores.slots import SlotMap

_ROUNDS = 10


class Walk(NamedTuple):
    """A cursor: where to go on.

    Attributes:
        node: Whom to ask next.
        cursor: What the node said last; None to begin with.
        rest: Whom to ask after that.
        slots: Who held which slot when this round began.
        rounds: How many there have been before.
    """

    node: Address
    cursor: Optional[object]
    rest: tuple[Address, ...]
    slots: SlotMap
    rounds: int


def begin(command: Command, view: ClusterView) -> Routing:
    """Begin the routing of any command."""
    return scan(command, view) if isinstance(command, Scan) else route(command, view)


def scan(command: Scan, view: ClusterView) -> Routing:
    """Carry out a `Scan`; its cursor is a `Walk`."""
    walk = command.cursor
    if walk is None:
        slots = yield from _fresh_map(view)
        walk = _walk(slots.primaries(), slots, 0)
    assert isinstance(walk, Walk), "cursors come from our own replies"
    (reply,) = yield [Part(walk.node, Scan(command.prefix, walk.cursor))]
    if isinstance(reply, ServerError):
        slots = yield from _fresh_map(view)
        if walk.node in slots.primaries():
            raise reply
        reply = None, []
    cursor, keys = reply
    if cursor is not None:
        return walk._replace(cursor=cursor), keys
    if walk.rest:
        return walk._replace(node=walk.rest[0], cursor=None, rest=walk.rest[1:]), keys
    return (yield from _next_round(walk, view)), keys


def _next_round(walk: Walk, view: ClusterView) -> Routing:
    """Give the walk through nodes that have gained slots meanwhile; None if there are none."""
    slots = yield from _fresh_map(view)
    nodes = slots.primaries()
    gained = [node for node in nodes if slots.of(node) - walk.slots.of(node)]
    if walk.rounds == 0:
        answers = yield [Part(node, ImportsSlots()) for node in nodes]
        gained += [node for node, answer in zip(nodes, answers) if _confirmed(answer)]
    if not gained:
        return None
    if walk.rounds == _ROUNDS:
        raise ServerError("try-again", "slots keep moving: some keys may not have been seen")
    return _walk(list(dict.fromkeys(gained)), slots, walk.rounds + 1)


def _walk(nodes: list[Address], slots: SlotMap, rounds: int) -> Walk:
    return Walk(nodes[0], None, tuple(nodes[1:]), slots, rounds)


def _fresh_map(view: ClusterView) -> Routing:
    error = yield LookAgain()
    if error is not None:
        raise error
    slots = view.slots
    assert slots is not None, "it was looked for without error"
    missing = slots.uncovered()
    if missing:
        raise ServerError("loading", f"{missing} slots of the cluster are nobody's")
    return slots


def _confirmed(answer: Any) -> bool:
    if isinstance(answer, ServerError):
        raise answer
    return bool(answer)
