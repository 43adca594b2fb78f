"""What nine interpreters write, and what each of them makes of it: the truth that verdicts meet."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Optional

from conftest import missing
from matrix.programs import READ, WRITE

EXPRESSIONS = Path(__file__).parent.parent / "data" / "expressions.txt"
"""Values of the standard library: each Python writes those that it can evaluate."""
VERSIONS = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")


class Written(NamedTuple):
    """One pickle, who wrote it, and of what."""

    writer: str
    expression: str
    protocol: int
    blob: bytes


def find(version: str) -> Optional[str]:
    """Give the path of an interpreter, or None."""
    found = shutil.which(f"python{version}")
    if found and "shims" not in found:
        return found
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    matches = sorted(root.glob(f"{version}.*/bin/python{version}"))
    return str(matches[-1]) if matches else None


@cache
def interpreters() -> dict[str, str]:
    """Those that are here; at least two, or there is nothing to compare."""
    found = {version: path for version in VERSIONS if (path := find(version))}
    if len(found) < 2:
        missing("python2.7", "fewer than two of the interpreters 2.7 to 3.13 are here")
    return found


@cache
def corpus() -> list[Written]:
    """Every pickle that any of them writes, at each protocol that it would choose."""
    texts = EXPRESSIONS.read_text(encoding="utf-8").splitlines()
    return [
        Written(version, text, protocol, base64.b64decode(blob))
        for version in interpreters()
        for text, protocol, blob in _run(version, WRITE, texts)
    ]


@cache
def truth(version: str) -> list[str]:
    """What loading each pickle of the corpus gives there: "" or the exception's name."""
    blobs = [base64.b64encode(one.blob).decode() for one in corpus()]
    return [str(outcome) for outcome in _run(version, READ, blobs)]


def _run(version: str, program: str, given: list[str]) -> list[Any]:
    data = base64.b64encode(json.dumps(given).encode())
    words = [interpreters()[version], "-c", program]
    done = subprocess.run(words, input=data, capture_output=True, check=True, timeout=300)
    found: list[Any] = json.loads(done.stdout)
    return found
