"""Instances of a service's own classes: written by one Python, read by another, if allowed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bridge.bombs import HUGE, name
from bridge.conftest import FILE, VERSIONS
from conftest import python

_SHOP = """
import collections

class Old:
    def __init__(self):
        self.title = u"caf\\xe9"
        self.parts = [1, u"x"]

class New(object):
    def __init__(self):
        self.title = u"caf\\xe9"
        self.number = 7

class Slots(object):
    __slots__ = ("left", "right")
    def __init__(self):
        self.left, self.right = 1, u"two"
    def __getstate__(self):
        return (None, {"left": self.left, "right": self.right})

class Stateful(object):
    def __init__(self):
        self.kept = u"caf\\xe9"
    def __getstate__(self):
        return {"kept": u"caf\\xe9"}
    def __setstate__(self, state):
        self.kept = state["kept"]

class Rows(list):
    pass

class Fields(dict):
    pass

class Number(int):
    pass

Pair = collections.namedtuple("Pair", "one two")

class Reduced(object):
    def __init__(self, number=0):
        self.number = number
    def __reduce__(self):
        return make, (self.number,)

def make(number):
    return Reduced(number)

class Angry(object):
    def __setstate__(self, state):
        raise SystemExit(3)
    def __getstate__(self):
        return {"a": 1}

def values():
    reduced = Reduced(5)
    return [Old(), New(), Slots(), Stateful(), Rows([1, 2]), Fields(a=1), Number(7), Pair(1, u"b"),
            reduced, Angry()]

def told(value):
    if type(value).__name__ == "Slots":
        return ["Slots", value.left, value.right]
    plain = repr(value).replace("u'", "'").replace("L", "")
    content = plain if isinstance(value, tuple) else getattr(value, "__dict__", None) or plain
    if isinstance(content, dict):
        content = sorted((str(name), part) for name, part in content.items())
    return [value.__class__.__name__, content]
"""
_WRITE = """
import binascii, json, pickle, sys, shop
entries = []
for value in shop.values():
    for protocol in (0, 1, 2, 4)[: 4 if sys.version_info[0] > 2 else 3]:
        try:
            raw = b"!" + pickle.dumps(value, protocol)
        except Exception:
            continue
        entries.append([binascii.hexlify(raw).decode(), shop.told(value)])
json.dump(entries, sys.stdout)
"""
_READ = """
import binascii, json, sys, shop
import shelflife_bridge as bridge
found = []
for entry, _ in json.load(sys.stdin):
    outcomes = []
    for allow in (["shop.*"], [], ["shop.Gone"], ["elsewhere.*"]):
        try:
            value = bridge.BridgeCache(None, allow=allow).value_of(binascii.unhexlify(entry))
            outcomes.append(shop.told(value))
        except bridge.Unreadable as error:
            outcomes.append(error.reason)
    found.append(outcomes)
json.dump(found, sys.stdout)
"""


def run(version: str, program: str, folder: Path, given: str = "") -> Any:
    (folder / "shop.py").write_text(_SHOP)
    done = subprocess.run(
        [python(version), "-B", "-s", "-c", program],
        input=given.encode(),
        env={"PYTHONPATH": f"{FILE.parent}:{folder}"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("writer", ["2.7", "3.6", "3.13"])
def test_instances(writer: str, tmp_path: Path) -> None:
    """Old-style and new-style, with slots, state and contents; what is not allowed is refused."""
    entries = run(writer, _WRITE, tmp_path)
    assert len(entries) >= 3 * 9
    for reader in (VERSIONS[0], VERSIONS[1], VERSIONS[-1]):
        found = run(reader, _READ, tmp_path, json.dumps(entries))
        for (_, told), (allowed, *refused) in zip(entries, found):
            assert refused == ["rejected-name"] * 3, (writer, reader, told, refused)
            expected = "load-error" if told[0] == "Angry" else told
            assert allowed == expected, (writer, reader)


class Sized(bytearray):
    pass


class Many(list):  # type: ignore[type-arg]
    pass


def test_lengths_in_disguise_are_refused(bridge: Any) -> None:
    """A subclass of a container is not filled from a number or a huge range."""
    allow = bridge.AllowList([f"{__name__}.*"])
    huge_range = name("builtins.range") + b"J\x00\x00\x00\x10\x85R"
    for kind, content in (("Sized", HUGE), ("Many", huge_range)):
        for opcode in (b"R", b"\x81"):
            data = b"\x80\x04" + name(f"{__name__}.{kind}") + content + b"\x85" + opcode + b"."
            with pytest.raises(bridge.Unreadable) as refused:
                bridge.load(data, allow)
            assert refused.value.reason == "load-error"
            assert "length" in refused.value.detail
