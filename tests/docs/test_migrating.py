"""The runbook: its commands and its code are run as they stand, in their order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from conftest import python
from rehearse.rehearsing import write_plan
from repair.test_convert import written
from shelflife import Cache

PAGE = Path(__file__).parent.parent.parent / "docs" / "migrating.md"
BLOCK = re.compile(r"(?:<!-- exit (\d) -->\n)?```(sh|python)\n(.*?)```", re.DOTALL)


def blocks() -> Iterator[tuple[str, str, int]]:
    """Language, text and expected exit code of each block."""
    for code, language, text in BLOCK.findall(PAGE.read_text()):
        yield language, text, int(code or 0)


@pytest.mark.usefixtures("redis_url")
def test_every_step_works_as_it_is_written(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a cache that Python 2.7 has filled; and at the end Python 2.7 reads all of it."""
    monkeypatch.chdir(tmp_path)
    client = redis.Redis.from_url(redis_url)
    for name in ("article:old", "article:2"):
        client.set(f"api:{name}", written("2.7", r"{'title': 'caf\xc3\xa9'}"), ex=3600)
    (tmp_path / "shelflife").write_text(f'#!/bin/sh\nexec {sys.executable} -m shelflife.cli "$@"\n')
    (tmp_path / "shelflife").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "CACHE": redis_url,
        "OLD": f"old={python('2.7')}",
        "NEW": f"new={python('3.12')}",
    }
    write_plan(tmp_path)
    names: dict[str, object] = {"url": redis_url, "Cache": Cache, "__name__": "__main__"}

    for language, text, expected in blocks():
        if language == "python":
            exec(text, names)
        elif "shelflife" in text:
            for command in text.strip().splitlines():
                done = subprocess.run(
                    ["/bin/sh", "-c", command],
                    capture_output=True,
                    text=True,
                    env=environment,
                    check=False,
                )
                assert done.returncode == expected, command + done.stdout + done.stderr

    cache = names["cache"]
    assert isinstance(cache, Cache)
    cache.close()
    left: list[Any] = [client.get(key) for key in client.scan_iter("api:*")]
    assert len(left) == 3
    assert all(entry.startswith(b"!\x80\x02") for entry in left)
    client.close()
