"""cachelib's own Redis tests pass with our drop-in in place of its RedisCache.

Left out: `CustomCache` and `SerializerTests`, which put another serializer into the class. How
entries are written is what the drop-in is there to decide.
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

pytest.importorskip("cachelib", reason="cachelib is not installed")

from peer_sources import SECONDS, unpacked

PEERS = Path(__file__).parent / "peers"
SOURCE = Path(__file__).parent.parent.parent / "src"
LEFT_OUT = ("CustomCache", "serializer", "Serializer")


@pytest.mark.slow
def test_cachelib(server: PrivateServer, tmp_path: Path) -> None:
    """All but what is left out."""
    source = unpacked("cachelib", version("cachelib"), tmp_path / "source")
    for name in ("test_redis_cache.py", "conftest.py"):
        path = source / "tests" / name
        text = path.read_text(encoding="utf-8").replace("6360", str(server.port))
        path.write_text(text.replace("from xprocess import ProcessStarter", ""), encoding="utf-8")
    results = tmp_path / "results.json"
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-o", "pythonpath=tests"),
            *("-p", "cachelib_suite", "-p", "no:randomly", "-p", "no:shelflife"),
            *("tests/test_redis_cache.py", "-k", " and ".join(f"not {one}" for one in LEFT_OUT)),
        ],
        env={
            **os.environ,
            "CI": "true",  # their own word for: the server is there
            "PYTHONPATH": os.pathsep.join([str(SOURCE), str(PEERS)]),
            "CACHELIB_PORT": str(server.port),
            "CACHELIB_RESULTS": str(results),
        },
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
    assert len(found) >= 20
