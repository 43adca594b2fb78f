"""Run the real command in a folder of its own, and see what is left of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import psutil

import shelflife

SOURCE = Path(shelflife.__file__).resolve().parent.parent
SECONDS = 300


@dataclass
class Run:
    code: int
    out: str
    err: str
    facts: Optional[dict[str, Any]]

    def figures(self, act: int, name: str) -> list[int]:
        assert self.facts is not None, self.err
        return [phase[name] for phase in self.facts["acts"][act - 1]["phases"]]


@contextmanager
def place() -> Iterator[Path]:
    """A short folder for temporary files: a socket's path may have 100 characters only."""
    with tempfile.TemporaryDirectory(prefix="sl-") as made:
        yield Path(made).resolve()


def variables(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if name not in {"COLUMNS", "TERM"}}
    own = {"PYTHONPATH": str(SOURCE), "TMPDIR": str(folder), "XDG_CACHE_HOME": str(folder / "x")}
    return {**kept, **own, **more}


def words(*options: str) -> list[str]:
    return [sys.executable, "-m", "shelflife.cli", "demo", *options]


def run_demo(folder: Path, *options: str, **more: str) -> Run:
    """Run `shelflife demo --json` in this folder to its end."""
    file = folder / "figures.json"
    done = subprocess.run(
        words("--json", str(file), *options),
        cwd=folder,
        env=variables(folder, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    facts = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    return Run(done.returncode, done.stdout, done.stderr, facts)


def processes_in(folder: Path) -> list[str]:
    """What still runs in a folder or with it on its command line."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        facts = [*(process.info["cmdline"] or []), process.info["cwd"] or ""]
        if any(str(folder) in fact for fact in facts):
            found.append(" ".join(facts))
    return found
