"""What a release's install steps make, in a folder that is kept for the next rehearsal.

Rule 1: A folder is filled under its own name (packages may remember it) and is done once its mark
is there; one without a mark is half made, and is removed and made anew.
Rule 2: Only a folder below the one of the rehearsals is ever deleted.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Callable

from shelflife.rehearse.plan import ReleasePlan
from shelflife.rehearse.trouble import CannotRehearse

_SECONDS = 600
_MARK = "installed"


def default_folder() -> Path:
    """Give the folder where environments are kept between rehearsals."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache).resolve() / "shelflife" / "rehearse"


def install(
    release: ReleasePlan, fill: Callable[[str, str], str], facts: str, say: Callable[[str], None]
) -> str:
    """Run a release's install steps, once, and give what `{env}` stands for.

    Args:
        release: The plan of the release.
        fill: Puts the values of placeholders into a template; told what `{env}` is.
        facts: What the steps depend on besides their own words: the interpreter.
        say: Told what is being done.

    Raises:
        CannotRehearse: If a step fails.
    """
    if not release.install:
        return ""
    words = "\n".join((facts, *release.install, *_files_of(release)))
    folder = default_folder() / f"{release.name}-{hashlib.sha256(words.encode()).hexdigest()[:12]}"
    env = folder / "env"
    if (folder / _MARK).exists():
        return str(env)
    say(f"installing what {release.name} needs")
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".lock-", dir=folder.parent))
    try:
        if folder.exists():  # half made
            folder.rename(aside / "half")
        env.mkdir(parents=True, exist_ok=True)
        for step in release.install:
            _run(fill(step, str(env)), release)
        (folder / _MARK).touch()
    finally:
        shutil.rmtree(aside)
    return str(env)


def _files_of(release: ReleasePlan) -> list[str]:
    """Give the content of the requirement files that the steps name: they are facts as well."""
    found = []
    for step in release.install:
        for word in shlex.split(step):
            file = release.cwd / word
            if word.endswith(".txt") and file.is_file():
                found.append(file.read_text(encoding="utf-8", errors="replace"))
    return found


def _run(step: str, release: ReleasePlan) -> None:
    environment: Mapping[str, str] = {
        name: text for name, text in os.environ.items() if not name.startswith("PYTHON")
    }
    try:
        done = subprocess.run(
            shlex.split(step),
            cwd=release.cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise CannotRehearse(_failed(release, step, f"not done after {_SECONDS} s")) from None
    except OSError as error:
        raise CannotRehearse(_failed(release, step, error.strerror or str(error))) from None
    if done.returncode != 0:
        lines = done.stdout.strip().splitlines()
        told = [line for line in lines if "error" in line.lower()] or lines or ["it said nothing"]
        raise CannotRehearse(_failed(release, step, told[-1].strip()[:200]))


def _failed(release: ReleasePlan, step: str, why: str) -> str:
    return f"[{release.name}] install: `{step}` failed: {why}. Run it by hand to see all it says"
