"""Find the Python interpreters of the demo: named ones, on PATH, of pyenv, of uv."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

OLD_VERSIONS = ("2.7",)
# The oldest client library of these that still runs ends with 3.9.
PORT_VERSIONS = ("3.8", "3.7", "3.6", "3.9")

_ASK = "import sys; print('%d.%d.%d' % sys.version_info[:3])"


class CannotRun(Exception):
    """The demo cannot run as it was asked to; the message says why and what to do."""


class NotHere(Exception):
    """What a live run needs is not on this machine; recorded bytes can be replayed instead."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that was run and said its version, such as "2.7.18"."""

    path: Path
    version: str

    @property
    def series(self) -> str:
        """The version without its last part, such as "2.7"."""
        return self.version.rpartition(".")[0]


def find(versions: tuple[str, ...], named: Optional[str], option: str) -> Interpreter:
    """Give the named interpreter, or else the first one found of these versions.

    Raises:
        CannotRun: If the named one is no Python, or of another version.
        NotHere: If none was named and none was found.
    """
    if named is not None:
        return _check(named, versions, option)
    for version in versions:
        for path in _candidates(version):
            found = ask_version(path)
            if found is not None and found.startswith(f"{version}."):
                return Interpreter(path, found)
    raise NotHere(f"no Python {versions[0]} on PATH, in pyenv or in uv (name one with {option})")


def ask_version(path: Path) -> Optional[str]:
    """Run this program as a Python and give its version; None if it is none."""
    try:
        answer = subprocess.run(
            [str(path), "-s", "-c", _ASK],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    version = answer.stdout.strip()
    return version if version.replace(".", "").isdigit() else None


def _check(named: str, versions: tuple[str, ...], option: str) -> Interpreter:
    where = shutil.which(named)
    found = ask_version(Path(where)) if where else None
    if where is None or found is None:
        raise CannotRun(f"{option} {named}: no Python interpreter there")
    if found.rpartition(".")[0] not in versions:
        wanted = " or ".join(sorted(versions))
        raise CannotRun(f"{option} {named}: is Python {found}, but this part needs {wanted}")
    # Links stay as they are: a virtual environment's python knows its packages by its own place.
    return Interpreter(Path(where).absolute(), found)


def _candidates(version: str) -> Iterator[Path]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield Path(on_path).absolute()
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv").absolute() / "versions"
    uv = Path.home() / ".local" / "share" / "uv" / "python"
    for root, pattern in ((pyenv, f"{version}.*"), (uv, f"cpython-{version}.*")):
        for folder in sorted(root.glob(pattern), reverse=True):
            yield folder / "bin" / f"python{version}"
