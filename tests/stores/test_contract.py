"""What every store must answer, whatever it stands on."""

from __future__ import annotations

import time
from typing import Any, Callable, Optional

import pytest
import redis

from shelflife.errors import ServerError
from shelflife.stores.commands import (
    WRONG_TYPE,
    Command,
    Expire,
    Get,
    GetMany,
    Increment,
    Remove,
    Replace,
    Scan,
    Set,
    SetMany,
    TimeToLive,
    Unlink,
)
from shelflife.stores.globs import glob

Ask = Callable[[Command], Any]
KEY = b"k"
HIGHEST, LOWEST = 2**63 - 1, -(2**63)


@pytest.mark.parametrize("entry", [b"", b"\x00\xff\r\n$-1\r\n", b"x" * 1_500_000], ids=len)
def test_what_is_set_is_got(ask: Ask, entry: bytes) -> None:
    assert ask(Get(KEY)) is None
    assert ask(Set(KEY, entry, None)) is True
    assert ask(Get(KEY)) == entry


def test_many_come_in_the_order_asked_for(ask: Ask) -> None:
    entries = tuple((b"k%d" % number, b"%d" % number) for number in range(300))
    assert ask(SetMany(entries, 60_000)) == [True] * 300
    assert ask(GetMany((b"k7", b"none", b"k299", b"k7"))) == [b"7", None, b"299", b"7"]
    assert 0 < ask(TimeToLive(b"k299")) <= 60_000


def test_nothing_asked_for_is_nothing_answered(ask: Ask) -> None:
    assert ask(GetMany(())) == []
    assert ask(SetMany((), None)) == []
    assert ask(Unlink(())) == 0


def test_if_absent_sets_only_where_nothing_is(ask: Ask) -> None:
    assert ask(Set(KEY, b"first", None, if_absent=True)) is True
    assert ask(Set(KEY, b"second", 60_000, if_absent=True)) is False
    assert (ask(Get(KEY)), ask(TimeToLive(KEY))) == (b"first", -1)


def test_if_present_sets_only_what_is_there(ask: Ask) -> None:
    assert ask(Set(KEY, b"first", None, if_present=True)) is False
    assert ask(Get(KEY)) is None
    ask(Set(KEY, b"first", None))
    assert ask(Set(KEY, b"second", 60_000, if_present=True)) is True
    assert ask(Get(KEY, fresh=True)) == b"second"
    assert 0 < ask(TimeToLive(KEY)) <= 60_000


def test_unlink_counts_the_keys_that_were_there(ask: Ask) -> None:
    ask(SetMany(((b"a", b"1"), (b"b", b"2")), None))
    assert ask(Unlink((b"a", b"none", b"b", b"a"))) == 2
    assert ask(GetMany((b"a", b"b"))) == [None, None]


def test_time_to_live_is_the_servers_convention(ask: Ask) -> None:
    assert ask(TimeToLive(KEY)) == -2
    ask(Set(KEY, b"1", 60_000))
    assert 59_000 < ask(TimeToLive(KEY)) <= 60_000
    ask(Set(KEY, b"1", None))
    assert ask(TimeToLive(KEY)) == -1


def test_expire_says_whether_the_key_is_there(ask: Ask) -> None:
    assert ask(Expire(KEY, 60_000)) is False
    assert ask(Expire(KEY, None)) is False
    ask(Set(KEY, b"1", None))
    assert ask(Expire(KEY, None)) is True
    assert ask(Expire(KEY, 60_000)) is True
    assert 59_000 < ask(TimeToLive(KEY)) <= 60_000
    assert ask(Expire(KEY, None)) is True
    assert ask(TimeToLive(KEY)) == -1


def test_what_has_expired_is_gone_for_every_command(ask: Ask) -> None:
    ask(SetMany(((KEY, b"1"), (b"other", b"2")), 30))
    time.sleep(0.06)
    assert ask(Get(KEY)) is None
    assert ask(GetMany((KEY,))) == [None]
    assert ask(TimeToLive(KEY)) == -2
    assert ask(Expire(KEY, 1000)) is False
    assert ask(Replace(KEY, b"1", b"2")) is False
    assert ask(Unlink((KEY,))) == 0
    assert _scanned(ask, b"") == set()
    assert ask(Set(b"other", b"3", None, if_absent=True)) is True


@pytest.mark.parametrize("if_absent", [True, False])
def test_an_expiry_of_nothing_is_refused(ask: Ask, *, if_absent: bool) -> None:
    with pytest.raises(ServerError) as caught:
        ask(Set(KEY, b"1", 0, if_absent))
    assert caught.value.kind == "other"
    assert ask(Get(KEY)) is None


@pytest.mark.parametrize(
    ("entry", "by", "reply"),
    [
        (b"0", 5, 5),
        (b"-7", 3, -4),
        (b"41", -42, -1),
        (b"9223372036854775806", 1, HIGHEST),
        (b"-9223372036854775807", -1, LOWEST),
        (b"9223372036854775807", 1, None),
        (b"-9223372036854775808", -1, None),
        (b"1", HIGHEST + 1, None),
        (b"9223372036854775808", 0, b"9223372036854775808"),
        (b"10000000000000000000000", 1, b"10000000000000000000000"),
        (b"-0", 1, b"-0"),
        (b"007", 1, b"007"),
        (b"+1", 1, b"+1"),
        (b" 1", 1, b" 1"),
        (b"1\n", 1, b"1\n"),
        (b"1.5", 1, b"1.5"),
        (b"", 1, b""),
        ("१".encode(), 1, "१".encode()),
        (b"\xc1\x00\xff", 1, b"\xc1\x00\xff"),
    ],
)
def test_increment_counts_counters_and_leaves_the_rest(
    ask: Ask, entry: bytes, by: int, reply: Any
) -> None:
    ask(Set(KEY, entry, 60_000))
    assert ask(Increment(KEY, by, None)) == reply
    counted = type(reply) is int
    assert ask(Get(KEY)) == (b"%d" % reply if counted else entry)
    assert 0 < ask(TimeToLive(KEY)) <= 60_000


@pytest.mark.parametrize("by", [1, -3, 0, HIGHEST, LOWEST, 2**53 + 1])
@pytest.mark.parametrize("ttl", [None, 60_000])
def test_increment_creates_with_its_expiry(ask: Ask, by: int, ttl: Optional[int]) -> None:
    assert ask(Increment(KEY, by, ttl)) == by
    assert ask(Get(KEY)) == b"%d" % by
    left = ask(TimeToLive(KEY))
    assert left == -1 if ttl is None else 59_000 < left <= ttl


def test_increment_of_nothing_beyond_64_bits_creates_nothing(ask: Ask) -> None:
    assert ask(Increment(KEY, HIGHEST + 1, None)) is None
    assert ask(Get(KEY)) is None


@pytest.mark.parametrize("ttl", [None, 60_000])
def test_replace_swaps_what_is_still_old_and_keeps_the_expiry(ask: Ask, ttl: Optional[int]) -> None:
    assert ask(Replace(KEY, b"", b"new")) is False
    ask(Set(KEY, b"old\xff", ttl))
    assert ask(Replace(KEY, b"older", b"new")) is False
    assert ask(Replace(KEY, b"old\xff", b"new\x00")) is True
    assert ask(Get(KEY)) == b"new\x00"
    left = ask(TimeToLive(KEY))
    assert left == -1 if ttl is None else 59_000 < left <= ttl


@pytest.mark.parametrize("ttl", [None, 10_000])
def test_replace_gives_another_expiry_if_it_is_to(ask: Ask, ttl: Optional[int]) -> None:
    ask(Set(KEY, b"old", ttl))
    assert ask(Replace(KEY, b"other", b"old", 60_000)) is False
    assert ask(TimeToLive(KEY)) <= 10_000
    assert ask(Replace(KEY, b"old", b"old", 60_000)) is True
    assert 59_000 < ask(TimeToLive(KEY)) <= 60_000


def test_remove_takes_away_what_is_still_old(ask: Ask) -> None:
    assert ask(Remove(KEY, b"")) is False
    ask(Set(KEY, b"old\xff", 60_000))
    assert ask(Remove(KEY, b"older")) is False
    assert ask(Get(KEY)) == b"old\xff"
    assert ask(Remove(KEY, b"old\xff")) is True
    assert ask(Get(KEY)) is None


@pytest.mark.parametrize(
    "pattern",
    [
        *(b"*", b"a*", b"*1", b"a:*:1", b"a:?:1", b"?", b"", b"a:[12]:1", b"a:[^1]:1"),
        *(b"a:[1-2]:1", b"a:[2-1]:1", b"\\*:1", b"\\[1]:1", b"a:[\\]]:1", b"[a-b*]*", b"\xff*"),
        *(b"*\n*", b"**:1", b"a:\\1:1", b"[^\xff]*"),
    ],
)
def test_scan_gives_all_keys_of_a_pattern_and_no_other(ask: Ask, pattern: bytes) -> None:
    keys = (b"a:1:1", b"a:2:1", b"a:3:2", b"a:]:1", b"*:1", b"[1]:1", b"b", b"\xff\x00", b"a\n1")
    ask(SetMany(tuple((key, b"1") for key in keys), None))
    wanted = set(filter(glob(pattern), keys))

    cursor, found = None, set()
    while True:
        cursor, some = ask(Scan(b"not looked at", cursor, pattern))
        found.update(some)
        if cursor is None:
            break
    assert found == wanted


@pytest.mark.parametrize("prefix", [b"api:", b"a*[b]?\\^-:", b"\xff\x00", b""])
def test_scan_gives_all_keys_of_a_prefix_and_no_other(ask: Ask, prefix: bytes) -> None:
    wanted = {prefix + b"%d" % number for number in range(1200)}
    others = set() if not prefix else {b"aXb:1", b"api", b"zzz", b"aab", b"a*b"}
    ask(SetMany(tuple((key, b"1") for key in wanted | others), None))
    assert _scanned(ask, prefix) == wanted


def test_a_wrong_type_is_an_answer(ask_server: Ask, raw: redis.Redis) -> None:
    raw.lpush(KEY, "1")
    assert ask_server(Get(KEY)) is WRONG_TYPE
    assert ask_server(GetMany((KEY,))) == [None]
    assert ask_server(Increment(KEY, 1, None)) is WRONG_TYPE
    assert ask_server(Replace(KEY, b"1", b"2")) is False
    assert ask_server(Remove(KEY, b"1")) is False
    assert ask_server(Set(KEY, b"1", None, if_absent=True)) is False
    assert raw.lrange(KEY, 0, -1) == [b"1"]
    assert ask_server(Set(KEY, b"1", None)) is True
    assert ask_server(Increment(KEY, 1, None)) == 2


def _scanned(ask: Ask, prefix: bytes) -> set[bytes]:
    """Give all keys that a scan gives, of however many replies."""
    found: set[bytes] = set()
    cursor = None
    for _ in range(100):
        cursor, keys = ask(Scan(prefix, cursor))
        found.update(keys)
        if cursor is None:
            return found
    raise AssertionError("a scan without end")
