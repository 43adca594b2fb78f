"""What a process says of itself: its release, its runtime, and what it reads."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import secrets
import socket
import sys
from dataclasses import dataclass
from typing import Optional

from shelflife.dialects import ALL_NAMES, short_name
from shelflife.envelope import VERSION
from shelflife.floors import OURS, Bounds, Floor
from shelflife.floors.packages import PACKAGES


@dataclass(frozen=True)
class Own:
    """A process, or an event loop of it.

    Attributes:
        name: Like no other's.
        release: What was deployed.
        runtime: Its Python.
        place: Host and process id.
        reach: What it reads at best.
    """

    name: str
    release: str
    runtime: str
    place: str
    reach: Floor


def own_reach(reads: Optional[str]) -> Floor:
    """Give what a cache of this process reads.

    Args:
        reads: The foreign dialect that it reads besides.
    """
    dialects = frozenset((OURS,) if reads is None else (OURS, short_name(reads)))
    return Floor(sys.version_info[:2], dialects, VERSION, _packages())


def new_own(release: str) -> Own:
    """Give what this process says of itself, under a new name."""
    return Own(
        secrets.token_hex(8),
        release,
        f"{platform.python_implementation().lower()}{platform.python_version()}",
        f"{socket.gethostname()[:100]}:{os.getpid()}",
        Floor(sys.version_info[:2], frozenset((OURS, *ALL_NAMES)), VERSION, _packages()),
    )


def _packages() -> tuple[Bounds, ...]:
    """Give the versions of packages of which it is known that they matter; imports none."""
    found = []
    for name in sorted(PACKAGES):
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        numbers = _numbers(version)
        if numbers:
            found.append(Bounds(name, numbers, (*numbers[:-1], numbers[-1] + 1)))
    return tuple(found)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
