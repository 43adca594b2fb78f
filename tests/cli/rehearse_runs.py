"""Runs `shelflife rehearse` on the small service beside this file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

SERVICE = Path(__file__).with_name("rehearsed_service.py")
TITLES = [*(f"n{number}" for number in range(20)), *(f"žluťoučký-{number}" for number in range(20))]


class Ran(NamedTuple):
    """A command that was run."""

    code: int
    out: str
    err: str


def write_plan(folder: Path, old: str = "plain", new: str = "plain", more: str = "") -> Path:
    """Write a plan and its log."""
    line = '127.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "{}" 200 12\n'
    targets = [f"GET /articles/{quote(title)} HTTP/1.1" for title in TITLES]
    lines = [line.format(target) for target in targets * 3]
    lines += [line.format("POST /articles HTTP/1.1"), "nonsense with a s3cret\n"]
    (folder / "access.log").write_text("".join(lines), encoding="ascii")
    releases = [
        f'[{name}]\npython = "this"\nready = "/health"\n'
        f'command = "{{python}} {SERVICE} {form} {{port}} {{cache_url}}"\n'
        for name, form in (("old", old), ("new", new))
    ]
    plan = folder / "plan.toml"
    log = '[log]\nfile = "access.log"\nformat = "common"\n'
    plan.write_text("\n".join([*releases, log, more]), encoding="utf-8")
    return plan


def start(*words: str, folder: Path) -> subprocess.Popen[str]:
    """Start `shelflife rehearse` with these words."""
    return subprocess.Popen(
        [sys.executable, "-m", "shelflife.cli", "rehearse", *words],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def run(*words: str, folder: Path, typed: str = "") -> Ran:
    """Run it to its end."""
    process = start(*words, folder=folder)
    out, err = process.communicate(typed, timeout=120)
    return Ran(process.returncode, out, err)
