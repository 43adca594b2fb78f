"""The canonical form of a value in this process, by the very text that other runtimes are sent.

Rules:
1. Only the parts that describe values are run here: the others prepare a process of their own.
"""

from __future__ import annotations

import functools
import json
import os
import re
import struct
import sys
import types
from importlib import resources
from typing import Any, Optional

_PARTS = ("canonical", "shapes")
_NODES, _TEXT = 200_000, 4 << 20


class OverBudget(Exception):
    """A value is too large to be described."""


def canonical_form(value: Any) -> Optional[Any]:
    """Give the canonical form (`docs/canonical.md`), of JSON's types; None if it has none."""
    try:
        form = _program()["Form"](_NODES, _TEXT).of(value)
        return json.loads(json.dumps(form))  # as another process would hand it over
    except Exception:  # noqa: BLE001 - too large, or the user's own code has raised
        return None


@functools.cache
def _program() -> dict[str, Any]:
    """Run the program's parts, with the names that the parts before them would have made."""
    names: dict[str, Any] = {"__name__": "shelflife_canonical", "OverBudget": OverBudget}
    names |= {"PY2": False, "TEXT": str, "CLASSES": (type,)}
    names |= {"json": json, "os": os, "re": re, "struct": struct, "sys": sys, "types": types}
    folder = resources.files("shelflife.runtimes") / "program"
    for part in _PARTS:
        text = (folder / f"{part}.py.txt").read_text("ascii")
        exec(compile(text, f"<{part}>", "exec"), names)  # noqa: S102 - it is shipped with us
    return names
