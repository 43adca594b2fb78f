"""What nodes and sentinels say of where the servers are, without any."""

from __future__ import annotations

import binascii
from typing import Any, Union

import pytest

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.claims import read_claim
from shelflife.stores.discovery import Question, ask_nodes, ask_sentinels, read_slots
from shelflife.stores.redirected import Redirected, redirected
from shelflife.stores.replies import ErrorReply, meaning
from shelflife.stores.slots import SLOTS, SlotMap, slot_of
from shelflife.stores.topology_urls import SentinelPlaces
from shelflife.stores.whereabouts import Whereabouts

ASKED = Address("", "asked", 7000, password="pw")
NODE = [b"10.0.0.1", 7001, b"id"]
PLACES = SentinelPlaces("", "cache", (ASKED, ASKED.at("b", 1), ASKED.at("c", 2)), ASKED)
REFUSED = ServerError("refused", "nobody listens")


def answer(inquiry: Any, *answers: Union[ServerError, Any]) -> Any:
    """Drive an inquiry from a list of replies and errors."""
    question = next(inquiry)
    assert isinstance(question, Question)
    try:
        for one in answers:
            if isinstance(one, ServerError):
                inquiry.throw(one)
            else:
                inquiry.send(one)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it asks on")


@pytest.mark.parametrize(
    ("key", "slot"),
    [
        (b"123456789", 0x31C3),
        (b"{123456789}.x", 0x31C3),
        (b"a{123456789}{x}", 0x31C3),
        (b"", 0),
    ],
)
def test_a_slot_is_the_keys_checksum_or_its_tags(key: bytes, slot: int) -> None:
    assert slot_of(key) == slot


@pytest.mark.parametrize("key", [b"a{}b{c}", b"a{b", b"}a{"])
def test_empty_or_open_braces_are_no_tag(key: bytes) -> None:
    assert slot_of(key) == binascii.crc_hqx(key, 0) % SLOTS


@pytest.mark.parametrize(
    ("node", "host"),
    [
        (NODE, "10.0.0.1"),
        ([b"", 7001, b"id"], "asked"),
        ([None, 7001, b"id"], "asked"),
        ([b"?", 7001, b"id", [b"ip", b"10.0.0.9"]], "10.0.0.9"),
        ([b"?", 7001, b"id", []], "asked"),
        ([b"node.example", 7001, b"id", [b"ip", b"10.0.0.9"]], "node.example"),
    ],
)
def test_a_node_is_where_it_says_or_where_it_was_asked(node: list[Any], host: str) -> None:
    slots = read_slots([[0, SLOTS - 1, node]], ASKED)
    assert slots.at(5) == ASKED.at(host, 7001)
    assert slots.uncovered() == 0


def test_a_map_knows_primaries_replicas_and_holes() -> None:
    other = [b"10.0.0.2", 7002, b"id"]
    slots = read_slots([[200, 300, other], [0, 99, NODE, other], [500, 500, NODE]], ASKED)
    first, second = ASKED.at("10.0.0.1", 7001), ASKED.at("10.0.0.2", 7002)
    found = [slots.at(slot) for slot in (0, 99, 100, 200, 301, 500, 501)]
    assert found == [first, first, None, second, None, first, None]
    assert slots.primaries() == [first, second]
    assert slots.replicas(first) == [second]
    assert slots.of(first) == frozenset([*range(100), 500])
    assert slots.uncovered() == SLOTS - 202
    assert SlotMap([]).at(0) is None


@pytest.mark.parametrize(
    "reply",
    [None, b"OK", [1], [[0, 1]], [[0, 99999, NODE]], [[5, 1, NODE]], [[0, 1, [b"\xff", 1]]]],
)
def test_a_map_that_makes_no_sense_is_said_so(reply: Any) -> None:
    with pytest.raises(ServerError) as caught:
        read_slots(reply, ASKED)
    assert caught.value.kind == "protocol"


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("NOPERM this user has no permissions to run the 'cluster' command", "denied", "SLOTS"),
        ("ERR This instance has cluster support disabled", "other", "redis://"),
        ("LOADING Redis is loading", "loading", "loading"),
    ],
)
def test_a_node_that_cannot_say_is_told_why(text: str, kind: str, says: str) -> None:
    with pytest.raises(ServerError, match=says) as caught:
        answer(ask_nodes([ASKED]), ErrorReply(text))
    assert caught.value.kind == kind


def test_nodes_are_asked_until_one_knows() -> None:
    """One that nobody has told of any slots is passed over."""
    nodes = [ASKED, ASKED.at("b", 1), ASKED.at("c", 2)]
    found = answer(ask_nodes(nodes), REFUSED, [], [[0, 1, NODE]])
    assert found.node == nodes[2]
    with pytest.raises(ServerError, match="no node of 3 could say: nobody listens"):
        answer(ask_nodes(nodes), REFUSED, REFUSED, REFUSED)


def test_sentinels_are_asked_until_one_knows_the_service() -> None:
    found = answer(ask_sentinels(PLACES, PLACES.sentinels), REFUSED, None, [b"10.0.0.1", b"7001"])
    assert found.sentinel.host == "c"
    assert (found.primary.host, found.primary.port, found.primary.password) == (
        "10.0.0.1",
        7001,
        "pw",
    )


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ((None, None, None), "knows a service of that name"),
        ((REFUSED, None, REFUSED), "knows a service of that name"),
        ((REFUSED, REFUSED, REFUSED), "no sentinel of 3 could say: nobody listens$"),
        ((REFUSED, [b"one"], REFUSED), "makes no sense"),
        ((ErrorReply("ERR unknown command 'SENTINEL'"), REFUSED, REFUSED), "no sentinel: use"),
    ],
)
def test_when_no_sentinel_knows_it_is_said_why(answers: tuple[Any, ...], says: str) -> None:
    with pytest.raises(ServerError, match=says):
        answer(ask_sentinels(PLACES, PLACES.sentinels), *answers)


def test_a_claim_is_read_of_the_node_that_says_it() -> None:
    """Slots of its own, those that come, and those that leave and where to."""
    claim = read_claim(
        "b2 10.0.0.2:7002@17002 master - 0 1 4 connected 100-200\n"
        "a1 10.0.0.1:7001@17001,,shard-id=x myself,master - 0 0 7 connected 0-3 9 [9->-b2] "
        "[100-<-b2] [3->-c3]\n"
        "c3 ::1:7003@17003,node.example slave,fail b2 0 1 4 disconnected\n"
    )
    assert claim.slots == {0, 1, 2, 3, 9}
    assert claim.coming == {100}
    assert claim.leaving == ((9, "10.0.0.2", 7002), (3, "node.example", 7003))
    assert claim.epoch == 7


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("MOVED 3999 127.0.0.1:6381", ("moved", 3999, "127.0.0.1", 6381)),
        ("ASK 1 ::1:6381", ("ask", 1, "::1", 6381)),
        ("MOVED 3999 :6381", ("moved", 3999, "", 6381)),
    ],
)
def test_redirections_are_read(text: str, where: tuple[Any, ...]) -> None:
    found = meaning(ErrorReply(text))
    assert isinstance(found, Redirected)
    assert (found.kind, found.slot, found.host, found.port) == where
    assert "redis+cluster://" in str(found)


@pytest.mark.parametrize("text", ["MOVED", "MOVED x y", "ASK 1 host", "MOVED 123456 h:1"])
def test_a_redirection_to_nowhere_is_none(text: str) -> None:
    assert redirected(text).kind == "protocol"


def test_a_replica_is_not_taken_for_the_primary() -> None:
    """Where it may not be asked it is believed, but then an old address is not."""
    whereabouts = Whereabouts()
    whereabouts.heard(ASKED)
    whereabouts.check_role([b"master", 0, []])
    assert whereabouts.fall_back(REFUSED) is ASKED
    with pytest.raises(ServerError, match="replica now"):
        whereabouts.check_role([b"slave", b"h", 1, b"connected", 0])
    whereabouts.check_role(ErrorReply("NOPERM no permissions to run the 'role' command"))
    with pytest.raises(ServerError, match="nobody listens"):
        whereabouts.fall_back(REFUSED)


def test_where_the_primary_is_is_asked_again_after_a_failure() -> None:
    """Not after a refusal, which shows that it is there."""
    whereabouts = Whereabouts()
    assert whereabouts.known() is None
    whereabouts.heard(ASKED)
    whereabouts.failed(ServerError("denied", ""))
    assert whereabouts.known() is ASKED
    assert whereabouts.heard(ASKED.at("asked", 7000)) is not None
    whereabouts.failed(ServerError("closed", ""))
    assert whereabouts.known() is None
