"""Purge and its undo, from the command line, on a real server."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from conftest import python
from repair.conftest import Ran, contents
from repair.test_convert import written

Run = Callable[..., Ran]


@pytest.fixture
def mixed(client: redis.Redis) -> redis.Redis:
    """A cache of entries that 2.7 reads, and of some that it does not."""
    fine, broken = written("2.7", "{'a': 1}"), written("3.8", "{'a': 1}")
    for number in range(20):
        client.set(f"api:old:{number}", fine, px=90_000)
        client.set(f"api:new:{number}", broken, px=90_000 if number % 2 else None)
    client.set("session:abc", written("3.8", "{'_permanent': True}")[1:])
    client.hset("h", "f", broken)
    return client


def old_target() -> tuple[str, str, str, str]:
    """The options that select what 2.7 fails to read."""
    return ("--fails", "old", "--target", f"old={python('2.7')}")


def test_only_what_is_broken_goes(run: Run, mixed: redis.Redis, redis_url: str) -> None:
    """What a target fails to read is removed, the rest stays byte for byte, state as well."""
    before = contents(mixed)
    plan = run("purge", redis_url, "--prefix", "api:", *old_target())
    assert plan.counts == {"selected": 20, "removed": 20}
    assert contents(mixed) == before

    done = run("purge", redis_url, *old_target(), "--execute", "--journal", "j")

    assert done.counts == {"selected": 21, "removed": 20, "refused": 1}
    assert done.document["refusals"][0]["reason"] == "wrong-type"
    assert done.document["seen"]["state"] == 1
    assert done.code == 1
    left = contents(mixed)
    assert left == {key: value for key, value in before.items() if b":new:" not in key}


def test_what_was_removed_comes_back_only_if_that_is_wanted(
    run: Run, mixed: redis.Redis, redis_url: str
) -> None:
    """The undo of a purge is refused without a word; with it, all is as it would be by now."""
    before = contents(mixed)
    run("purge", redis_url, "--prefix", "api:", *old_target(), "--execute", "--journal", "j")
    mixed.set("api:new:3", "newer")

    refused = run("undo", "j", "--execute")
    assert refused.code == 2
    assert "--even-if-invalidated" in refused.said
    time.sleep(1.1)
    done = run("undo", "j", "--execute", "--even-if-invalidated")

    assert done.counts == {"selected": 20, "restored": 19, "changed-meanwhile": 1}
    assert mixed.get("api:new:3") == b"newer"
    left = contents(mixed)
    del left[b"api:new:3"], before[b"api:new:3"]
    assert left == before
    assert 87_000 < mixed.pttl("api:new:5") < 89_000
    assert mixed.pttl("api:new:4") == -1


def test_what_would_have_expired_by_now_stays_gone(
    run: Run, client: redis.Redis, redis_url: str
) -> None:
    """Undo makes nothing live longer than it would have."""
    client.set("short", written("3.8", "1"), px=700)
    client.set("long", written("3.8", "1"), px=90_000)
    run("purge", redis_url, "--dialect", "werkzeug", "--execute", "--journal", "j")
    time.sleep(0.8)

    done = run("undo", "j", "--execute", "--even-if-invalidated")

    assert done.counts == {"selected": 2, "restored": 1, "gone": 1}
    assert client.exists("short") == 0


def test_state_goes_only_when_it_is_asked_for(run: Run, mixed: redis.Redis, redis_url: str) -> None:
    """Sessions are kept by --prefix alone, and removed with --state."""
    kept = run("purge", redis_url, "--prefix", "session:", "--execute")
    assert kept.counts == {}
    assert mixed.exists("session:abc") == 1

    gone = run("purge", redis_url, "--prefix", "session:", "--state", "--execute")

    assert gone.counts == {"selected": 1, "removed": 1}
    assert mixed.exists("session:abc") == 0


def test_what_never_expires_can_be_told_apart(run: Run, mixed: redis.Redis, redis_url: str) -> None:
    """--no-ttl narrows what --fails has chosen."""
    done = run("purge", redis_url, *old_target(), "--no-ttl", "--prefix", "api:", "--execute")

    assert done.counts == {"selected": 10, "removed": 10}
    assert mixed.exists("api:new:1") == 1


def test_reasons_choose(run: Run, mixed: redis.Redis, redis_url: str) -> None:
    """--reason chooses by why a target fails, or by what no runtime reads."""
    mixed.set("api:bad:1", b"!\x80\x04\x95")

    assert run("purge", redis_url, "--reason", "corrupt").counts == {"selected": 1, "removed": 1}
    chosen = run("purge", redis_url, "--reason", "protocol", "--prefix", "api:", *old_target())
    assert chosen.counts == {"selected": 20, "removed": 20}
    none = run("purge", redis_url, "--reason", "py2-bytes", *old_target())
    assert none.counts == {}
    assert none.code == 0


def test_a_whole_cache_is_never_removed(run: Run, mixed: redis.Redis, redis_url: str) -> None:
    """Without any choice it is refused."""
    size = mixed.dbsize()

    refused = run("purge", redis_url, "--execute")

    assert refused.code == 2
    assert "whole cache" in refused.said
    assert mixed.dbsize() == size


def test_a_ramp_spreads_the_misses(run: Run, mixed: redis.Redis, redis_url: str) -> None:
    """At 20/s, which begins at a tenth of it, twenty removals take a few seconds."""
    begun = time.monotonic()

    done = run(
        *("purge", redis_url, "--prefix", "api:new:", "--execute", "--ramp", "20/s"),
    )

    assert done.counts == {"selected": 20, "removed": 20}
    assert time.monotonic() - begun > 3.0


def test_it_stops_when_the_origin_suffers(
    run: Run, mixed: redis.Redis, redis_url: str, tmp_path: Path
) -> None:
    """A command that begins to fail stops the purge; the rest is there, and can be gone on with."""
    flag = tmp_path / "suffers"
    words = (
        *("purge", redis_url, "--prefix", "api:new:", "--execute", "--journal", "j"),
        *("--origin-check", f"test ! -e {flag}"),
    )
    flag.touch()

    stopped = run(*words)

    assert stopped.code == 2
    assert stopped.counts == {}
    assert "the origin suffers" in stopped.said
    assert "--resume --journal j" in stopped.document["next"]
    flag.unlink()
    assert run(*words, "--resume").counts == {"selected": 20, "removed": 20}
