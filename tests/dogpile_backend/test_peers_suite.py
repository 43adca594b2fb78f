"""dogpile's own suite passes with our backend in place of its own, in our form and in its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from shelflife.testing import PrivateServer

pytest.importorskip("dogpile.testing", reason="the suites come with dogpile.cache 1.3 and newer")

from peer_sources import SECONDS, unpacked

PEERS = Path(__file__).parent / "peers"
SOURCE = Path(__file__).parent.parent.parent / "src"
CLASSES = {"codec": "pickle", "allow": ["tests.cache.*"]}  # of the suite's own
AT_FLOOR = {**CLASSES, "reads": "dogpile", "writes": "dogpile", "floor": "3.9"}
FILES = {"shelflife": ("region", "decorator", "redis_backend"), "dogpile": ("region", "decorator")}
"""The others are about other backends. In dogpile's own form bytes that no region made are no hit,
by which `redis_backend` looks whether there is a server; `test_generic_suites` has the rest of it.
"""
LEFT_OUT = "RedisConnectionTest"
"""How dogpile calls the constructor of the client, which we do not."""


@pytest.mark.slow
@pytest.mark.parametrize("form", FILES)
def test_dogpile(server: PrivateServer, tmp_path: Path, form: str) -> None:
    """All but what is left out."""
    source = unpacked("dogpile-cache", version("dogpile.cache"), tmp_path / "source")
    results = tmp_path / "results.json"
    plugins = ["dogpile_suite", "no:randomly", "no:cacheprovider", "no:shelflife"]
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-o", "addopts="),
            *(word for plugin in plugins for word in ("-p", plugin)),
            *(f"tests/cache/test_{name}.py" for name in FILES[form]),
            *("-k", f"not {LEFT_OUT}"),
        ],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(SOURCE), str(PEERS)]),
            "DOGPILE_REDIS_PORT": str(server.port),
            "DOGPILE_SUITE_URL": server.url,
            "DOGPILE_SUITE_FORM": json.dumps(AT_FLOOR if form == "dogpile" else CLASSES),
            "DOGPILE_SUITE_RESULTS": str(results),
        },
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert results.exists(), run.stdout[-3000:] + run.stderr[-3000:]
    outcomes: dict[str, str] = json.loads(results.read_text())
    failed = {name for name, outcome in outcomes.items() if outcome == "failed"}

    assert not failed, run.stdout[-6000:]
    assert sum(outcome == "passed" for outcome in outcomes.values()) > 150
