"""Every interpreter that is here, driven through `driver.py` in a child process."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

import pytest

from conftest import python

ROOT = Path(__file__).parents[2]
FILE = ROOT / "src" / "shelflife" / "bridge" / "shelflife_bridge.py"
DRIVER = Path(__file__).with_name("driver.py")
VERSIONS = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
VECTORS: list[dict[str, str]] = [
    json.loads(line)
    for line in (ROOT / "tests" / "data" / "portable-v1.jsonl").read_text("utf-8").splitlines()
]

Task = tuple[str, str, str, dict[str, Any]]
"""make or read or measured, what, payload or shelflife or werkzeug, options of BridgeCache."""
Answers = list[dict[str, Any]]


def drive(version: str, tasks: list[Task], folder: Path, seconds: float = 60) -> Answers:
    """Give an interpreter's answers to these tasks."""
    done = subprocess.run(
        [python(version), "-B", "-s", str(DRIVER)],
        input=json.dumps(tasks).encode(),
        env={"PYTHONPATH": str(FILE.parent)},
        cwd=folder,
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    answers: Answers = json.loads(done.stdout)
    return answers


def load_file(file: Path, name: str) -> ModuleType:
    """Import a file that is in no package."""
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@cache
def the_bridge() -> Any:
    """The bridge in this interpreter."""
    return load_file(FILE, "shelflife_bridge")


@cache
def the_driver() -> Any:
    """The driver in this interpreter, for its descriptions of values."""
    return load_file(DRIVER, "bridge_driver")


@pytest.fixture(scope="session")
def bridge() -> Any:
    """The bridge in this interpreter."""
    return the_bridge()


@pytest.fixture(params=VERSIONS)
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[list[Task]], Answers]:
    """Ask each interpreter in turn."""
    version: str = request.param

    def answers(tasks: list[Task]) -> Answers:
        return drive(version, tasks, tmp_path)

    answers.version = version  # type: ignore[attr-defined]
    return answers
