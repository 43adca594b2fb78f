"""The page that compares: each cell is asked of the real library."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from shelflife.testing import PrivateServer

ROOT = Path(__file__).parent.parent.parent
PEERS = Path(__file__).with_name("peers.py")
DISTRIBUTIONS = {"shelflife": "shelflife-cache"}


def columns() -> dict[str, dict[str, str]]:
    """What the page says, by library and question."""
    page = (ROOT / "docs" / "comparison.md").read_text(encoding="utf-8")
    table = page.partition("<!-- peers -->")[2].partition("<!-- end -->")[0].strip()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    (_, *names), _, *rest = rows
    return {
        name: {row[0]: row[column] for row in rest} for column, name in enumerate(names, start=1)
    }


@pytest.fixture(scope="module")
def url(server_program: str) -> Iterator[str]:
    """A server of its own: it is emptied again and again."""
    with PrivateServer(program=server_program) as server:
        yield server.url


@pytest.mark.parametrize("name", columns())
def test_each_cell_is_what_the_library_does(name: str, url: str) -> None:
    """Asked in a process of its own; another version than the page's is not held to it."""
    said = columns()[name]
    try:
        installed = version(DISTRIBUTIONS.get(name, name))
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    if installed != said["version"] and name != "shelflife":
        pytest.skip(f"the page is about {name} {said['version']}, and {installed} is here")

    asked = subprocess.run(
        [sys.executable, str(PEERS), name, url], capture_output=True, text=True, check=False
    )

    assert asked.returncode == 0, asked.stderr
    answers: dict[str, Any] = json.loads(asked.stdout)
    assert answers == said
