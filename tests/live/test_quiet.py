"""Quiet on a live cache: what an audit sends, how fast, with which rights, through failures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from live.conftest import Ran
from shelflife.live.audit import Audit, Options
from shelflife.live.disturbance import WouldDisturb
from shelflife.runtimes import open_target
from shelflife.stores.inspection import Inspector
from shelflife.testing import PrivateServer

ENTRY = b"!\x80\x04}\x94."


@pytest.fixture
def own(server_program: str) -> Iterator[PrivateServer]:
    """A server of this test's own."""
    with PrivateServer(program=server_program) as server:
        yield server


def fill(url: str, count: int) -> None:
    """So many entries."""
    with redis.Redis.from_url(url) as client:
        pipe = client.pipeline(transaction=False)
        for number in range(count):
            pipe.set(f"api:entry:{number}", ENTRY)
        pipe.execute()


def start(url: str, **options: object) -> Audit:
    """An audit that is ready to run."""
    inspector = Inspector(url)
    run = Audit(inspector, [open_target("python3.8")], Options(**options))  # type: ignore[arg-type]
    try:
        run.prepare()
    except BaseException:
        inspector.close()
        raise
    return run


def test_nothing_is_written_and_keys_is_never_sent(own: PrivateServer) -> None:
    """The server's own statistics name the commands: reads only, and no KEYS."""
    fill(own.url, 3_000)
    with redis.Redis.from_url(own.url) as client:
        client.config_resetstat()
        run = start(own.url)
        run.run(lambda *_: None)
        sent = {name.partition("_")[2] for name in client.info("commandstats")}

    assert run.tally.entries == 3_000
    assert run.hits_meanwhile == run.hits == 6_000  # each for its entry and its expiry
    sent = {name.partition("|")[0] for name in sent}
    assert sent <= {"scan", "mget", "pttl", "info", "client", "config"}


def test_the_least_rights(own: PrivateServer) -> None:
    """SCAN, GET, PTTL and TYPE are enough; strings of other types are counted, not read."""
    fill(own.url, 700)
    with redis.Redis.from_url(own.url) as client:
        client.rpush("api:queue", b"item")
        rights = ["-@all", "+scan", "+get", "+pttl", "+type"]
        client.execute_command("ACL", "SETUSER", "least", "on", ">word", "~*", *rights)
    run = start(own.url.replace("redis://", "redis://least:word@"))
    run.run(lambda *_: None)

    assert (run.tally.entries, run.tally.denied) == (700, 1)
    assert run.partial == ""


def test_the_rate_is_kept(own: PrivateServer) -> None:
    """So many entries a second and no more."""
    fill(own.url, 600)
    run = start(own.url, rate=1_000)
    begun = time.monotonic()
    run.run(lambda *_: None)

    assert run.tally.entries == 600
    assert time.monotonic() - begun >= 0.5


def test_a_slow_server_gets_smaller_batches(own: PrivateServer) -> None:
    """While a batch takes longer than the bound, batches shrink and pauses grow."""
    fill(own.url, 1_200)
    visited: list[int] = []
    run = start(own.url, max_latency=1e-9)
    run.run(lambda keys, _: visited.append(keys))

    sizes = [after - before for before, after in zip([0, *visited], visited)]
    assert run.tally.entries == 1_200
    assert max(sizes[6:]) <= 16


def test_a_restart_begins_anew(own: PrivateServer) -> None:
    """A cursor of the server's former life is not trusted: everything is counted once."""
    fill(own.url, 4_000)
    killed = False

    def restart(keys: int, _: object) -> None:
        nonlocal killed
        if keys >= 1_000 and not killed:
            killed = True
            own.kill()
            own.start()
            fill(own.url, 5_000)

    run = start(own.url)
    run.run(restart)

    assert killed
    assert (run.tally.entries, run.partial) == (5_000, "")


def test_a_lost_connection_goes_on(own: PrivateServer) -> None:
    """The same server: the scan goes on where it was."""
    fill(own.url, 4_000)
    killed = False

    def cut(keys: int, _: object) -> None:
        nonlocal killed
        if keys >= 1_000 and not killed:
            killed = True
            with redis.Redis.from_url(own.url) as client:
                client.client_kill_filter(_type="normal", skipme=True)

    run = start(own.url)
    run.run(cut)

    assert killed
    assert (run.tally.entries, run.partial) == (4_000, "")


def test_it_gives_up_where_it_gets_nowhere(own: PrivateServer) -> None:
    """Without INFO each lost connection may be a restart: it begins anew a few times, and ends."""
    fill(own.url, 2_000)
    with redis.Redis.from_url(own.url) as client:
        rights = ["-@all", "+scan", "+get", "+pttl", "+type"]
        client.execute_command("ACL", "SETUSER", "least", "on", ">word", "~*", *rights)

        def cut(keys: int, _: object) -> None:
            if keys:
                client.client_kill_filter(_type="normal", skipme=True)

        run = start(own.url.replace("redis://", "redis://least:word@"))
        run.run(cut)

    assert "failed on the way" in run.partial


def test_interrupted_it_keeps_what_it_has(own: PrivateServer) -> None:
    """Ctrl-C gives a partial report."""
    fill(own.url, 4_000)

    def interrupt(keys: int, _: object) -> None:
        if keys >= 1_000:
            raise KeyboardInterrupt

    run = start(own.url)
    run.run(interrupt)

    assert 1_000 <= run.tally.entries < 4_000
    assert "interrupted" in run.partial


def test_a_server_that_dies_gives_a_partial_report(own: PrivateServer) -> None:
    """And not a traceback."""
    fill(own.url, 4_000)
    run = start(own.url)
    run.run(lambda keys, _: own.kill() if own.is_running() and keys >= 1_000 else None)

    assert 1_000 <= run.tally.entries < 4_000
    assert "failed on the way" in run.partial


def test_a_cache_that_evicts_by_use_is_not_touched(server_program: str) -> None:
    """Unless the server can be told not to count it, or the user accepts it."""
    options = ("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lfu")
    with PrivateServer(*options, program=server_program) as server:
        fill(server.url, 100)
        with redis.Redis.from_url(server.url) as client:
            try:
                client.execute_command("CLIENT", "NO-TOUCH", "ON")
                can_be_quiet = True
            except redis.ResponseError:
                can_be_quiet = False
        if can_be_quiet:
            run = start(server.url)
            assert run.quiet
        else:
            with pytest.raises(WouldDisturb, match="replica or an"):
                start(server.url)
        accepted = start(server.url, accept_touch=True)
        accepted.run(lambda *_: None)

        assert accepted.tally.entries == 100


def test_a_replica_may_be_read(server_program: str) -> None:
    """Reading a replica does not disturb the primary."""
    options = ("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    with PrivateServer(*options, program=server_program) as primary:
        fill(primary.url, 50)
        follow = ("--replicaof", "127.0.0.1", str(primary.port), "--repl-diskless-sync-delay", "0")
        with PrivateServer(*options, *follow, program=server_program) as replica:
            with redis.Redis.from_url(replica.url) as client:
                deadline = time.monotonic() + 20
                while client.info("replication")["master_link_status"] != "up":
                    assert time.monotonic() < deadline, "the replica does not catch up"
                    time.sleep(0.05)
            run = start(replica.url)
            run.run(lambda *_: None)

    assert run.tally.entries == 50


def test_an_rdb_file_says_the_same(
    own: PrivateServer, audit: Callable[..., Ran], tmp_path: Path
) -> None:
    """As the server that wrote it; and a cut one is refused with a sentence."""
    fill(own.url, 300)
    live = audit(own.url, "--target", "python3.7")
    with redis.Redis.from_url(own.url) as client:
        client.save()
    saved = (own.folder / "dump.rdb").read_bytes()
    kept = tmp_path / "kept.rdb"
    kept.write_bytes(saved)
    cut = tmp_path / "cut.rdb"
    cut.write_bytes(saved[:-40])
    loaded = audit(str(kept), "--target", "python3.7")

    assert loaded.document["groups"] == live.document["groups"]
    assert loaded.document["source"]["kind"] == "rdb"
    refused = audit(str(cut), "--target", "python3.7")
    assert (refused.code, "cut or damaged" in refused.said) == (2, True)


def test_a_sample_tells_its_bound(own: PrivateServer, audit: Callable[..., Ran]) -> None:
    """Each run of it reads so many keys; what it may have missed is said."""
    fill(own.url, 2_000)
    ran = audit(own.url, "--target", "python3.8", "--sample", "200")

    assert ran.document["seen"]["keys"] == 200
    assert ran.document["sampled"]["of"] == 2_000
    assert ran.document["sampled"]["error_bound"] == pytest.approx(1 - 0.05 ** (1 / 200))
    few = audit(own.url, "--target", "python3.8", "--sample", "5")
    assert few.code == 3  # too little to say


def test_ctrl_c_at_a_terminal(own: PrivateServer, tmp_path: Path) -> None:
    """The process itself: SIGINT ends the scan, the report comes, the exit code is 3."""
    fill(own.url, 3_000)
    words = [sys.executable, "-m", "shelflife.cli", "audit", own.url, "--target", "python3.8"]
    process = subprocess.Popen(
        [*words, "--rate", "500"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=os.environ,
    )
    with redis.Redis.from_url(own.url) as client:
        deadline = time.monotonic() + 30
        while not client.info("commandstats").get("cmdstat_pttl"):
            assert time.monotonic() < deadline, process.poll()
            time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=30)

    assert process.returncode == 3, complained
    assert "interrupted" in said
    assert "UPGRADE" in said
