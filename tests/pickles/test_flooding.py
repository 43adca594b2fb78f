"""Keys that were chosen so that they collide are refused before they keep anybody busy."""

from __future__ import annotations

import pickle
import random
import struct
import time
from typing import Any

import pytest

from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import DEFAULT_BUDGET, AllowList, Vet, load

ALLOW = AllowList.default()


def colliding(bits: int) -> list[int]:
    """Integers, all with other hashes, whose way through a dict of CPython is one long chain.

    A third of the slots are filled by a cycle of the probing itself; the others' probes meet
    filled slots only, and then walk along that cycle.
    """
    slots, mask = 1 << bits, (1 << bits) - 1
    at = [-1] * slots
    keys, slot = [], 0
    for number in range(slots // 3):
        at[slot] = number
        keys.append(slot)
        slot = (5 * slot + 1) & mask
    early, wanted = slots // 12, slots * 2 // 3
    chance = random.Random(bits)
    while len(keys) < wanted:
        key = perturb = chance.randrange(slots, slots << 9)
        slot = key & mask
        while at[slot] >= 0 and perturb:
            perturb >>= 5
            slot = (slot * 5 + perturb + 1) & mask
        if 0 <= at[slot] < early:
            keys.append(key)
    return list(dict.fromkeys(keys))


def as_dict(keys: list[int], batch: int) -> bytes:
    """A pickle of a dict with these keys, so many in each SETITEMS."""
    items = [b"J" + struct.pack("<i", key) + b"N" for key in keys]
    batches = [b"".join(items[at : at + batch]) for at in range(0, len(items), batch)]
    return b"\x80\x04}" + b"".join(b"(" + part + b"u" for part in batches) + b"."


def read(data: bytes) -> Any:
    return load(data, allow=ALLOW, resolve=find_nothing).value


def find_nothing(module: str, qualname: str) -> Any:
    raise LookupError(module, qualname)


@pytest.fixture(scope="module")
def chain() -> list[int]:
    return colliding(14)


@pytest.mark.parametrize("batch", [1, 10, 1_000, 1 << 20])
def test_a_chain_of_integers_is_over_budget(chain: list[int], batch: int) -> None:
    """However they are spread over the opcodes; and C's loader is not given them."""
    data = as_dict(chain, batch)
    assert not Vet(ALLOW, DEFAULT_BUDGET).passes(data)

    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.reason == Reason.OVER_BUDGET


def test_a_chain_in_other_mappings_is_over_budget(chain: list[int]) -> None:
    """OrderedDict is filled in the same way, and `dict` from a list of pairs."""
    items = b"".join(b"J" + struct.pack("<i", key) + b"N" for key in chain)
    pairs = b"".join(b"J" + struct.pack("<i", key) + b"N\x86" for key in chain)
    for data in (
        b"\x80\x04ccollections\nOrderedDict\n)R(" + items + b"u.",
        b"\x80\x04cbuiltins\ndict\n](" + pairs + b"e\x85R.",
    ):
        with pytest.raises(Unreadable) as caught:
            read(data)
        assert caught.value.reason == Reason.OVER_BUDGET


def test_honest_numbers_are_read(chain: list[int]) -> None:
    """As many integers, floats and None that nobody chose; several dicts; sets; in any batches."""
    chance = random.Random(4)
    numbers = [chance.randrange(1 << 31) for _ in chain]
    values: list[Any] = [
        dict.fromkeys(numbers),
        {float(n): n for n in numbers},
        set(numbers),
        [dict.fromkeys(range(at, at + 100)) for at in range(0, 20_000, 100)],
        {n * 4096: None for n in range(20_000)},
        frozenset((n, n + 1) for n in range(3_000)),
    ]
    for value in values:
        assert read(pickle.dumps(value, 4)) == value
    assert len(read(as_dict(numbers, 7))) == len(set(numbers))


def test_not_a_number_is_a_key_like_others() -> None:
    """All NaN have the same hash before Python 3.10: they are refused, or read at once."""
    nan = b"G\x7f\xf8" + bytes(6) + b"N"
    data = b"\x80\x04}(" + nan * 16_000 + b"u."

    started = time.process_time()
    try:
        found: object = len(read(data))
    except Unreadable as error:
        found = error.reason

    assert found in (16_000, Reason.OVER_BUDGET)
    assert time.process_time() - started < 0.5
