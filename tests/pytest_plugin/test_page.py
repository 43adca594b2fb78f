"""The page says what the plugin has, its examples pass, and loading it costs next to nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import shelflife
from shelflife import pytest_plugin

PAGE = Path(__file__).parent.parent.parent / "docs" / "pytest.md"


def test_the_examples_pass(real_project: Any) -> None:
    """Each block that names a file, in a project of its own."""
    examples = re.findall(r"```py\n# (\w+)\.py\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for name, text in examples:
        real_project.path.joinpath(f"{name}.py").write_text(text, encoding="utf-8")

    assert len(examples) >= 4
    real_project.run("--golden-update", "--no-mocked-cache").assert_outcomes(passed=6)
    real_project.run("--no-mocked-cache").assert_outcomes(passed=6)


def test_fixtures_and_options_are_documented(project: Any) -> None:
    """And no others."""
    page = PAGE.read_text()
    project.write(test_one="def test_one(): pass")
    listed = project.run("--fixtures").stdout.str()
    helped = project.run("--help").stdout.str().partition("caches (shelflife)")[2]

    table = page.partition("<!-- fixtures -->")[2].partition("<!-- end -->")[0]
    documented = {
        name
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    ours = {name for name in pytest_plugin.__all__ if not name.startswith("pytest_")}
    assert documented == ours
    assert all(f"{name} " in listed for name in ours)
    options = page.partition("<!-- options of the plugin -->")[2].partition("<!-- end -->")[0]
    assert set(re.findall(r"^\| `(--[\w-]+)", options, re.MULTILINE)) == set(
        re.findall(r"^  (--[\w-]+)", helped.partition("\n\n")[0], re.MULTILINE)
    )


def test_markers_and_settings_are_documented(project: Any) -> None:
    """As pytest lists them."""
    page = PAGE.read_text()
    markers = re.findall(r"@pytest\.mark\.(shelflife\w*)", project.run("--markers").stdout.str())
    settings = re.findall(r"^  (shelflife_\w+)", project.run("--help").stdout.str(), re.MULTILINE)

    assert len(markers) == 2
    assert len(settings) == 2
    assert all(f"`@pytest.mark.{name}(" in page for name in markers)
    assert all(f"| `{name}` |" in page for name in settings)


def test_loading_it_imports_no_driver_and_nothing_of_the_tools() -> None:
    """Only fixtures do."""
    code = (
        "import sys, shelflife.pytest_plugin\n"
        "tools = ('redis', 'hypothesis', 'click', 'rich', 'shelflife.testing', "
        "'shelflife.runtimes', 'shelflife.live', 'shelflife.reports')\n"
        "sys.exit(str([name for name in tools if name in sys.modules] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr.strip() == ""


def test_a_run_that_has_loaded_shelflife_before_is_not_warned(project: Any) -> None:
    """Pytest would say of a plugin's package that it cannot be rewritten any more."""
    project.write(
        test_one="def test_one(): pass",
        start="""
        import sys, pytest, shelflife.pytest_plugin
        sys.exit(pytest.main(["-W", "error", "-p", "shelflife.pytest_plugin", "test_one.py"]))
        """,
    )
    done = subprocess.run([sys.executable, "start.py"], cwd=project.path, check=False)

    assert done.returncode == 0
    assert "PYTEST_DONT_REWRITE" in str(
        shelflife.__doc__
    )  # for those who load it by its entry point


def test_a_run_takes_less_than_a_second_longer(project: Any) -> None:
    """Best of three, with and without."""
    project.write(test_one="def test_one(): pass")

    def seconds(*words: str) -> float:
        begun = time.perf_counter()
        words = (sys.executable, "-m", "pytest", "-q", "--collect-only", *words)
        subprocess.run(words, cwd=project.path, capture_output=True, check=True)
        return time.perf_counter() - begun

    bare = min(seconds() for _ in range(3))
    loaded = min(seconds("-p", "shelflife.pytest_plugin") for _ in range(3))

    assert loaded - bare < 1.0
