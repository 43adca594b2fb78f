"""Fixtures: a project of its own that uses the plugin, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shelflife.testing import find_server

PYENV = os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))
ALONE = (
    "-p",
    "shelflife.pytest_plugin",
    "-p",
    "no:cacheprovider",
    "--import-mode=importlib",
    "-o",
    "pythonpath=.",
)


class Project:
    """A project with the plugin alone: no other plugin of this environment is loaded in it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path

    def write(self, **files: str) -> None:
        """Write modules, by their names."""
        self.pytester.makepyfile(**files)

    def run(self, *words: str) -> pytest.RunResult:
        """Run pytest in it, in this process."""
        return self.pytester.runpytest_inprocess(*ALONE, *words)

    def run_apart(self, *words: str) -> pytest.RunResult:
        """Run pytest in it, in a process of its own."""
        return self.pytester.runpytest_subprocess(*ALONE, *words)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project in an empty folder."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("SHELFLIFE_REQUIRE", raising=False)
    monkeypatch.setenv("PYENV_ROOT", PYENV)  # pytester has moved the home folder away
    return Project(pytester)


@pytest.fixture
def real_project(project: Project, server_program: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The same, where a real server can be started."""
    monkeypatch.setenv("SHELFLIFE_REDIS_SERVER", find_server())
    return project
