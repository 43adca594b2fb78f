"""What the vet passes to C's loader is what the machine would have built, and nothing else."""

from __future__ import annotations

import datetime as dt
import pickle
import random
import struct
import zoneinfo
from collections import OrderedDict
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelflife.codecs.pickle import PickleCodec
from shelflife.codecs.plain_pickles import load_plain
from shelflife.errors import Unreadable
from shelflife.pickles import DEFAULT_BUDGET, AllowList, Vet, load

ALLOW = AllowList.default()
ROUNDS = 40_000
ZONES = (
    None,
    dt.timezone.utc,
    dt.timezone(dt.timedelta(hours=-3), "BRT"),
)
FREE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 55), (1 << 55) - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=())),
    st.binary(),
)
LEAVES = st.one_of(
    st.integers(-(1 << 2000), 1 << 2000),
    st.floats(),
    st.datetimes(timezones=st.sampled_from(ZONES)),
    st.dates(),
    st.times(timezones=st.sampled_from(ZONES)),
    st.timedeltas(),
    st.decimals(),
    st.uuids(),
    st.sampled_from([UUID(int=1 << 127), UUID(int=1 << 70), *ZONES]),
    st.sampled_from([dt.datetime(2024, 2, 29, 23, 59, fold=1), dt.time(1, fold=1), Decimal]),
)
MOMENTS = st.one_of(
    st.datetimes(timezones=st.sampled_from(ZONES)),
    st.dates(),
    st.times(timezones=st.sampled_from(ZONES)),
    st.binary(min_size=1),
)
TREES = st.recursive(
    st.one_of(FREE, LEAVES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(FREE, inner, max_size=4),
        st.sets(FREE, max_size=4),
    ),
    max_leaves=12,
)


def shape(value: Any) -> str:
    """Types too, and which zone a moment has: 1, True and 1.0 are equal."""
    if isinstance(value, (list, tuple)):
        return f"{type(value)}{[shape(item) for item in value]}"
    if isinstance(value, set):
        return f"{type(value)}{sorted(map(shape, value))}"
    if isinstance(value, dict):
        return f"{type(value)}{[(shape(k), shape(v)) for k, v in value.items()]}"
    return f"{type(value)}{value!r}{getattr(value, 'fold', '')}"


def built(data: bytes) -> Any:
    return load(data, allow=ALLOW, resolve=find_nothing).value


def find_nothing(module: str, qualname: str) -> Any:
    raise LookupError(module, qualname)


def plain(data: bytes, allow: AllowList = ALLOW) -> bool:
    return Vet(allow, DEFAULT_BUDGET).passes(data)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=TREES, protocol=st.integers(4, 5))
def test_trees_of_plain_values_pass(value: Any, protocol: int) -> None:
    """Nothing that services usually keep as plain data is left to the slower machine."""
    data = pickle.dumps(value, protocol)

    assert plain(data)
    assert shape(load_plain(data)) == shape(built(data)) == shape(value)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_rows_pass_at_every_protocol(protocol: int) -> None:
    """Also at those that the floors of older Pythons write."""
    rows = [
        {"id": n, "title": f"é{n}", "score": n / 3, "tags": ("a", True, None)} for n in range(9)
    ]
    data = pickle.dumps(rows, protocol)

    assert plain(data)
    assert load_plain(data) == rows


@settings(max_examples=200, deadline=None)
@given(moment=MOMENTS, protocol=st.integers(2, 5))
def test_moments_pass_at_every_protocol(moment: Any, protocol: int) -> None:
    """Protocol 2 has no bytes: the state of a moment is text that is encoded."""
    data = pickle.dumps([moment, moment], protocol)

    assert plain(data)
    assert shape(load_plain(data)) == shape(built(data)) == shape(pickle.loads(data))


def unframed(value: Any) -> bytes:
    """A pickle without a frame, whose length every other change would make wrong."""
    data = pickle.dumps(value, 4)
    return data[:2] + data[11:] if data[2] == 0x95 else data


SEED: Any = {
    "rows": [
        {"id": 1, "title": "née", "at": dt.datetime(2020, 2, 29, 1, tzinfo=dt.timezone.utc)},
        {"id": 300, "title": "b" * 300, "at": dt.datetime(2019, 12, 31), "price": Decimal("1.10")},
        {
            "id": 70_000,
            "title": "",
            "at": None,
            "day": dt.date(2020, 1, 31),
            "u": UUID(int=1 << 99),
        },
    ],
    "more": (1.5, 1 << 70, b"\xff", {1, 2}, (1, 2, 3, 4), True, dt.time(1, tzinfo=ZONES[2])),
    3: [[], {}, (), set(), dt.timedelta(1, 2, 3), -1],
}
SEEDS = [
    *(pickle.dumps(SEED, protocol) for protocol in (2, 3, 4)),
    pickle._dumps(SEED, 5),  # type: ignore[attr-defined]
    *(unframed(part) for part in [*SEED["rows"], *SEED["more"], SEED[3], UUID(int=1 << 100)]),
    b"\x80\x02}q\x01(U\x01aK\x01X\x02\0\0\0\xc3\xa9q\x02cdecimal\nDecimal\nq\x03h\x02\x85Ru.",
]
OPCODES = b"(CBGJKMNRXU]aejhqrstu}." + bytes((*range(0x80, 0x98), 0x94, 0x94, 0x85, 0x86))


def damaged(chance: random.Random) -> bytes:
    """A seed with bytes changed, doubled, cut or swapped; or opcodes alone."""
    if chance.random() < 0.3:
        soup = bytes(chance.choice(OPCODES) for _ in range(chance.randrange(1, 12)))
        return b"\x80\x04" + soup + b"."
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(max(1, len(data)))
        kind = chance.randrange(5)
        if kind < 2 and data:
            data[at] = chance.choice(OPCODES) if kind else chance.randrange(256)
        elif kind == 2:
            data.insert(at, chance.choice(OPCODES))
        elif kind == 3:
            del data[at : at + chance.randrange(1, 4)]
        else:
            data[at:at] = data[at : at + chance.randrange(20)]
    return bytes(data)


def test_what_passes_is_what_the_machine_builds() -> None:
    """Whatever the bytes are: the machine refuses nothing that the vet lets through and C loads."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance, passed, loaded = random.Random(seed), 0, 0
    for _ in range(ROUNDS):
        data = damaged(chance)
        if not plain(data):
            continue
        passed += 1
        try:
            value = load_plain(data)
        except Exception:
            continue
        loaded += 1
        assert shape(value) == shape(built(data)), data

    assert loaded > ROUNDS / 100
    assert passed < ROUNDS / 2


def frame(*parts: bytes) -> bytes:
    return b"\x80\x04" + b"".join(parts) + b"."


DATETIME = b"cdatetime\ndatetime\n"
ENCODE = b"c_codecs\nencode\n"
UUID_NAME = b"cuuid\nUUID\n"
NOT_PLAIN = {
    "nothing": b"",
    "no end": b"\x80\x04N",
    "bytes behind it": frame(b"N") + b"N",
    "values left over": frame(b"NN"),
    "an open mark": frame(b"N("),
    "a protocol in the middle": b"N\x80\x04.",
    "a protocol too new": b"\x80\x06N.",
    "a frame beyond the end": frame(b"\x95" + struct.pack("<Q", 99), b"N"),
    "a frame that ends within text": frame(b"\x95" + struct.pack("<Q", 2), b"\x8c\x01aN\x86"),
    "a frame within another": frame(
        b"\x95" + struct.pack("<Q", 12), b"N\x95" + struct.pack("<Q", 2), b"N\x86"
    ),
    "a far memo index": frame(b"Nr\xff\xff\xff\x0f"),
    "a memo index that was set": frame(b"Nq\x00q\x00"),
    "a memo index that was not set": frame(b"h\x00"),
    "a list in one of its own members": frame(b"]\x94(]\x94h\x00ae"),
    "items for a list that is shared already": frame(b"(]\x94h\x001]\x94h\x01Na"),
    "items for a shared list": frame(b"(]\x94]\x94h\x00ah\x00Na"),
    "arguments from the memo": frame(
        b"(C\n\x07\xe3\x01\x01\0\0\0\0\0\0\x85\x94", DATETIME, b"h\0Rt"
    ),
    "a list in itself": frame(b"]\x94h\x00a"),
    "a shared key of doubling cost": frame(b"}N", b"2\x86" * 20, b"Ns"),
    "a tuple as a key": frame(b"}NN\x86Ns"),
    "a long integer as a key": frame(b"}\x8a\x09" + b"\x01" * 9 + b"Ns"),
    "a NaN as a key": frame(b"}G\x7f\xf8" + bytes(6) + b"Ns"),
    "a key without a value": frame(b"}(Nu"),
    "items for a tuple": frame(b")Na"),
    "items for a name": frame(DATETIME, b"Na"),
    "members of a list in a set": frame(b"\x8f(]\x90"),
    "below the mark": frame(b"](Na"),
    "text that is no UTF-8 of Python 2": frame(b"U\x01\xe9"),
    "a name that is not plain": frame(b"cos\nsystem\nX\x02\0\0\0ls\x85R"),
    "a name of text that is none": frame(b"X\x08\0\0\0datetimeK\x01\x93"),
    "a name in two other parts": frame(b"cdatetime.datetime\n\n"),
    "state for a datetime": frame(DATETIME, b"C\n\x07\xe3\x01\x01\0\0\0\0\0\0\x85R}b"),
    "a call of what is no name": frame(b"NC\n\x07\xe3\x01\x01\0\0\0\0\0\0\x85R"),
    "the 30th of February": frame(DATETIME, b"C\n\x07\xe4\x02\x1e\0\0\0\0\0\0\x85R"),
    "the 29th of February 2100": frame(DATETIME, b"C\n\x08\x34\x02\x1d\0\0\0\0\0\0\x85R"),
    "month 13": frame(DATETIME, b"C\n\x07\xe4\x0d\x01\0\0\0\0\0\0\x85R"),
    "year 0": frame(DATETIME, b"C\n\0\0\x01\x01\0\0\0\0\0\0\x85R"),
    "hour 24": frame(DATETIME, b"C\n\x07\xe4\x01\x01\x18\0\0\0\0\0\x85R"),
    "a million microseconds": frame(DATETIME, b"C\n\x07\xe4\x01\x01\0\0\0\x0f\x42\x40\x85R"),
    "the 30th of February, as text": frame(
        DATETIME, ENCODE, b"X\x0b\0\0\0\x07\xc3\xa4\x02\x1e\0\0\0\0\0\0X\x06\0\0\0latin1\x86R\x85R"
    ),
    "text in another encoding": frame(ENCODE, b"X\x01\0\0\0aX\x05\0\0\0utf-8\x86R"),
    "text in no encoding": frame(ENCODE, b"X\x01\0\0\0a\x85R"),
    "bytes that are encoded": frame(ENCODE, b"C\x01aX\x06\0\0\0latin1\x86R"),
    "nine bytes": frame(DATETIME, b"C\x09\x07\xe4\x01\x01\0\0\0\0\0\x85R"),
    "a zone that is none": frame(DATETIME, b"C\n\x07\xe3\x01\x01\0\0\0\0\0\0K\x01\x86R"),
    "a datetime of numbers": frame(DATETIME, b"M\xe3\x07K\x01K\x01\x87R"),
    "days of a float": frame(b"cdatetime\ntimedelta\n", b"G" + bytes(8) + b"K\0K\0\x87R"),
    "a Decimal of a number": frame(b"cdecimal\nDecimal\nK\x01\x85R"),
    "a UUID without state": frame(UUID_NAME, b")\x81"),
    "a UUID with arguments": frame(UUID_NAME, b"N\x85\x81}X\x03\0\0\0int\x8a\x01\x01sb"),
    "a UUID of 129 bits": frame(UUID_NAME, b")\x81}X\x03\0\0\0int\x8a\x11" + b"\x01" * 17 + b"sb"),
    "a UUID below 0": frame(UUID_NAME, b")\x81}X\x03\0\0\0int\x8a\x01\xffsb"),
    "a UUID with other state": frame(UUID_NAME, b")\x81}X\x03\0\0\0hex\x8a\x01\x01sb"),
    "a UUID whose key is bytes": frame(UUID_NAME, b")\x81}B\x03\0\0\0int\x8a\x01\x01sb"),
    "another class made anew": frame(DATETIME, b")\x81"),
    "a persistent object": frame(b"K\x01Q"),
    "an extension": frame(b"\x82\x01"),
    "a popped value": frame(b"NN0"),
}


@pytest.mark.parametrize("data", NOT_PLAIN.values(), ids=NOT_PLAIN.keys())
def test_the_machine_decides(data: bytes) -> None:
    """What is odd, damaged or costly never reaches a loader."""
    assert not plain(data)


def test_names_that_are_not_allowed_are_left_to_the_machine() -> None:
    """An allow list without the standard library's types holds for plain values as well."""
    data = pickle.dumps(dt.date(2020, 1, 1), 4)

    assert plain(data)
    assert not plain(data, AllowList())


def test_the_codec_asks_the_machine_where_the_loader_fails() -> None:
    """Text that is no UTF-8 passes the vet; the reason is the machine's."""
    broken = frame(b"X\x01\0\0\0\xff")
    assert plain(broken)

    with pytest.raises(Unreadable) as caught:
        PickleCodec(ALLOW, "3.8").decode(broken)
    assert caught.value.reason == "corrupt"


def test_the_loader_finds_nothing_but_leaves() -> None:
    """Were the vet mistaken, no other name could be called."""
    for value in (OrderedDict(a=1), zoneinfo.ZoneInfo("Asia/Tokyo"), print):
        with pytest.raises(KeyError):
            load_plain(pickle.dumps(value, 4))
