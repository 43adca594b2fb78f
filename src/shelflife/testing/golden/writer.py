"""Who writes a golden entry: this Python, this shelflife, and the packages a value is made of."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Optional

_OURS = "shelflife-cache"


def this_writer(form: Any, release: Optional[str]) -> dict[str, Any]:
    """Give what is noted of the writer.

    Args:
        form: The canonical form of the value.
        release: The release that the cache names in its entries.
    """
    return {
        "runtime": f"{platform.python_implementation().lower()} {platform.python_version()}",
        "shelflife": _version(_OURS) or "0",
        "release": release,
        "packages": _packages(form),
    }


def series() -> str:
    """Give the first words of this Python's runtime, such as `cpython 3.11.`."""
    major, minor = sys.version_info[:2]
    return f"{platform.python_implementation().lower()} {major}.{minor}."


def _packages(form: Any) -> dict[str, str]:
    """Give the versions of the packages whose classes are in the value, as far as they are told."""
    tops = {
        node[1].partition(":")[0].partition(".")[0]
        for node in form["nodes"]
        if node[0] == "obj" and not node[2]
    }
    versions = {top: _version(top) for top in sorted(tops)}
    return {top: number for top, number in versions.items() if number is not None}


def _version(distribution: str) -> Optional[str]:
    try:
        return version(distribution)
    except (PackageNotFoundError, ValueError):
        return None
