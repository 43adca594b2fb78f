"""Damaged and random bytes give a value or a refusal, in bounded time, and nothing else."""

from __future__ import annotations

import contextlib
import datetime as dt
import pickle
import random
import time
from collections import OrderedDict, defaultdict, deque
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import AllowList, facts, load

ROUNDS = 50_000
VALUE: Any = {
    "rows": [{"id": 1, "name": "née", "at": dt.datetime(2020, 1, 1), "ok": True}, None],
    "kinds": (1.5, 1 << 70, b"\xff", {1, 2}, frozenset("a"), bytearray(b"x"), 2j, range(3)),
    "more": [
        OrderedDict(a=1),
        defaultdict(list, b=[2]),
        deque([3], 4),
        Decimal("1.1"),
        UUID(int=1),
    ],
}
SEEDS = [
    *(pickle.dumps(VALUE, protocol) for protocol in range(6)),
    b"(dp1\nS'na\\xc3\\xa9'\np2\nI01\nsV\\u20ac\np3\n(lp4\nL12L\naF1.5\nas.",
    b"\x80\x02}q\x01(U\x01\xe9K\x01U\x02\xc3\xa9cdatetime\ndatetime\nU\n\x07\xe3\x01\x01\0\0\0\0\0\0\x85Ru.",
]
OPCODES = b"()0125BCFGHIJKLMNPQRSTUVX]abcdeghijlopqrstu}.\n" + bytes(range(0x80, 0x99))


def mutated(random_: random.Random) -> bytes:
    """One seed with some bytes changed, cut, doubled or mixed with another; or opcodes alone."""
    if random_.random() < 0.15:
        return bytes(random_.choice(OPCODES) for _ in range(random_.randrange(1, 40))) + b"."
    data = bytearray(random_.choice(SEEDS))
    for _ in range(random_.randrange(1, 4)):
        at = random_.randrange(len(data) + 1)
        kind = random_.randrange(5)
        if kind == 0 and at < len(data):
            data[at] = random_.randrange(256)
        elif kind == 1:
            data.insert(at, random_.choice(OPCODES))
        elif kind == 2:
            del data[at : at + random_.randrange(1, 9)]
        elif kind == 3:
            data[at:at] = data[at : at + random_.randrange(30)]
        else:
            other = random_.choice(SEEDS)
            cut = random_.randrange(len(other))
            data[at:] = other[cut : cut + 200]
    return bytes(data)


def test_mutations() -> None:
    """Whatever the bytes are, the only error is Unreadable, and the only time is short."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    random_ = random.Random(seed)
    allow, met, values, slowest = AllowList.default(), set(), 0, 0.0
    for number in range(ROUNDS):
        data = mutated(random_)
        start = time.process_time()
        try:
            load(data, allow=allow, resolve=find_nothing)
            values += 1
        except Unreadable as refusal:
            met.add(Reason(refusal.reason))
        slowest = max(slowest, time.process_time() - start)
        if number % 3 == 0:
            with contextlib.suppress(Unreadable):
                facts(data)
    assert values > ROUNDS / 100
    assert {Reason.CORRUPT, Reason.LOAD_ERROR, Reason.REJECTED_NAME} <= met
    assert slowest < 0.5


def test_every_cut_is_corrupt() -> None:
    """A pickle that ends early is corrupt, wherever it ends, and so are its facts."""
    for data in SEEDS:
        for end in range(len(data)):
            for reader in (facts, read):
                with pytest.raises(Unreadable) as caught:
                    reader(data[:end])
                assert caught.value.reason == Reason.CORRUPT, (data, end)


def find_nothing(module: str, qualname: str) -> Any:
    raise LookupError(module, qualname)


def read(data: bytes) -> Any:
    return load(data, allow=AllowList.default(), resolve=find_nothing).value
