"""A scan over all nodes of a cluster, one after another, that misses no key that stays.

Rules:
1. Before and after a round through the nodes, each is asked for its own slots: maps may be behind.
   Nodes that have gained some meanwhile, or are about to, are walked once more: their new keys
   may have been on neither node when it was walked.
2. A node that holds no slots any more by the time it fails is done with, by rule 1.
3. Keys may come twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Optional

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.cluster_view import ClusterView
from shelflife.stores.commands import Command, Scan
from shelflife.stores.node_commands import AskClaim, Claim
from shelflife.stores.routing import LookAgain, Part, Routing, route
from shelflife.stores.slots import SLOTS, SlotMap

_ROUNDS = 20
_ATTEMPTS = 5
_NOTHING = Claim(frozenset())

_Claims = dict[Address, Claim]


class Walk(NamedTuple):
    """A cursor: where to go on.

    Attributes:
        node: Whom to ask next.
        cursor: What the node said last; None to begin with.
        rest: Whom to ask after that.
        claims: Who had which slots when this round began.
        rounds: How many there have been before.
    """

    node: Address
    cursor: Optional[object]
    rest: tuple[Address, ...]
    claims: _Claims
    rounds: int


def begin(command: Command, view: ClusterView) -> Routing:
    """Begin the routing of any command."""
    return scan(command, view) if isinstance(command, Scan) else route(command, view)


def scan(command: Scan, view: ClusterView) -> Routing:
    """Carry out a `Scan`; its cursor is a `Walk`."""
    walk = command.cursor
    if walk is None:
        claims = yield from _ask_claims((), view)
        # What is on its way now still counts as gained at the end: its keys are yet to come.
        settled = {node: claim._replace(coming=frozenset()) for node, claim in claims.items()}
        walk = _walk(list(claims), settled, 0)
    assert isinstance(walk, Walk), "cursors come from our own replies"
    (reply,) = yield [Part(walk.node, command._replace(cursor=walk.cursor))]
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
    claims = yield from _ask_claims(walk.claims, view)
    gained = [node for node in claims if _has_gained(claims[node], walk.claims.get(node))]
    if not gained:
        return None
    if walk.rounds == _ROUNDS:
        raise ServerError("try-again", "slots keep moving: some keys may not have been seen")
    return _walk(gained, claims, walk.rounds + 1)


def _has_gained(now: Claim, before: Optional[Claim]) -> bool:
    before = _NOTHING if before is None else before
    taken_over = bool(now.slots) and now.epoch != before.epoch
    return taken_over or not now.slots | now.coming <= before.slots | before.coming


def _walk(nodes: list[Address], claims: _Claims, rounds: int) -> Walk:
    return Walk(nodes[0], None, tuple(nodes[1:]), claims, rounds)


def _ask_claims(known: Iterable[Address], view: ClusterView) -> Routing:
    """Ask every node for its own slots: -> who has which, until every slot is somebody's.

    Args:
        known: Nodes to ask besides those of the map.
        view: The store's.

    Raises:
        ServerError: If a primary does not answer, or the nodes do not agree for long.
    """
    for _ in range(_ATTEMPTS):
        slots = yield from _fresh_map(view)
        nodes = list(dict.fromkeys([*slots.primaries(), *known]))
        answers = yield [Part(node, AskClaim()) for node in nodes]
        claims: _Claims = {}
        for node, answer in zip(nodes, answers):
            _add(claims, node, _checked(answer, node, slots))
        if len(frozenset().union(*(claim.slots for claim in claims.values()))) == SLOTS:
            return claims
    raise ServerError("try-again", "the nodes of the cluster do not agree on who has which slots")


def _checked(answer: Any, node: Address, slots: SlotMap) -> Claim:
    """Give a node's claim; by the map, if it may not be asked."""
    if isinstance(answer, ServerError):
        if node in slots.primaries():
            raise answer
        return _NOTHING
    return Claim(slots.of(node)) if answer is None else answer


def _add(claims: _Claims, node: Address, claim: Claim) -> None:
    """Take note of a claim, and of the nodes that are about to have some of its slots."""
    before = claims.get(node, _NOTHING)
    claims[node] = claim._replace(coming=claim.coming | before.coming)
    for slot, host, port in claim.leaving:
        target = node.at(host or node.host, port)
        known = claims.get(target, _NOTHING)
        claims[target] = known._replace(coming=known.coming | {slot})


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
