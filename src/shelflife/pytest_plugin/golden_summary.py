"""What the summary says of golden entries: which were added, not read, or used by no test.

Rules:
1. Only a module of which every test has run, and passed, tells which of its entries are unused.
2. All is taken from reports, as the tests may have run in other processes (pytest-xdist).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from shelflife.pytest_plugin.golden import FOLDER, USED, note_on


class GoldenSummary:
    """Gathers what the tests have used.

    Args:
        config: Of the session.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._used: dict[str, set[str]] = {}
        self._partial = {arg.partition("::")[0] for arg in config.args if "::" in arg}
        self._missed: dict[str, None] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note what a test has used."""
        report = yield
        note_on(report, item)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one phase of one test."""
        module = report.nodeid.partition("::")[0]
        if not report.passed:
            self._partial.add(module)
        noted = getattr(report, USED, None)
        if noted is not None:
            self._used.setdefault(module, set()).update(noted["names"])
            self._missed.update(dict.fromkeys(noted["missed"]))

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Leave out modules of which some test does not run."""
        self._partial.update(item.nodeid.partition("::")[0] for item in items)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell."""
        lines = [f"not read there, {why}" for why in self._missed]
        lines += [f"used by no test: {self._shown(path)}" for path in self._unused()]
        if not lines:
            return
        terminalreporter.section("golden entries")
        for line in lines:
            terminalreporter.write_line(line)

    def _unused(self) -> list[Path]:
        """Give the folders of values that no test has asked for."""
        if self._is_selective():
            return []
        partial = {self._path(module) for module in self._partial}
        found: set[Path] = set()
        for module, names in self._used.items():
            path = self._path(module)
            if path not in partial and path.suffix == ".py":
                found |= _values_in(path.parent / FOLDER / path.stem, names)
        return sorted(found)

    def _is_selective(self) -> bool:
        """Whether tests are left out in a way that workers of pytest-xdist do not tell of."""
        option = self._config.option
        distributed = getattr(option, "numprocesses", None)
        return bool(distributed and (option.keyword or option.markexpr))

    def _path(self, module: str) -> Path:
        return (self._config.rootpath / module).resolve()

    def _shown(self, path: Path) -> str:
        root = self._config.rootpath.resolve()
        return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _values_in(folder: Path, used: set[str]) -> set[Path]:
    if not folder.is_dir():
        return set()
    return {path for path in folder.iterdir() if path.is_dir() and path.name not in used}
