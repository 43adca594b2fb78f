"""The codec `pickle`: for those who must. Pinned and checked when written, never loaded.

Rules:
1. The protocol is the highest that the floor reads, or a lower one that was asked for.
2. A name that the allow list lacks is not written, because we would not read it back.
3. What the floor would not find, or would read as another value, is not written (`BelowFloor`).
4. Reading goes through the machine of `shelflife.pickles`, but for plain values, which its vet
   leaves to C's loader; modules are imported only for names that the user allowed.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from typing import Any, Optional, Union

from shelflife.codecs.culprit import find_culprit
from shelflife.codecs.pickling import Pickler, Refusal, unpicklable
from shelflife.codecs.plain_pickles import load_plain
from shelflife.codecs.python2_keys import KeysCollide, check_python2_keys
from shelflife.envelope import CODECS
from shelflife.errors import ConfigurationError
from shelflife.pickles import (
    DEFAULT_BUDGET,
    LEAF_NAMES,
    SAFE,
    AllowList,
    Budget,
    Py2Text,
    Vet,
    canonical,
    facts,
    load,
)

_OLDEST = (2, 7)
_FLOOR = re.compile(r"([0-9])\.([0-9]{1,3})")
_KEPT = 65536  # a pickler that has written more is not kept, with its buffer
_MOST_IDLE = 16
_MOST_KNOWN = 1_000


Lacks = Callable[[str, str], str]
"""Says why some reader lacks a name, given its module and its name there; "" if none does."""


def lacks_nothing(_module: str, _qualname: str) -> str:
    """Say that nobody lacks anything."""
    return ""


class PickleCodec:
    """Values as pickles, by a floor and an allow list.

    Args:
        allow: The names that may be written and read.
        floor: The oldest Python that reads what is written, such as "2.7" or "3.8".
        text: What Python 2's non-ASCII 8-bit strings become when read.
        budget: What reading one pickle may cost.
        lacks: Says why some reader at the floor lacks a name that is not safe but allowed.
        highest: The highest protocol to write, whatever the floor reads.
        note_mixture: Called when some 8-bit strings of one pickle became text and others did not.

    Raises:
        ConfigurationError: If the floor is no Python from 2.7 on.
    """

    name = "pickle"
    number = CODECS["pickle"]

    def __init__(
        self,
        allow: AllowList,
        floor: str,
        *,
        text: Py2Text = Py2Text.UTF8_ELSE_BYTES,
        budget: Budget = DEFAULT_BUDGET,
        lacks: Lacks = lacks_nothing,
        highest: int = 5,
        note_mixture: Callable[[], object] = lambda: None,
    ) -> None:
        self._lacks = lacks
        self.floor = floor
        self.protocol = min(protocol_at(floor), highest)
        self._version = parse_floor(floor)
        self._allow = allow
        self._text = text
        self._budget = budget
        self._note_mixture = note_mixture
        self._vet = Vet(allow, budget)
        self._leaves = frozenset(
            SAFE[name].target
            for name in LEAF_NAMES
            if name in allow.names and SAFE[name].since <= self._version
        )
        self._idle: list[Pickler] = []
        self._known: dict[frozenset[tuple[str, str]], Optional[Refusal]] = {}

    def encode(self, value: Any) -> bytes:
        """Pickle a value for the readers at the floor.

        Raises:
            NotPortable: If it cannot be pickled, or refers to a name that is not allowed.
            BelowFloor: If a reader at the floor could not read it, or would read another value.
        """
        why = self._refusal(value)
        if isinstance(why, bytes):
            return why
        path, culprit = find_culprit(value, lambda part: not isinstance(self._refusal(part), bytes))
        refusal = self._refusal(culprit)
        raise (why if isinstance(refusal, bytes) else refusal.beside(why)).at(path, culprit)

    def decode(self, payload: Union[bytes, memoryview]) -> Any:
        """Give the value of a pickle.

        Raises:
            Unreadable: And nothing else, whatever the bytes.
        """
        data = bytes(payload)
        try:
            if self._vet.passes(data):
                return load_plain(data)
        except Exception:  # noqa: BLE001, S110 - the machine will say what is wrong
            pass
        return self._build(data)

    def _build(self, data: bytes) -> Any:
        loaded = load(
            data, allow=self._allow, resolve=resolve, text=self._text, budget=self._budget
        )
        if loaded.mixed:
            self._note_mixture()
        return loaded.value

    def _refusal(self, value: Any) -> Union[bytes, Refusal]:
        """Give the pickle, or why there is none."""
        try:
            pickler = self._idle.pop()
        except IndexError:
            pickler = Pickler(self.protocol, self._version, self._leaves)
        try:
            data = pickler.pickle(value)
        except Refusal as refusal:
            return refusal
        except Exception as error:  # noqa: BLE001 - __reduce__ may be the user's
            return unpicklable(error)
        if len(data) <= _KEPT and len(self._idle) < _MOST_IDLE:
            self._idle.append(pickler)
        holds_bytes = self.protocol < 3 and pickler.holds_bytes
        why = self._name_refusal(data) if pickler.names else None
        return why or (self._key_refusal(value) if holds_bytes else None) or data

    def _key_refusal(self, value: Any) -> Optional[Refusal]:
        try:
            check_python2_keys(value)
        except KeysCollide:
            why = "has keys that are equal on Python 2, text and bytes"
            return Refusal(why, floor=self.floor)
        except Exception as error:  # noqa: BLE001 - __reduce__ may be the user's
            return unpicklable(error)
        return None

    def _name_refusal(self, data: bytes) -> Optional[Refusal]:
        names = facts(data).names
        known = self._known
        if names not in known:
            if len(known) > _MOST_KNOWN:
                known.clear()
            lacking = tuple(sorted(filter(None, map(self._lacking, names))))
            known[names] = (
                Refusal(_not_allowed(lacking), allow=lacking)
                if lacking
                else next(filter(None, map(self._why_not, sorted(names))), None)
            )
        return known[names]

    def _lacking(self, name: tuple[str, str]) -> str:
        """Give the full name if the allow list lacks it, else ""."""
        module, qualname = canonical(*name, self.protocol)
        is_allowed = self._allow.permits(module, qualname) or self._allow.permits(*name)
        return "" if is_allowed else f"{module}.{qualname}"

    def _why_not(self, name: tuple[str, str]) -> Optional[Refusal]:
        full = ".".join(canonical(*name, self.protocol))
        if full not in SAFE:
            why = self._lacks(*name)
            return Refusal(f"refers to {full}, which {why}", floor=self.floor) if why else None
        since = SAFE[full].since
        if since > self._version:
            return Refusal(f"exists since Python {since[0]}.{since[1]}", floor=self.floor)
        return None


def _not_allowed(lacking: tuple[str, ...]) -> str:
    if len(lacking) == 1:
        return f"refers to {lacking[0]}, which is not on the allow list"
    return f"refers to {len(lacking)} names that are not on the allow list"


def protocol_at(floor: str) -> int:
    """Give the highest pickle protocol that a Python reads.

    Raises:
        ConfigurationError: If this is no Python from 2.7 on.
    """
    version = parse_floor(floor)
    if version < (3, 0):
        return 2
    if version < (3, 4):
        return 3
    return 4 if version < (3, 8) else 5


def parse_floor(floor: str) -> tuple[int, int]:
    """Give a Python version as numbers.

    Raises:
        ConfigurationError: If this is no Python from 2.7 on.
    """
    match = _FLOOR.fullmatch(floor) if isinstance(floor, str) else None
    if match is None:
        raise ConfigurationError(f"floor {floor!r} is no Python version: write 2.7, 3.6, 3.13, ...")
    version = int(match[1]), int(match[2])
    if version < _OLDEST or (2, 7) < version < (3, 0) or version >= (4, 0):
        raise ConfigurationError(f"floor {floor!r}: pickles are written for Python 2.7 and 3.x")
    return version


def resolve(module: str, qualname: str) -> Any:
    """Import a module and give the object of that name in it.

    Raises:
        LookupError: If there is no such module, or no such name in it.
    """
    loaded = sys.modules.get(module)
    if loaded is not None:
        try:
            return _attribute(loaded, qualname)
        except LookupError:  # another thread may be importing it just now: wait for that below
            pass
    try:
        loaded = importlib.import_module(module)
    except ImportError as error:
        raise LookupError(module) from error
    return _attribute(loaded, qualname)


def _attribute(found: Any, qualname: str) -> Any:
    for part in qualname.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise LookupError(qualname) from None
    return found
