"""Whom to ask where the servers are, and what the answers mean: written once, without I/O.

An inquiry is a generator: it yields a `Question`, is sent the reply or has the `ServerError` thrown
in, and returns what it found out. Blocking and asyncio topologies drive it alike.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple, Optional

from shelflife.errors import ServerError
from shelflife.stores import policy
from shelflife.stores.address import Address
from shelflife.stores.replies import ErrorReply, meaning
from shelflife.stores.request import Words
from shelflife.stores.slots import SlotMap, SlotRange
from shelflife.stores.topology_urls import SentinelPlaces

_CLUSTER_RIGHT = "to find a cluster's nodes takes the right to CLUSTER SLOTS (+cluster|slots)"
_SENTINEL_RIGHT = "to find the primary takes the right to SENTINEL GET-MASTER-ADDR-BY-NAME"
_NO_CLUSTER = "it is no node of a cluster: use a redis:// URL"
_NO_SENTINEL = "it is no sentinel: use a redis:// URL, or name the sentinels' ports"


class Question(NamedTuple):
    """What to ask, and whom.

    Attributes:
        address: Whom.
        words: What.
        left: How many may still have to be asked, this one included: they share the time.
    """

    address: Address
    words: Words
    left: int


class Sentinelled(NamedTuple):
    """What a sentinel said.

    Attributes:
        primary: Where the service's primary is.
        sentinel: Who said so.
    """

    primary: Address
    sentinel: Address


class Mapped(NamedTuple):
    """What a node of a cluster said.

    Attributes:
        slots: Who holds which slot.
        node: Who said so.
    """

    slots: SlotMap
    node: Address


Inquiry = Generator[Question, Any, Any]


def ask_sentinels(places: SentinelPlaces, sentinels: Sequence[Address]) -> Inquiry:
    """Ask one sentinel after another: -> `Sentinelled`.

    Raises:
        ServerError: If none of them knows.
    """
    words: Words = (b"SENTINEL", b"GET-MASTER-ADDR-BY-NAME", places.service.encode())
    failures: list[ServerError] = []
    strangers = 0
    for number, sentinel in enumerate(sentinels):
        try:
            reply = yield Question(sentinel, words, len(sentinels) - number)
            where = _read_primary(reply)
        except ServerError as error:
            failures.append(error)
            continue
        if where is not None:
            return Sentinelled(places.server.at(*where), sentinel)
        strangers += 1
    if strangers:
        raise ServerError(
            "refused", f"no sentinel that answers ({strangers}) knows a service of that name"
        )
    raise _in_short("sentinel", failures)


def ask_nodes(nodes: Sequence[Address]) -> Inquiry:
    """Ask one node after another for the whole map: -> `Mapped`.

    Raises:
        ServerError: If none of them knows.
    """
    failures: list[ServerError] = []
    for number, node in enumerate(nodes):
        try:
            reply = yield Question(node, (b"CLUSTER", b"SLOTS"), len(nodes) - number)
            slots = read_slots(reply, node)
        except ServerError as error:
            failures.append(error)
            continue
        if slots.ranges:
            return Mapped(slots, node)
        failures.append(ServerError("loading", "the cluster's slots are nobody's yet"))
    raise _in_short("node", failures)


def read_slots(reply: Any, asked: Address) -> SlotMap:
    """Give what a reply to CLUSTER SLOTS says; what names no host is the node that was asked.

    Raises:
        ServerError: If it is an error, or makes no sense.
    """
    _check(reply, _CLUSTER_RIGHT, _NO_CLUSTER)
    try:
        return SlotMap(_read_range(line, asked) for line in reply)
    except (TypeError, ValueError, IndexError, AttributeError, UnicodeError):
        raise policy.makes_no_sense("slots and their nodes were asked for") from None


def _read_range(line: Any, asked: Address) -> SlotRange:
    first, last, primary, *replicas = line
    if not 0 <= first <= last <= 16383:
        raise ValueError(first)
    following = tuple(_read_node(node, asked) for node in replicas)
    return SlotRange(first, last, _read_node(primary, asked), following)


def _read_node(node: Any, asked: Address) -> Address:
    host, port = node[0], node[1]
    if host == b"?" and len(node) > 3:  # it is to have a host name, and has none: its IP is said
        said = dict(zip(node[3][::2], node[3][1::2]))
        host = said.get(b"ip", b"")
    return asked.at((host or b"").decode() or asked.host, int(port))


def _read_primary(reply: Any) -> Optional[tuple[str, int]]:
    _check(reply, _SENTINEL_RIGHT, _NO_SENTINEL)
    if reply is None:
        return None
    try:
        host, port = reply
        return host.decode(), int(port)
    except (TypeError, ValueError, AttributeError):
        raise policy.makes_no_sense("a primary's host and port were asked for") from None


def _check(reply: Any, right: str, other: str) -> None:
    if not isinstance(reply, ErrorReply):
        return
    error = meaning(reply)
    assert isinstance(error, ServerError), "no key was touched"
    if error.kind == "denied":
        raise ServerError("denied", f"{error.detail} ({right})")
    text = reply.text.lower()
    if "cluster support disabled" in text or "unknown command" in text:
        raise ServerError("other", other)
    raise error


def _in_short(what: str, failures: list[ServerError]) -> ServerError:
    """Give one error for all that were asked: of the first kind, and each sentence once."""
    if len(failures) == 1:
        return failures[0]
    said = "; ".join(dict.fromkeys(error.detail for error in failures))
    return ServerError(failures[0].kind, f"no {what} of {len(failures)} could say: {said}")
