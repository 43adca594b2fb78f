"""The codec `pickle`: for those who must. Pinned and checked when written, never loaded.

Rules:
1. The protocol is the highest that the floor reads.
2. A name that the allow list lacks is not written, because we would not read it back.
3. What the floor would not find, or would read as another value, is not written (`BelowFloor`).
4. Reading goes through the machine of `shelflife.pickles`; modules are imported only for names that
   the user allowed.
"""

from __future__ import annotations

import importlib
import io
import pickle
import re
from collections.abc import Callable
from datetime import datetime, time
from ipaddress import IPv6Address, IPv6Interface, IPv6Network
from typing import Any, Optional, Union

from shelflife.codecs.culprit import find_culprit
from shelflife.codecs.python2_keys import KeysCollide, check_python2_keys
from shelflife.envelope import CODECS
from shelflife.errors import BelowFloor, ConfigurationError, NotPortable
from shelflife.pickles import (
    DEFAULT_BUDGET,
    SAFE,
    AllowList,
    Budget,
    Loaded,
    Py2Text,
    canonical,
    facts,
    load,
)

_OLDEST = (2, 7)
_FLOOR = re.compile(r"([0-9])\.([0-9]{1,3})")
_C_LONG = range(-(1 << 63), 1 << 63)
_SCOPED = (IPv6Address, IPv6Interface, IPv6Network)


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
    ) -> None:
        self._lacks = lacks
        self.floor = floor
        self.protocol = protocol_at(floor)
        self._version = parse_floor(floor)
        self._allow = allow
        self._text = text
        self._budget = budget

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
        raise (why if isinstance(refusal, bytes) else refusal).at(path, culprit)

    def decode(self, payload: Union[bytes, memoryview]) -> Any:
        """Give the value of a pickle.

        Raises:
            Unreadable: And nothing else, whatever the bytes.
        """
        return self.load(payload).value

    def load(self, payload: Union[bytes, memoryview]) -> Loaded:
        """Give the value, and whether 8-bit strings were mixed; raises as `decode`."""
        return load(
            bytes(payload), allow=self._allow, resolve=resolve, text=self._text, budget=self._budget
        )

    def _refusal(self, value: Any) -> Union[bytes, _Refusal]:
        """Give the pickle, or why there is none."""
        out = io.BytesIO()
        pickler = _Pickler(out, self.protocol, self._version)
        try:
            pickler.dump(value)
        except _Refusal as refusal:
            return refusal
        except Exception as error:  # noqa: BLE001 - __reduce__ may be the user's
            return _unpicklable(error)
        data = out.getvalue()
        # At protocol 2 these two names, which the pickler adds itself, stand for bytes.
        has_bytes = self.protocol < 3 and (b"_codecs\n" in data or b"\nbytes\n" in data)
        if not pickler.names and not has_bytes:
            return data
        return self._name_refusal(data) or (has_bytes and self._key_refusal(value)) or data

    def _key_refusal(self, value: Any) -> Optional[_Refusal]:
        try:
            check_python2_keys(value)
        except KeysCollide:
            why = "has keys that are equal on Python 2, text and bytes"
            return _Refusal(why, floor=self.floor)
        except Exception as error:  # noqa: BLE001 - __reduce__ may be the user's
            return _unpicklable(error)
        return None

    def _name_refusal(self, data: bytes) -> Optional[_Refusal]:
        for name in sorted(facts(data).names):
            module, qualname = canonical(*name, self.protocol)
            full = f"{module}.{qualname}"
            if not self._allow.permits(module, qualname) and not self._allow.permits(*name):
                return _Refusal(f"refers to {full}, which is not on the allow list", allow=full)
            if full not in SAFE:
                why = self._lacks(*name)
                if why:
                    return _Refusal(f"refers to {full}, which {why}", floor=self.floor)
            elif SAFE[full].since > self._version:
                since = SAFE[full].since
                return _Refusal(f"exists since Python {since[0]}.{since[1]}", floor=self.floor)
        return None


class _Refusal(Exception):
    """Why a value is not written, before it is known where in the value the culprit is."""

    def __init__(self, why: str, *, allow: str = "", floor: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.allow = allow
        self.floor = floor

    def at(self, path: str, culprit: Any) -> Exception:
        kind = type(culprit)
        shown = kind.__qualname__
        if kind.__module__ != "builtins":
            shown = f"{kind.__module__}.{shown}"
        if self.floor:
            return BelowFloor(
                path,
                f"{shown} {self.why}, and the floor is Python {self.floor}: "
                "store something simpler, or raise the floor",
            )
        remedy = f"allow=[{self.allow!r}]" if self.allow else "store something simpler"
        remedy = f"it {self.why}: {remedy}"
        return NotPortable(path, shown, remedy)


def _unpicklable(error: Exception) -> _Refusal:
    return _Refusal(f"cannot be pickled ({type(error).__name__})")


class _Pickler(pickle.Pickler):
    """The C pickler, told to look at everything that is not of the plainest types."""

    def __init__(self, out: io.BytesIO, protocol: int, version: tuple[int, int]) -> None:
        super().__init__(out, protocol)
        self.names = False
        self._version = version
        self._floor = f"{version[0]}.{version[1]}"

    def reducer_override(self, obj: Any) -> Any:
        self.names = True
        why = changed_at(obj, self._version)
        if why:
            raise _Refusal(why, floor=self._floor)
        return NotImplemented


def changed_at(obj: Any, version: tuple[int, int]) -> str:
    """Say how a Python would read another value although it knows the type; else ""."""
    if version < (3, 6) and isinstance(obj, (datetime, time)) and obj.fold:
        return "with fold=1 loses it in the pickles of its protocol"
    if isinstance(obj, _SCOPED) and "%" in str(obj):
        if version < (3, 9):
            return "with a scope is read since Python 3.9"
        if "%" not in str(obj.__reduce__()[1][0]):
            return "with a scope loses it in the pickles of this Python"
    if version < (3, 0) and type(obj) is range and not _fits_xrange(obj):
        return "beyond 64 bits is no xrange"
    return ""


def _fits_xrange(numbers: range) -> bool:
    if not all(part in _C_LONG for part in (numbers.start, numbers.stop, numbers.step)):
        return False
    # `len` cannot say it: what it cannot count is just what does not fit.
    distance, step = numbers.stop - numbers.start, numbers.step
    return -(-distance // step) in _C_LONG


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
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        raise LookupError(module) from error
    for part in qualname.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise LookupError(qualname) from None
    return found
