"""The codec `portable`: what you set is what you get, or NotPortable with the path."""

from __future__ import annotations

import json
import math
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal, localcontext
from enum import IntEnum
from fractions import Fraction
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sameness import same

from shelflife.codecs import Codecs
from shelflife.codecs.portable import Portable
from shelflife.errors import Unreadable

VECTORS = Path(__file__).parents[1] / "data" / "portable-v1.jsonl"
PORTABLE = Portable()

NAMES = {
    "Counter": Counter,
    "Decimal": Decimal,
    "Fraction": Fraction,
    "OrderedDict": OrderedDict,
    "PurePosixPath": PurePosixPath,
    "PureWindowsPath": PureWindowsPath,
    "UUID": UUID,
    "ZoneInfo": ZoneInfo,
    "date": date,
    "datetime": datetime,
    "defaultdict": defaultdict,
    "deque": deque,
    "inf": math.inf,
    "ip_address": ip_address,
    "ip_interface": ip_interface,
    "ip_network": ip_network,
    "nan": math.nan,
    "time": time,
    "timedelta": timedelta,
    "timezone": timezone,
}


def vectors() -> list[tuple[str, str]]:
    rows = map(json.loads, VECTORS.read_text("utf-8").splitlines())
    return [(row["value"], row["hex"]) for row in rows]


@pytest.mark.parametrize(("expression", "expected"), vectors(), ids=lambda text: text[:40])
def test_the_bytes_of_version_1_never_change(expression: str, expected: str) -> None:
    value = eval(expression, dict(NAMES))
    assert PORTABLE.encode(value).hex() == expected
    assert same(PORTABLE.decode(bytes.fromhex(expected)), value)
