"""The standard library's value types that every pickle may refer to.

Rules:
1. A builder accepts the arguments that some Python pickles its type with, and no others.
2. What a builder allocates is bounded by what its arguments already hold, or charged first.
3. Entries without a builder are steps of the pickling protocol; `calls` carries them out.
"""

from __future__ import annotations

import _codecs
import collections
import copyreg
import datetime as dt
import decimal
import fractions
import ipaddress
import pathlib
import time
import uuid
import zoneinfo
from dataclasses import dataclass
from typing import Any, Callable, Optional

from shelflife.pickles import builders, moments
from shelflife.pickles.account import Account

Build = Callable[[Account, tuple[Any, ...]], Any]


@dataclass(frozen=True)
class Safe:
    """One safe name.

    Attributes:
        target: The object of that name.
        since: The Python version that has it first, such as (2, 7).
        build: Calls the target, after checking the arguments.
    """

    target: Any
    since: tuple[int, int]
    build: Optional[Build]


SAFE: dict[str, Safe] = {}


def _add(
    module: str, since: tuple[int, int], targets: dict[str, tuple[Any, Optional[Build]]]
) -> None:
    for name, (target, build) in targets.items():
        SAFE[f"{module}.{name}"] = Safe(target, since, build)


_add(
    "builtins",
    (2, 7),
    {
        "bool": (bool, builders.build_bool),
        "int": (int, builders.build_int),
        "float": (float, builders.build_float),
        "complex": (complex, builders.build_complex),
        "str": (str, builders.build_str),
        "bytes": (bytes, builders.build_bytes),
        "bytearray": (bytearray, builders.build_bytearray),
        "list": (list, builders.build_list),
        "tuple": (tuple, builders.build_tuple),
        "dict": (dict, builders.build_dict),
        "set": (set, builders.build_set),
        "frozenset": (frozenset, builders.build_frozenset),
        "range": (range, builders.build_range),
        "object": (object, builders.build_object),
        "getattr": (getattr, None),
    },
)
_add("_codecs", (2, 7), {"encode": (_codecs.encode, builders.encode)})
_add(
    "copyreg",
    (2, 7),
    {
        "_reconstructor": (copyreg._reconstructor, None),  # type: ignore[attr-defined]  # noqa: SLF001
        "__newobj__": (copyreg.__newobj__, None),  # type: ignore[attr-defined]
    },
)
_add("copyreg", (3, 4), {"__newobj_ex__": (copyreg.__newobj_ex__, None)})  # type: ignore[attr-defined]
_add(
    "collections",
    (2, 7),
    {
        "OrderedDict": (collections.OrderedDict, builders.build_ordered),
        "defaultdict": (collections.defaultdict, builders.build_defaultdict),
        "Counter": (collections.Counter, builders.build_counter),
        "deque": (collections.deque, builders.build_deque),
    },
)
_add(
    "datetime",
    (2, 7),
    {
        "datetime": (dt.datetime, moments.build_datetime),
        "date": (dt.date, moments.build_date),
        "time": (dt.time, moments.build_time),
        "timedelta": (dt.timedelta, moments.build_timedelta),
    },
)
_add("datetime", (3, 2), {"timezone": (dt.timezone, moments.build_timezone)})
_add(
    "zoneinfo",
    (3, 9),
    {
        "ZoneInfo": (zoneinfo.ZoneInfo, moments.build_zone),
        "ZoneInfo._unpickle": (zoneinfo.ZoneInfo._unpickle, moments.build_zone),  # type: ignore[attr-defined]  # noqa: SLF001
    },
)
_add("decimal", (2, 7), {"Decimal": (decimal.Decimal, builders.build_decimal)})
_add("fractions", (2, 7), {"Fraction": (fractions.Fraction, builders.build_fraction)})
_add("uuid", (2, 7), {"UUID": (uuid.UUID, builders.build_uuid)})
_add("uuid", (3, 7), {"SafeUUID": (uuid.SafeUUID, builders.build_safe_uuid)})
_add("time", (2, 7), {"struct_time": (time.struct_time, builders.build_struct_time)})

_PATHS = (
    pathlib.PurePath,
    pathlib.PurePosixPath,
    pathlib.PureWindowsPath,
    pathlib.Path,
    pathlib.PosixPath,
    pathlib.WindowsPath,
)
for _module, _since in (("pathlib", (3, 4)), ("pathlib._local", (3, 13))):
    _add(_module, _since, {_path.__name__: (_path, builders.path(_path)) for _path in _PATHS})
_add(
    "ipaddress",
    (3, 3),
    {
        _kind.__name__: (_kind, builders.address(_kind))
        for _kind in (
            ipaddress.IPv4Address,
            ipaddress.IPv6Address,
            ipaddress.IPv4Interface,
            ipaddress.IPv6Interface,
            ipaddress.IPv4Network,
            ipaddress.IPv6Network,
        )
    },
)
