"""The page and the example say what the code does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("django", reason="Django is not installed")

from shelflife.django import checks
from shelflife.django.settings import OURS, TOP

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "django.md").read_text(encoding="utf-8")
CORE = "django.core.cache.backends.redis.RedisCache"


def test_every_setting_is_documented() -> None:
    """And each option of the cache."""
    table = PAGE.partition("| setting |")[2].partition("\n\n")[0]
    (options,) = re.findall(r"^\| `OPTIONS` \| (.*?\.) ", table + " ", re.MULTILINE)
    row = next(line for line in table.splitlines() if line.startswith("| `OPTIONS`"))

    assert set(re.findall(r"`(\w+)`", row)) - {"OPTIONS"} == set(OURS), options
    assert {name for name in TOP if f"`{name}`" in table} == TOP


def test_every_check_is_documented() -> None:
    """In the page and in the code."""
    ids = re.findall(r"shelflife\.W\d+", PAGE)

    assert ids == re.findall(r"shelflife\.W\d+", checks.__doc__ or "")


def tour(url: str, **more: str) -> str:
    """Run the example."""
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    search = os.pathsep.join([str(ROOT / "src"), *filter(None, inherited)])
    return subprocess.run(
        [sys.executable, "news.py", "tour"],
        cwd=ROOT / "examples" / "django_cache",
        env={**os.environ, "CACHE_URL": url, "PYTHONPATH": search, **more},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_the_example_does_what_it_says(redis_url: str) -> None:
    """With our backend, and with Django's own in its place."""
    said = (ROOT / "examples" / "django_cache" / "README.md").read_text(encoding="utf-8")
    ours, theirs = tour(redis_url), tour(redis_url, CACHE_BACKEND=CORE)

    assert ours in said
    assert theirs in said
    assert "500" not in ours
