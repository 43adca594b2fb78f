"""Python interpreters of this machine: on PATH, of pyenv, of uv; each has said its version."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

_ASK = "import sys; print('%d.%d.%d' % sys.version_info[:3])"


@dataclass(frozen=True)
class Interpreter:
    """A Python that was run and said its version, such as "2.7.18"."""

    path: Path
    version: str

    @property
    def series(self) -> str:
        """The version without its last part, such as "2.7"."""
        return self.version.rpartition(".")[0]


def find_series(series: str) -> Optional[Interpreter]:
    """Give the first interpreter of a series such as "2.7"; None if there is none."""
    for path in _candidates(series):
        found = ask_version(path)
        if found is not None and found.startswith(f"{series}."):
            return Interpreter(path, found)
    return None


def find_named(named: str) -> Optional[Interpreter]:
    """Give the interpreter of a path, or of a program's name on PATH; None if it is no Python."""
    where = shutil.which(named)
    found = ask_version(Path(where)) if where else None
    if where is None or found is None:
        return None
    # Links stay as they are: a virtual environment's python knows its packages by its own place.
    return Interpreter(Path(where).absolute(), found)


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


def _candidates(version: str) -> Iterator[Path]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield Path(on_path).absolute()
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv").absolute() / "versions"
    uv = Path.home() / ".local" / "share" / "uv" / "python"
    for root, pattern in ((pyenv, f"{version}.*"), (uv, f"cpython-{version}.*")):
        for folder in sorted(root.glob(pattern), reverse=True):
            yield folder / "bin" / f"python{version}"
