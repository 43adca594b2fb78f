"""Hostile pickles: each is refused quickly and in little memory, and none runs anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"

_MEASURE = r"""
import json, os, resource, struct, sys, time
from shelflife.errors import Unreadable
from shelflife.pickles import AllowList, load

def text(value):
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw

def name(module, qualname):
    return b"c" + module + b"\n" + qualname + b"\n"

def call(module, qualname, arguments):
    return b"\x80\x04" + name(module, qualname) + arguments + b"R."

deque = name(b"collections", b"deque")
huge = b"\x8a\x05" + (1 << 32).to_bytes(5, "little")
cases = {
    "memo index": b"Nr\xff\xff\xff\x0f.",
    "memo index as text": b"Np4294967295\n.",
    "shared key": b"}N" + b"2\x86" * 50 + b"Ns.",
    "shared member": b"\x80\x04\x8f(N" + b"2\x86" * 50 + b"\x90.",
    "shared frozenset": b"\x80\x04N" + b"".join(
        b"\x94(h" + bytes([i]) + b"K" + bytes([i]) + b"\x86h" + bytes([i]) + b"\x85\x91"
        for i in range(60)) + b".",
    "huge bytearray": call(b"builtins", b"bytearray", huge + b"\x85"),
    "huge bytes": call(b"builtins", b"bytes", huge + b"\x85"),
    "set of a huge range": b"\x80\x04" + name(b"builtins", b"set") + name(b"builtins", b"range")
        + b"J\x00\x00\x00\x10\x85R\x85R.",
    "list of a huge range": b"\x80\x04" + name(b"builtins", b"list") + name(b"builtins", b"range")
        + b"J\x00\x00\x00\x10\x85R\x85R.",
    "a million lists, none closed": b"]" * 1000000,
    "a million nested lists": b"]" * 1000000 + b"a" * 999999 + b".",
    "100,000 nested lists, inside out": b"]" + b"".join(
        b"q" + bytes([i % 2]) + b"0](h" + bytes([i % 2]) + b"e" for i in range(100000)) + b".",
    "100,000 nested tuples": b")" + b"\x85" * 100000 + b".",
    "100,000 nested tuples as key": b"})" + b"\x85" * 100000 + b"Ns.",
    "nested deques": b"N" + b"".join(
        b"q\x000" + deque + b")Rq\x010h\x01h\x00a" for i in range(20000)) + b".",
    "nested deques dropped": b"N" + b"".join(
        b"q\x000" + deque + b")Rq\x010h\x01h\x00a" for i in range(20000)) + b"0N.",
    "nested deques damaged": b"N" + b"".join(
        b"q\x000" + deque + b")Rq\x010h\x01h\x00a" for i in range(20000)) + b"\xff",
    "a million marks": b"(" * 1000000,
    "digits": b"L" + b"9" * 1000000 + b"L\n.",
    "bits": b"\x8b" + struct.pack("<i", 1000000) + b"\x7f" * 1000000 + b".",
    "digits of a Decimal": call(b"decimal", b"Decimal", text("9" * 100000) + b"\x85"),
    "power of a Fraction": call(b"fractions", b"Fraction", text("1E1000000000") + b"\x85"),
    "power of an int": call(b"builtins", b"int", text("9" * 100000) + b"\x85"),
    "colliding integers": b"}(" + b"".join(
        b"\x8a\x10" + (i * ((1 << 61) - 1)).to_bytes(16, "little") + b"N"
        for i in range(5, 8000)) + b"u.",
    "colliding tuples": b"}(" + b"".join(
        b"(" + b"".join(b"J" + struct.pack("<i", -1 - (i >> j & 1)) for j in range(13)) + b"tN"
        for i in range(5000)) + b"u.",
    "command": b"cos\nsystem\n(S'touch executed'\ntR.",
    "Python 2 command": b"cposix\nsystem\n(S'touch executed'\ntR.",
    "command by getattr": b"\x80\x04" + name(b"builtins", b"getattr")
        + name(b"copyreg", b"__newobj__") + text("__globals__") + b"\x86R.",
    "subclasses": b"\x80\x04" + name(b"builtins", b"getattr") + name(b"builtins", b"object")
        + text("__subclasses__") + b"\x86R.",
    "dotted": b"\x80\x04" + text("datetime") + text("sys.modules") + b"\x93.",
    "codec": call(b"_codecs", b"encode", text("x") + text("zlib_codec") + b"\x86"),
    "state of a class": name(b"uuid", b"UUID") + b"}" + text("__init__") + b"Nsb.",
    "state of a member": name(b"uuid", b"SafeUUID") + b"K\x00\x85R}" + text("value") + b"Nsb.",
    "persistent": b"Psecret\n.",
    "persistent on the stack": b"NQ.",
    "buffer": b"\x80\x05\x97.",
    "extension": b"\x80\x02\x82\x01.",
    "lying length": b"X\xff\xff\xff\x7f.",
    "lying long length": b"\x80\x04\x8e" + b"\xff" * 8 + b".",
    "lying frame": b"\x80\x04\x95" + b"\xff" * 8 + b"N.",
    "factory": b"\x80\x04" + name(b"collections", b"defaultdict") + name(b"builtins", b"getattr")
        + b"\x85R.",
    "reconstructed bytearray": name(b"copy_reg", b"_reconstructor") + b"("
        + name(b"__builtin__", b"bytearray") * 2 + huge + b"tR.",
    "lying datetime": call(b"datetime", b"datetime",
        b"C\x0a\x07\xe3\x01\x63\xff\xff\xff\0\0\0\x85"),
    "unfinished uuid": b"\x80\x02cuuid\nUUID\n)\x81.",
    "ranges of deques": call(b"collections", b"deque", name(b"builtins", b"range")
        + b"J\x00\x00\x00\x10\x85R\x85"),
    "protocol 6": b"\x80\x06N.",
    "too long": b"\x80\x04" + b"N0" * (8 << 20) + b"N.",
}

def refuse(attack):
    try:
        value = load(attack, allow=AllowList.default(), resolve=None).value
    except Unreadable as refusal:
        return refusal.reason.value
    return "value " + type(value).__name__

outcomes = {}
for label, attack in cases.items():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    reason = refuse(attack)
    took = time.process_time() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes[label] = [reason, took, (after - before) * (1 if sys.platform == "darwin" else 1024)]
print(json.dumps(outcomes))
"""

FIXED = {
    "memo index": "over-budget",
    "shared key": "over-budget",
    "a million lists, none closed": "over-budget",
    "100,000 nested tuples as key": "over-budget",
    "nested deques": "over-budget",
    "colliding integers": "over-budget",
    "colliding tuples": "over-budget",
    "digits": "over-budget",
    "bits": "over-budget",
    "too long": "over-budget",
    "command": "rejected-name",
    "Python 2 command": "rejected-name",
    "extension": "rejected-name",
    "dotted": "rejected-name",
    "persistent": "load-error",
    "buffer": "load-error",
    "lying datetime": "load-error",
    "lying length": "corrupt",
    "lying frame": "corrupt",
    "protocol 6": "protocol",
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, float, int]]:
    """Reason, seconds and bytes of memory of each attack, all made in one fresh process."""
    folder = tmp_path_factory.mktemp("hostile")
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SRC)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert list(folder.iterdir()) == [], "an attack ran a command"
    found: dict[str, tuple[str, float, int]] = json.loads(done.stdout)
    return found


def test_all_are_refused(outcomes: dict[str, tuple[str, float, int]]) -> None:
    """No hostile pickle gives a value."""
    assert {k: v[0] for k, v in outcomes.items() if v[0].startswith("value")} == {}


def test_reasons(outcomes: dict[str, tuple[str, float, int]]) -> None:
    """The reason tells what was wrong."""
    assert {label: outcomes[label][0] for label in FIXED} == FIXED


def test_time(outcomes: dict[str, tuple[str, float, int]]) -> None:
    """A refusal takes no longer than reading an honest pickle of that length."""
    assert {k: v[1] for k, v in outcomes.items() if v[1] > 0.5} == {}
    seven_bytes = ("memo index", "shared key", "huge bytearray", "set of a huge range")
    quick = (*seven_bytes, "a million lists, none closed", "persistent", "command")
    assert {k: outcomes[k][1] for k in quick if outcomes[k][1] > 0.05} == {}


def test_memory(outcomes: dict[str, tuple[str, float, int]]) -> None:
    """No refusal takes more memory than 20 MB."""
    assert {k: v[2] for k, v in outcomes.items() if v[2] > 20e6} == {}
