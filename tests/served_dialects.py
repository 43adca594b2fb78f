"""Dialects as caches serve them, for tests."""

from __future__ import annotations

from typing import Callable, Optional

import pytest

from shelflife.dialects import ALL_NAMES, make_dialect
from shelflife.dialects.interface import Dialect
from shelflife.pickles import AllowList, Py2Text

OWN = sorted(ALL_NAMES - {"werkzeug"})
PICKLED = [
    name
    for name in OWN
    if name.partition(":")[2] in {"", "pickle", "cached-value"} and name != "aiocache"
]
_PACKAGES = {"lz4": "lz4.frame", "zstd": "zstandard"}


def dialect(
    name: str,
    floor: Optional[str] = None,
    *,
    allow: Optional[AllowList] = None,
    text: Py2Text = Py2Text.UTF8_ELSE_BYTES,
    note: Callable[[str], None] = lambda _: None,
    max_bytes: int = 16 << 20,
) -> Dialect:
    if name.endswith(tuple(_PACKAGES)):
        pytest.importorskip(_PACKAGES[name.rpartition("+")[2]])
    allow = allow or AllowList.default()
    return make_dialect(name, allow=allow, floor=floor, text=text, note=note, max_bytes=max_bytes)
