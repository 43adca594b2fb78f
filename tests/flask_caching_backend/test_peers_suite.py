"""Flask-Caching's own suite passes with our backend in place of its own, at the floor and after.

Nothing is left out but what is about its other backends, about how it imports and makes them, and
`LEFT_OUT`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from shelflife.testing import PrivateServer

pytest.importorskip("flask_caching", reason="Flask-Caching is not installed")

from peer_sources import SECONDS, unpacked

PEERS = Path(__file__).parent / "peers"
SOURCE = Path(__file__).parent.parent.parent / "src"
PORT = "6360"  # which their tests name
FILES = [
    "backend_cache.py::TestRedisCache",  # the others are about other backends
    *("basic_app.py", "cache.py", "hash_method.py", "memoize.py", "signals.py", "subclassing.py"),
    *("templates.py", "view.py"),
]
# Bytes without `!`, which no release of Flask-Caching writes that has this backend: a miss here.
LEFT_OUT = "tests/test_backend_cache.py::TestRedisCache::test_compat"


@pytest.mark.slow
@pytest.mark.parametrize("writes", ["flask-caching", "shelflife"])
def test_flask_caching(server: PrivateServer, tmp_path: Path, writes: str) -> None:
    """All that its tests ask of a backend, of views and of memoized functions."""
    source = unpacked("Flask-Caching", version("Flask-Caching"), tmp_path / "source")
    tests = source / "tests"
    for path in tests.glob("test_*.py"):
        path.write_text(path.read_text(encoding="utf-8").replace(PORT, str(server.port)), "utf-8")
    results = tmp_path / "results.json"
    plugins = ["flask_caching_suite", "no:randomly", "no:cacheprovider", "no:shelflife"]
    command = [
        *(sys.executable, "-m", "pytest", "-q", "--noconftest", "-o", "addopts="),
        *(word for plugin in plugins for word in ("-p", plugin)),
        *(f"tests/test_{name}" for name in FILES),
        f"--deselect={LEFT_OUT}",
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(SOURCE), str(PEERS)]),
        "FLASK_CACHING_PORT": str(server.port),
        "FLASK_CACHING_SETTINGS": json.dumps({"CACHE_SHELFLIFE_WRITES": writes}),
        "FLASK_CACHING_RESULTS": str(results),
    }
    run = subprocess.run(
        command,
        env=environment,
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )

    assert results.exists(), run.stdout[-3000:] + run.stderr[-3000:]
    found = json.loads(results.read_text(encoding="utf-8"))
    failed = {name: why for name, why in found.items() if why}
    assert not failed, json.dumps(failed, indent=1)[:5000]
    assert len(found) >= 206
