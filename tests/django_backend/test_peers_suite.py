"""Django's own suite and django-redis' own suite pass with our backend in place of theirs.

What is left out is listed with its reason; a test that is left out and passes is an error as well.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from shelflife.testing import PrivateServer

pytest.importorskip("django", reason="Django is not installed")
pytest.importorskip("django_redis", reason="django-redis is not installed")

from peer_sources import SECONDS, unpacked

PEERS = Path(__file__).parent / "peers"
SOURCE = Path(__file__).parent.parent.parent / "src"

NOT_PORTABLE = "NotPortable is raised in place of PickleError: it says what it is, and where"
CULLING = "skipped by Django too: the server evicts"
DJANGO = {
    r"(Blocking|Async)\.test_(add|set)_fail_on_pickleerror": NOT_PORTABLE,
    r"(Blocking|Async)\.test_(cull|zero_cull|cull_delete_when_store_empty)": CULLING,
    r"Async\.test_cache_(read|write)_for_model_instance_with_deferred": (
        "pickling a queryset asks the database, which Django forbids in a running loop"
    ),
}
TYPES = "sets, hashes and sorted sets are no entries of a cache: get_redis_connection() has them"
DJANGO_REDIS = {
    r"test_h(set|del|len|keys|exists|ash_\w+)|test_interstore": TYPES,
    r"test_s(add|card|diff\w*|inter\w*|ismember|move|pop\w*|randmember\w*|rem)": TYPES,
    r"test_s(scan\w*|mismember|union\w*)": TYPES,
    r"test_set_call_empty_pipeline": (
        "passes a pipeline as `client`, which is in no documentation: set_many() is one"
    ),
    r"test_primary_replica_switching\w*": "puts text in place of django-redis' own list of clients",
    r"test_delete_pattern_with_(custom_count|settings_default_scan_count)": (
        "expects a mock of django-redis' client to be called; `itersize` is taken"
    ),
    r"test_close_client|test_close_with_signal_parameter": (
        "expects a mock of django-redis' client to be closed; close() takes what is passed"
    ),
    r"test_get_django_omit_exceptions": (
        "asks for the words of django-redis' log; it answers, and it logs"
    ),
    r"test_get_django_omit_exceptions_priority_2": (
        "raises, but shelflife.ServerError: no exception of redis-py's, which is not asked"
    ),
}


def compare(results: Path, left_out: dict[str, str], fewest: int) -> None:
    """Check that what failed is what is left out."""
    found = json.loads(results.read_text(encoding="utf-8"))
    unexpected = {}
    for name, what in found.items():
        method = re.sub(r" \(.*|\[.*", "", name.split("::")[-1]).replace("__main__.", "")
        is_left_out = any(re.fullmatch(pattern, method) for pattern in left_out)
        if bool(what) != is_left_out:
            unexpected[name] = what or "passed, and is left out"
    assert not unexpected, json.dumps(unexpected, indent=1)[:5000]
    assert len(found) - sum(map(bool, found.values())) >= fewest


@pytest.mark.slow
def test_django(server: PrivateServer, tmp_path: Path) -> None:
    """Every test of a backend, blocking and async; pages, headers, fragments and middleware."""
    source = unpacked("Django", version("Django"), tmp_path / "source")
    url, results = server.url.rpartition("/")[0], tmp_path / "results.json"
    command = [sys.executable, str(PEERS / "django_suite.py"), str(source / "tests"), url]
    subprocess.run(
        [*command, str(results)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        check=True,
        timeout=SECONDS,
    )

    compare(results, DJANGO, 160)


@pytest.mark.slow
def test_django_redis(server: PrivateServer, tmp_path: Path) -> None:
    """Every test of what we take from it: all but Redis' other types."""
    source = unpacked("django-redis", version("django-redis"), tmp_path / "source")
    url, results = server.url.rpartition("/")[0], tmp_path / "results.json"
    plugins = ["django_redis_suite", "no:randomly", "no:cacheprovider", "no:shelflife"]
    files = [f"tests/test_{name}.py" for name in ("backend", "cache_options", "session")]
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "--noconftest", "-o", "addopts="),
            *(word for plugin in plugins for word in ("-p", plugin)),
            *files,
        ],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(SOURCE), str(PEERS)]),
            "DJANGO_REDIS_URL": url,
            "DJANGO_REDIS_RESULTS": str(results),
        },
        cwd=source,
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )

    compare(results, DJANGO_REDIS, 99)
