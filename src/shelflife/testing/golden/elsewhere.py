"""Golden entries read in other Pythons, as the old release on them would read them.

Rules:
1. Pickles are loaded by the interpreter's own loader, envelopes by the bridge: both in disposable
   children, as the audit's trials are.
2. An entry that is no pickle, and has no envelope, means the same to every Python.
3. Registered classes are known to the service alone: below Python 3.9 nobody reads them, and from
   there on it is not for us to say.
"""

from __future__ import annotations

import base64
import re
import shlex
import struct
import zlib
from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple, Optional

from shelflife.pickles.reader import Job, Reader, Trial
from shelflife.runtimes import open_target
from shelflife.runtimes.interpreters import find_series
from shelflife.testing.golden.entry_facts import EntryFacts
from shelflife.testing.golden.files import Golden
from shelflife.verdicts.canonical import difference

_OLDEST_OF_OURS = (3, 9)
_MISS = re.compile(r"\bmiss_((?:[0-9A-F]{2})+)\Z")
_SETUP = """
import sys, types, base64, zlib
sys.path[:0] = {paths!r}
bridge = types.ModuleType("shelflife_bridge")
sys.modules["shelflife_bridge"] = bridge
source = zlib.decompress(base64.b64decode("{source}"))
exec(compile(source, "shelflife_bridge", "exec"), vars(bridge))
def read_entry(text, allow):
    try:
        cache = bridge.BridgeCache(None, allow=allow.split(), py2_text="utf8-else-bytes")
        return cache.value_of(base64.b64decode(text))
    except bridge.Unreadable as error:
        of_ours = "the bridge has no types" in error.detail
        said = "registered" if of_ours else error.reason + ": " + error.detail
        name = "miss_" + base64.b16encode(said[:80].encode("ascii", "replace")).decode("ascii")
        raise type(str(name), (Exception,), {{"__module__": "shelflife_bridge"}})()
bridge.read_entry = read_entry
"""


class NotHere(Exception):
    """There is no such interpreter on this machine."""


class Elsewhere:
    """Another Python.

    Args:
        series: Which, such as "2.7".
        paths: Where the project's own modules are.

    Raises:
        NotHere: There is none.
        ConfigurationError: It does not work.
    """

    def __init__(self, series: str, paths: Sequence[str]) -> None:
        found = find_series(series)
        if found is None:
            raise NotHere(f"there is no Python {series} on PATH, in pyenv or in uv")
        self.series = series
        command = shlex.quote(str(found.path))
        self._reader: Reader = open_target(f"python{series}={command}", setup=_setup(paths))

    def problems(self, goldens: Sequence[Golden]) -> list[str]:
        """Say of each entry that this Python does not read as it was written why that is so."""
        asked = [(golden, job) for golden in goldens if (job := _job(golden)) is not None]
        trials = self._reader.attempt([job for _, job in asked])
        said = []
        for (golden, _), trial in zip(asked, trials):
            why = self._why(golden, trial)
            if why:
                who = golden.shown_writer
                said.append(f"{golden.file.name} ({who}) on Python {self.series}: {why}")
        return said

    def _why(self, golden: Golden, trial: Trial) -> str:
        if trial.status == "raised":
            miss = _miss(trial)
            if miss == "registered":
                ours = self._reader.version >= _OLDEST_OF_OURS
                return "" if ours else "it holds registered classes, which the bridge cannot read"
            if miss:
                return f"the bridge reports a miss: {miss}"
            return f"loading it raises {trial.detail or trial.error}"
        if trial.status != "loaded" or trial.tree is None:
            return f"it cannot be said what it reads: {trial.detail or trial.status}"
        differs = difference(golden.value, trial.tree)
        return f"it is read, but not as what was written: {differs}" if differs else ""


def _miss(trial: Trial) -> str:
    """Give what the bridge said of an entry, which only an exception's name can tell; "" if not."""
    match = _MISS.search(trial.error)
    return base64.b16decode(match[1]).decode("ascii") if match else ""


class _Call(NamedTuple):
    """What the bridge is asked to read."""

    raw: bytes
    allow: str

    @property
    def pickle(self) -> bytes:
        """A pickle that every Python loads by calling the bridge."""
        texts = (base64.b64encode(self.raw), self.allow.encode())
        words = b"".join(b"X" + struct.pack("<I", len(text)) + text for text in texts)
        return b"\x80\x02cshelflife_bridge\nread_entry\n" + words + b"\x86R."


def _job(golden: Golden) -> Optional[Job]:
    """Give what is to be tried of an entry; None if there is nothing to try, or to compare with."""
    if golden.value is None:
        return None
    found = EntryFacts(golden.raw).found
    if found.dialect == "shelflife" and found.codec.startswith("envelope"):
        names = found.facts.names if found.facts is not None else ()
        allow = " ".join(sorted(f"{module}.{name}" for module, name in names))
        return Job(_Call(golden.raw, allow).pickle)
    return None if found.payload is None else Job(found.payload, found.loader)


def _setup(paths: Sequence[str]) -> str:
    source = (files("shelflife") / "bridge" / "shelflife_bridge.py").read_bytes()
    packed = base64.b64encode(zlib.compress(source)).decode("ascii")
    return _SETUP.format(paths=list(map(str, paths)), source=packed)


def check_series(text: str) -> list[str]:
    """Give the Pythons of a list such as "2.7,3.8".

    Raises:
        ValueError: One is none.
    """
    found = [word.strip() for word in text.split(",") if word.strip()]
    for word in found:
        major, dot, minor = word.partition(".")
        if not (dot and major.isdigit() and minor.isdigit()):
            raise ValueError(f"{word!r} is no Python such as 2.7 or 3.13")
    return found
