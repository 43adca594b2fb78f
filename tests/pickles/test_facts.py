"""Facts: what a pickle says of itself."""

from __future__ import annotations

import pickle
import pickletools
from collections import OrderedDict
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from shelflife.errors import Unreadable
from shelflife.pickles import facts
from shelflife.pickles.machine import HANDLERS
from shelflife.pickles.table import OPCODES


def test_one_table() -> None:
    """Machine, facts and the standard library agree on which opcodes there are, and since when."""
    known = {op.code.encode("latin-1"): op.proto for op in pickletools.opcodes}
    assert {code: opcode.protocol for code, opcode in OPCODES.items()} == known
    assert set(HANDLERS) == set(known)


@pytest.mark.parametrize("protocol", range(6))
def test_names(protocol: int) -> None:
    """Names are found at every protocol, repeated ones through the memo too."""
    value: Any = [datetime(2020, 1, 1), datetime(2021, 1, 1), Decimal(1), Decimal, OrderedDict(a=1)]
    found = facts(pickle.dumps(value, protocol))
    wanted = {("datetime", "datetime"), ("decimal", "Decimal"), ("collections", "OrderedDict")}
    helpers = {("_codecs", "encode")} if protocol < 3 else set()
    assert found.names == wanted | helpers
    assert not found.unknown_names


def test_python2_strings() -> None:
    """8-bit strings are noticed, and whether they are ASCII."""
    assert facts(b"S'a'\n.").eight_bit
    assert not facts(b"S'a'\n.").non_ascii
    assert facts(b"S'\\xe9'\n.").non_ascii
    assert facts(b"U\x01\xe9.").non_ascii
    assert not facts(b"Va\n.").eight_bit


def test_names_that_are_not_spelled_out() -> None:
    """A name whose parts are computed is unknown, extension codes are told."""
    found = facts(b"\x80\x04\x8c\x01aC\x01b\x93.")
    assert (found.unknown_names, found.names) == (True, frozenset())
    assert facts(b"\x80\x02\x83\x01\x02.").extensions == {0x201}


def test_end() -> None:
    """What follows the end is left to the caller; what cannot be followed is corrupt."""
    assert facts(b"N.trailing").end == 2
    for data in (b"", b".", b"N", b"\xff.", b"t.", b"g0\n.", b"(", b"K", b"X\xff", b"Na.", b"0."):
        with pytest.raises(Unreadable, match=r"corrupt.*offset"):
            facts(data)


def test_what_pickle_loads_is_not_corrupt() -> None:
    """Left over values and a late protocol: pickle reads them, so they are facts."""
    for data in (b"NN.", b"(N."):
        assert pickle.loads(data) is None
        assert facts(data).left_over
    assert pickle.loads(b"N\x80\x02.") is None
    assert facts(b"N\x80\x02.").unknown_names


def test_calls() -> None:
    """Calls of names are told with the number of their arguments."""
    assert facts(b"cm\nf\n(I1\nI2\ntR.").calls == {("m", "f", "call", 2)}
    assert facts(b"\x80\x02cm\nC\n)\x81.").calls == {("m", "C", "new", 0)}
    assert facts(b"(I1\nim\nC\n.").calls == {("m", "C", "call", 1)}
    assert facts(b"(cm\nC\nI1\no.").calls == {("m", "C", "call", 1)}
    assert facts(b"(im\nC\n.").calls == facts(b"(cm\nC\no.").calls == set()  # made, not called
    assert facts(b"(I1\ntp0\n0cm\nf\ng0\nR.").calls == {("m", "f", "call", 1)}


def test_what_lies_outside() -> None:
    """Persistent ids and out-of-band buffers are noticed."""
    assert facts(b"Pid\n.").persistent
    assert facts(b"NQ.").persistent
    assert facts(b"\x80\x05\x97.").buffers
