"""Caches of real processes tell their fleet what they count, whatever the server does."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import redis

from gate.conftest import MINIMUM
from shelflife import Cache
from shelflife.fleet import reporting
from shelflife.lookup import ABSENT
from shelflife.testing import PrivateServer


def test_caches_tell_what_they_count(
    client: redis.Redis, join: Callable[..., Cache], counts: Callable[[], dict[Any, int]]
) -> None:
    """When they are closed at the latest, and whose entries they read."""
    old, new = join("old"), join("new")
    for number in range(50):
        new.set(f"x:{number % 5}", number)
        assert old.get(f"x:{number % 5}") == number
        time.sleep(0.02)
    client.set("a:x:bad", b"!rubbish")
    old.get("x:bad")
    old.close()
    new.close()
    told = counts()

    assert told["old", "hits"] == 50
    assert told["old", "unreadable", "foreign", "", "a:x:*"] == 1
    assert told["new", "stored"] == 50
    assert 8 <= told["old", "sampled", "new"] <= 50


@pytest.mark.parametrize("trouble", ["stopped", "killed"])
def test_no_trouble_of_the_server_is_counted_twice(
    server_program: str, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """What is told is never more than what happened; callers notice nothing."""
    monkeypatch.setattr(reporting, "BEAT", 0.1)
    given: dict[str, Any] = {"fleet": "api", "fleet_minimum": MINIMUM, "floor": "fleet"}
    told: Counter[tuple[str, ...]] = Counter()
    with PrivateServer(program=server_program) as server:
        cache = Cache(server.url, prefix="a:", release="new", **given)

        def serve(times: int) -> None:
            for number in range(times):
                cache.get(f"x:{number % 7}")
                time.sleep(0.005)

        def add() -> None:
            with redis.Redis.from_url(server.url) as client:
                for key in client.scan_iter("*:counts:*"):
                    told.update(
                        {tuple(json.loads(f)): int(n) for f, n in client.hgetall(key).items()}
                    )

        serve(100)
        if trouble == "stopped":
            server.pause()
            serve(5)
            time.sleep(0.8)
            server.resume()
        else:
            time.sleep(0.5)
            add()  # it forgets them
            server.kill()
            serve(5)
            server.start()
        deadline = time.monotonic() + 5
        while cache.lookup("x:1") != ABSENT and time.monotonic() < deadline:
            time.sleep(0.05)
        serve(100)
        cache.close()
        add()
    reads = cache.counters().reads
    counted = sum(number for cause, number in told.items() if cause[1] in {"hits", "misses"})

    assert 100 < counted <= reads
    assert counted == reads or told["new", "lost-reports"] or trouble == "killed"
