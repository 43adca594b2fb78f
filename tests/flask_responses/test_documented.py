"""The pages and the example say what the code does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

pytest.importorskip("flask", reason="Flask is not installed")
pytest.importorskip("flask_caching", reason="Flask-Caching is not installed")

from shelflife.flask_caching import backend
from shelflife.http import Policy
from shelflife.http.facts import STATUSES

ROOT = Path(__file__).parent.parent.parent
FLASK = (ROOT / "docs" / "flask.md").read_text(encoding="utf-8")
FLASK_CACHING = (ROOT / "docs" / "flask-caching.md").read_text(encoding="utf-8")
SAID = (ROOT / "examples" / "flask_responses" / "README.md").read_text(encoding="utf-8")


def test_every_setting_of_responses_is_documented() -> None:
    """By both of its names; and the codes that are kept."""
    rows = dict(re.findall(r"^\| `SHELFLIFE_RESPONSES_(\w+)` \| `(\w+)` \|", FLASK, re.MULTILINE))
    names = [field.name for field in fields(Policy)]

    assert sorted(rows.values()) == sorted(names)
    assert {setting.lower() for setting in rows} == set(names)
    statuses = re.findall(r"are kept: ([\d, and]+)\.", FLASK)
    assert set(map(int, re.findall(r"\d+", statuses[0]))) == STATUSES


def test_the_defaults_of_the_backend_are_documented() -> None:
    """What it reads, and for whom it writes."""
    assert f'| `reads` | `"{backend.DIALECT}"`' in FLASK_CACHING
    assert f'| `floor` | `"{backend.DEFAULT_FLOOR}"`' in FLASK_CACHING


def tour(url: str, cached_by: str) -> str:
    """Run the example."""
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    search = os.pathsep.join([str(ROOT / "src"), *filter(None, inherited)])
    return subprocess.run(
        [sys.executable, "articles.py", "tour"],
        cwd=ROOT / "examples" / "flask_responses",
        env={**os.environ, "SHELFLIFE_URL": url, "CACHED_BY": cached_by, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_the_example_does_what_it_says(redis_url: str) -> None:
    """With either of ours, and with Flask-Caching's own."""
    ours = tour(redis_url, "shelflife.flask")
    theirs = tour(redis_url, "RedisCache")

    assert ours in SAID
    assert theirs in SAID
    assert "500" not in ours
    assert tour(redis_url, "shelflife.flask_caching.ShelflifeCache") == ours
