"""The example prints what its page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shelflife.testing import PrivateServer

pytest.importorskip("fastapi", reason="FastAPI is not installed")

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "examples" / "fastapi_responses"


def test_the_example_prints_what_its_page_says(server: PrivateServer) -> None:
    """Line for line."""
    said = re.findall(r"^    ((?:GET|PUT) .*)$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    done = subprocess.run(
        [sys.executable, str(FOLDER / "app.py")],
        env={**os.environ, "SHELFLIFE_URL": server.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == said
