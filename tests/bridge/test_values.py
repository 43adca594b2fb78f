"""Values beyond the literal vectors: random ones, and what Python's own pickle writes of them."""

from __future__ import annotations

import pickle
import struct
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.conftest import VERSIONS, Task, drive
from bridge.test_pairs import EXPRESSIONS, as_text
from bridge.test_vectors import lacks
from sameness import same
from shelflife.codecs.portable import Portable
from shelflife.envelope import CODECS, seal

ZONES = st.one_of(
    st.none(),
    st.just(timezone.utc),
    st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23))),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**80), 2**80),
    st.floats(),
    st.text(st.characters(codec=None), max_size=50),
    st.binary(max_size=50),
    st.builds(bytearray, st.binary(max_size=5)),
    st.decimals(),
    st.fractions(),
    st.complex_numbers(),
    st.datetimes(timezones=ZONES),
    st.dates(),
    st.times(timezones=ZONES),
    st.timedeltas(),
    st.uuids(),
    st.ip_addresses(),
)
KEYS = st.one_of(st.text(max_size=5), st.integers(-5, 300), st.binary(max_size=3), st.none())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=20),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=18),
        st.dictionaries(KEYS, inner, max_size=3).map(OrderedDict),
        st.dictionaries(KEYS, inner, max_size=3).map(lambda pairs: defaultdict(list, pairs)),
        st.dictionaries(KEYS, st.integers(), max_size=3).map(Counter),
        st.lists(inner, max_size=3).map(lambda items: deque(items, 5)),
        st.sets(KEYS, max_size=5),
        st.frozensets(st.tuples(KEYS, KEYS), max_size=3),
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_random_values_have_the_same_bytes(bridge: Any, value: Any) -> None:
    """As shelflife writes them, and they are read to the same value."""
    payload = Portable().encode(value)
    packed = bridge._Packer(1 << 24, False).pack(value)

    assert packed == payload
    assert same(bridge.unpack(payload), value)


@settings(max_examples=100, deadline=None)
@given(VALUES, st.integers(0, 5))
def test_random_values_are_read_from_pickles(bridge: Any, value: Any, protocol: int) -> None:
    """Of every protocol, as Python itself reads them."""
    data = pickle.dumps(value, protocol)

    assert same(bridge.load(data, bridge.AllowList()), pickle.loads(data))


@pytest.mark.parametrize("length", [15, 16, 31, 32, 255, 256, 65535, 65536])
def test_lengths_have_the_same_bytes(bridge: Any, length: int) -> None:
    """At the borders between heads."""
    values: list[Any] = [
        "x" * length,
        b"x" * length,
        [None] * length,
        (0,) * length,
        bytearray(length),
    ]
    values += [
        dict.fromkeys(map(str, range(length))),
        dict.fromkeys(range(length)),
        1 << length % 999,
    ]
    for value in values:
        payload = Portable().encode(value)
        assert bridge._Packer(1 << 24, False).pack(value) == payload
        assert bridge.unpack(payload) == value


@pytest.mark.parametrize("bits", [7, 8, 15, 16, 31, 32, 63, 64, 65, 71, 72])
def test_integers_have_the_same_bytes(bridge: Any, bits: int) -> None:
    """At the borders between sizes."""
    for number in [n + d for n in (1 << bits, -(1 << bits)) for d in (-1, 0, 1)]:
        payload = Portable().encode(number)
        assert bridge._Packer(1 << 24, False).pack(number) == payload
        assert bridge.unpack(payload) == number


def nested(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def test_what_shelflife_refuses_is_refused(bridge: Any) -> None:
    """Depth, cycles, subclasses, factories, long terms."""
    cycle: list[Any] = []
    cycle.append(cycle)
    shared: Any = "x" * 100
    for _ in range(60):
        shared = [shared, shared]

    class Text(str):
        __slots__ = ()

    refused = [cycle, nested(256), Text("a"), defaultdict(lambda: 1), range(1 << 9000), object()]
    for value in [*refused, shared]:
        with pytest.raises(bridge.NotStored):
            bridge._Packer(1 << 20, False).pack(value)
    assert bridge.unpack(bridge._Packer(1 << 20, False).pack(nested(255))) == nested(255)


@pytest.mark.parametrize("writer", ["2.7", "3.6", "3.8", "3.13"])
def test_what_python_pickles_is_read_everywhere(writer: str, tmp_path: Path) -> None:
    """Of every protocol, also of those that the reader's own pickle does not know."""
    protocols = range(3 if writer == "2.7" else 5 if writer == "3.6" else 6)
    cases = [(expression, protocol) for expression in EXPRESSIONS for protocol in protocols]
    tasks: list[Task] = [("pickled", text, str(protocol), {}) for text, protocol in cases]
    written = [
        (case, answer)
        for case, answer in zip(cases, drive(writer, tasks, tmp_path))
        if "hex" in answer
    ]
    assert len(written) > 60 * len(protocols)
    for reader in VERSIONS:
        entries: list[Task] = [("read", answer["hex"], "entry", {}) for _, answer in written]
        for (case, made), read in zip(written, drive(reader, entries, tmp_path)):
            if "value" not in read:
                assert read.get("reason") == "missing-name", (writer, reader, case, read)
                assert lacks(reader, case[0]), (writer, reader, case, read)
                continue
            expected = made["value"]
            if writer == "2.7" and reader != "2.7":
                expected = as_text(expected)
            assert read["value"] == expected, (writer, reader, case)


@pytest.mark.parametrize("version", ["2.7", "3.6"])
def test_python2_text_by_policy(version: str, tmp_path: Path) -> None:
    """8-bit strings are bytes to everybody, or text where they are UTF-8."""
    value = "{b'title': [b'caf\\xc3\\xa9', b'\\xff', 'text']}"
    options = [{}, {"py2_text": "utf8-else-bytes"}]
    made = drive(version, [("make", value, "shelflife", each) for each in options], tmp_path)
    read = drive("3.6", [("read", each["hex"], "entry", {}) for each in made], tmp_path)

    as_bytes, by_policy = (each["value"][2][0] for each in read)
    assert as_bytes[0] == ["bytes", b"title".hex()]
    if version == "2.7":
        assert by_policy[0] == ["text", "title".encode("utf-16-be").hex()]
        assert [part[0] for part in by_policy[1][2:]] == ["text", "bytes", "text"]
    else:
        assert by_policy == as_bytes


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.13"])
def test_keys_that_are_one_on_python_2(version: str, tmp_path: Path) -> None:
    """Are a miss there, never a dict with one of them lost."""
    value = {"a": 1, b"a": 2}
    portable = seal(CODECS["portable"], Portable().encode(value), guard=True).hex()
    entries = [portable, (b"!" + pickle.dumps(value, 4)).hex()]
    entries += [(b"!" + pickle.dumps({"a", b"a"}, protocol)).hex() for protocol in (2, 4)]
    for answer in drive(version, [("read", each, "entry", {}) for each in entries], tmp_path):
        assert answer.get("reason") == ("load-error" if version == "2.7" else None), answer


def test_compressed_entries_are_bounded(bridge: Any) -> None:
    """By what they decompress to; a cut or longer stream is corrupt."""
    sealed = seal(CODECS["bytes"], b"x" * 100_000, compress=True, guard=False)
    small, exact = (bridge.BridgeCache(None, max_bytes=size) for size in (99_999, 100_000))

    assert exact.value_of(sealed) == b"x" * 100_000
    with pytest.raises(bridge.Unreadable) as refused:
        small.value_of(sealed)
    assert refused.value.reason == "too-large"


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.13"])
def test_compressed_streams_that_are_not_whole(version: str, tmp_path: Path) -> None:
    """Are corrupt, though the envelope's checksum holds."""
    import zlib  # noqa: PLC0415 - the driver's child uses its own

    whole = zlib.compress(b"x" * 1000)
    broken = [whole[:-1], whole[:-4], whole + b"x", whole[:5], b"", b"none", whole + whole]
    entries = []
    for stream in [whole, *broken]:
        checked = struct.pack("<BBHI", CODECS["bytes"], 1, 0, len(stream)) + stream
        crc = zlib.crc32(checked, zlib.crc32(b"\xc1SL\x01"))
        entries.append((b"\xc1SL\x01" + struct.pack("<I", crc) + checked).hex())
    good, *bad = drive(version, [("read", each, "entry", {}) for each in entries], tmp_path)

    assert good["value"][0] == "bytes"
    assert [answer.get("reason") for answer in bad] == ["corrupt"] * len(broken)
