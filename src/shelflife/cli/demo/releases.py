"""The three releases of the demo's service, and the one line that tells the last one apart."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import shelflife
from shelflife.cli.demo import environments
from shelflife.cli.demo.interpreters import OLD_VERSIONS, PORT_VERSIONS, find
from shelflife.runtimes.interpreters import Interpreter

SERVICE = Path(__file__).resolve().parent / "services" / "article_service.py"
OLD_LINE = "from werkzeug.contrib.cache import RedisCache"
NEW_LINE = "from shelflife.cachelib import RedisCache"


@dataclass(frozen=True)
class Release:
    """A version of the service and the runtime it is deployed on.

    Attributes:
        name: "old", "port" or "shelflife".
        interpreter: Its Python.
        path: The folders it imports packages from first.
        source: The text of its program.
        packages: The versions it really imports.
    """

    name: str
    interpreter: Interpreter
    path: list[Path]
    source: str
    packages: dict[str, str]


@dataclass(frozen=True)
class Releases:
    """What is deployed in the demo."""

    old: Release
    port: Release
    shelflife: Release


def prepare(
    old: Optional[str], port: Optional[str], kept_in: Path, say: Callable[[str], None]
) -> Releases:
    """Find the interpreters, make their environments, and give the releases.

    Args:
        old: A Python 2.7 to use; found if None.
        port: A Python 3 that the old client library runs on; found if None.
        kept_in: The folder for environments.
        say: Told what is going on.
    """
    old_python = find(OLD_VERSIONS, old, "--old")
    port_python = find(PORT_VERSIONS, port, "--new")
    source = SERVICE.read_text(encoding="utf-8")
    made = []
    for name, python in (("old", old_python), ("port", port_python)):
        say(f"packages for Python {python.version}")
        path = [environments.make(python, environments.OLD_PINS, kept_in)]
        packages = environments.package_versions(python, path, ("Flask", "Werkzeug", "redis"))
        made.append(Release(name, python, path, source, packages))
    return Releases(made[0], made[1], _on_shelflife(source, kept_in, say))


def on_shelflife(source: str) -> str:
    """Give the service's program with its one line changed."""
    assert source.count(OLD_LINE) == 1, "the change is one line"
    return source.replace(OLD_LINE, NEW_LINE)


def diff() -> list[str]:
    """Give what differs between the programs of the old release and of the one on shelflife."""
    old = SERVICE.read_text(encoding="utf-8")
    lines = difflib.unified_diff(
        old.splitlines(), on_shelflife(old).splitlines(), SERVICE.name, SERVICE.name, "", "", 0, ""
    )
    return [line.rstrip() for line in lines if not line.startswith("@@")]


def _on_shelflife(source: str, kept_in: Path, say: Callable[[str], None]) -> Release:
    python = environments.this_interpreter()
    say(f"packages for Python {python.version}")
    package = Path(shelflife.__file__).resolve().parent
    path = [environments.make(python, environments.NEW_PINS, kept_in), package.parent]
    packages = environments.package_versions(python, path, ("Flask", "Werkzeug", "redis"))
    return Release("shelflife", python, path, on_shelflife(source), packages)
