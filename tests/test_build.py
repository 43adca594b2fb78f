"""Wheels: compiled where there is a compiler, and whole without one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def build(folder: Path, **variables: str) -> set[str]:
    """Build a wheel of this tree and give the names of what is in it."""
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    env = {**os.environ, **variables}
    subprocess.run([*words, str(folder), str(ROOT)], env=env, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {wheel.name, *archive.namelist()}


@pytest.mark.slow
@pytest.mark.parametrize("variables", [{"CC": "/bin/false"}, {"SHELFLIFE_PURE": "1"}])
def test_without_a_compiler_it_is_plain_python(variables: dict[str, str], tmp_path: Path) -> None:
    """The build does not fail, and the wheel fits every Python."""
    found = build(tmp_path, **variables)

    assert any(name.endswith("py3-none-any.whl") for name in found)
    assert "shelflife/pickles/walker.py" in found
    assert not any(name.endswith(".so") for name in found)


@pytest.mark.slow
def test_with_a_compiler_the_walker_is_compiled(tmp_path: Path) -> None:
    """And its source is there all the same."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    found = build(tmp_path)

    assert "shelflife/pickles/walker.py" in found
    assert any(name.startswith("shelflife/pickles/walker.c") for name in found)
