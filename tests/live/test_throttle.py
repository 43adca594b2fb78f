"""Changes are gentle: bounds, pauses, stops and rates, with real servers in real need."""

from __future__ import annotations

import http.server
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Optional

import psutil
import pytest
import redis

from shelflife.errors import ConfigurationError, ServerError
from shelflife.live.health import Health
from shelflife.live.origin import Origin
from shelflife.live.stopping import Stopped, Stopping
from shelflife.live.throttle import Critical, Gentleness, Thresholds, Throttle
from shelflife.testing import PrivateCluster, PrivateServer

PYTHON = sys.executable


@pytest.fixture
def own(server_program: str) -> Iterator[PrivateServer]:
    """A server of this test's own."""
    with PrivateServer(program=server_program) as server:
        yield server


def soon(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait until it holds; whether it did."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def later(seconds: float, act: Callable[[], object]) -> threading.Timer:
    """Do it after a while."""
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def throttle(
    url: str, said: Optional[list[str]] = None, stopping: Optional[Stopping] = None, **how: object
) -> Throttle:
    """A throttle that looks often."""
    gentleness = Gentleness(**how)  # type: ignore[arg-type]
    health = Health(url, timeout=2.0, every=0.05)
    say = [] if said is None else said
    return Throttle(gentleness, health, stopping or Stopping(), say.append)


def pause_of(held: Throttle) -> float:
    """How long a batch has to wait."""
    begun = time.monotonic()
    held.before_batch()
    return time.monotonic() - begun


def test_nothing_asked_for_costs_nothing(redis_url: str) -> None:
    """Without bounds nobody is asked, and ten thousand batches pass in no time."""
    with throttle(redis_url) as held:
        threads = threading.active_count()
        begun = time.monotonic()
        for _ in range(10_000):
            held.before_batch()
        seconds = time.monotonic() - begun

        assert threading.active_count() == threads
    assert seconds < 0.5
    assert held.paused == 0.0


def test_batches_hold_their_time(redis_url: str) -> None:
    """They grow while changes are cheap, and shrink at once when they are not."""
    with throttle(redis_url, batch_seconds=0.05) as held:
        first = held.batch
        for _ in range(6):
            held.after_batch(held.batch, held.batch * 0.0001)
        grown = held.batch
        held.after_batch(grown, 5.0)

    assert (first, grown) == (32, 500)
    assert held.batch == 5


def test_the_rate_is_kept_without_bursts(redis_url: str) -> None:
    """So many changes a second, in batches of a tenth of a second."""
    with throttle(redis_url, rate=200.0) as held:
        changed = 0
        begun = time.monotonic()
        while changed < 200:
            held.before_batch()
            assert held.batch <= 20
            held.after_batch(held.batch, 0.0)
            changed += 20
        seconds = time.monotonic() - begun

    assert 0.85 <= seconds < 1.5


def test_a_ramp_begins_at_a_tenth(redis_url: str) -> None:
    """And rises: the first second changes about a tenth of what the ramp ends at."""
    with throttle(redis_url, ramp=100.0) as held:
        changed = 0
        begun = time.monotonic()
        while time.monotonic() - begun < 1.0:
            held.before_batch()
            changed += held.batch
            held.after_batch(held.batch, 0.0)
        held._begun = time.monotonic() - 30.0
        halfway = held._rate()
        held._begun = time.monotonic() - 3_600.0

        assert held._rate() == 100.0
    assert halfway == pytest.approx(55.0, rel=0.02)
    assert 9 <= changed <= 14


def test_a_slow_server_is_waited_for(own: PrivateServer) -> None:
    """A server that hangs pauses it, and says so; it goes on when the server does."""
    said: list[str] = []
    with throttle(own.url, said, pause_above=Thresholds(latency=0.5)) as held:
        assert pause_of(held) < 0.2
        process = own._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        assert soon(lambda: (held._health.look().latency or 0) > 0.5)
        timer = later(0.5, lambda: process.send_signal(signal.SIGCONT))
        waited = pause_of(held)
        timer.join()

    assert 0.3 <= waited < 5.0
    assert held.why["latency"] == pytest.approx(held.paused)
    assert said[0].startswith("a PING takes ")
    assert said[-1] == ""


def test_a_server_that_hangs_is_critical(own: PrivateServer) -> None:
    """It stops, with a sentence; in a moment it is no blip any more."""
    with throttle(own.url, abort_above=Thresholds(latency=0.3)) as held:
        held.before_batch()
        process = own._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        assert soon(lambda: (held._health.look().latency or 0) > 1.0)
        with pytest.raises(Critical, match=r"more than 300 ms, which is critical.*Go on"):
            held.before_batch()


def test_a_busy_server_is_waited_for(own: PrivateServer) -> None:
    """Commands a second, of everybody, by the server's own count."""
    ended = threading.Event()

    def load() -> None:
        with redis.Redis.from_url(own.url) as client:
            pipe = client.pipeline(transaction=False)
            while not ended.is_set():
                for _ in range(100):
                    pipe.ping()
                pipe.execute()
                time.sleep(0.005)

    thread = threading.Thread(target=load)
    with throttle(own.url, pause_above=Thresholds(ops=2_000)) as held:
        held.before_batch()
        thread.start()
        assert soon(lambda: (held._health.look().ops or 0) > 2_000)
        timer = later(0.3, ended.set)
        waited = pause_of(held)
        thread.join()
        timer.join()

    assert waited > 0.2
    assert set(held.why) == {"ops"}


def test_a_full_server(server_program: str) -> None:
    """Memory pauses, and goes on when there is room; above the critical bound it stops."""
    pausing, critical = Thresholds(memory=0.6), Thresholds(memory=0.85)
    with (
        PrivateServer("--maxmemory", "20mb", program=server_program) as server,
        redis.Redis.from_url(server.url) as client,
        throttle(server.url, pause_above=pausing, abort_above=critical) as held,
    ):
        held.before_batch()
        used = client.info("memory")["used_memory"]
        client.config_set("maxmemory", int(used / 0.7))
        assert soon(lambda: (held._health.look().memory or 0) > 0.6)
        timer = later(0.3, lambda: client.config_set("maxmemory", 10 * used))
        waited = pause_of(held)
        timer.join()
        client.config_set("maxmemory", int(used / 0.95))
        assert soon(lambda: (held._health.look().memory or 0) > 0.85)
        with pytest.raises(Critical, match=r"memory is [89]"):
            held.before_batch()

    assert waited > 0.2
    assert set(held.why) == {"memory"}


def test_a_replica_that_stops_is_behind(own: PrivateServer, server_program: str) -> None:
    """Seconds since it was where its primary is: it pauses, and goes on when it has caught up."""
    follow = ("--replicaof", "127.0.0.1", str(own.port), "--repl-diskless-sync-delay", "0")
    with PrivateServer(*follow, program=server_program) as replica:
        with redis.Redis.from_url(replica.url) as client:
            assert soon(lambda: client.info("replication")["master_link_status"] == "up")
        with throttle(own.url, pause_above=Thresholds(lag=2.5)) as held:
            held.before_batch()
            process = replica._process
            assert process is not None
            process.send_signal(signal.SIGSTOP)
            assert soon(lambda: (held._health.look().lag or 0) > 2.5)
            timer = later(0.3, lambda: process.send_signal(signal.SIGCONT))
            waited = pause_of(held)
            timer.join()

    assert waited > 0.2
    assert set(held.why) == {"lag"}


def test_bounds_on_what_is_not_said_are_refused(own: PrivateServer) -> None:
    """At the start, with a sentence: no maxmemory, or no right to INFO; without bounds it runs."""
    with pytest.raises(ConfigurationError, match=r"bound on memory.*maxmemory that is not 0"):
        throttle(own.url, pause_above=Thresholds(memory=0.9))
    with redis.Redis.from_url(own.url) as client:
        rights = ["-@all", "+ping", "+get"]
        client.execute_command("ACL", "SETUSER", "least", "on", ">word", "~*", *rights)
    url = own.url.replace("redis://", "redis://least:word@")

    for name in ("ops", "lag"):
        with pytest.raises(ConfigurationError, match=f"bound on {name}.*or allow INFO"):
            throttle(url, abort_above=Thresholds(**{name: 5.0}))
    with throttle(url, pause_above=Thresholds(latency=1.0)) as held:
        held.before_batch()


def test_a_server_that_is_not_there_is_said_at_the_start(own: PrivateServer) -> None:
    """As a failure to ask it, not as a pause."""
    own.stop()
    with pytest.raises(ServerError, match="refused"):
        throttle(own.url, pause_above=Thresholds(latency=1.0))


def test_a_restart_is_waited_for(own: PrivateServer) -> None:
    """A server that is gone for a moment pauses it; it finds the new one."""
    with throttle(own.url, pause_above=Thresholds(ops=1e9)) as held:
        held.before_batch()
        own.kill()
        assert soon(lambda: bool(held._health.look().problem))
        timer = later(0.3, own.start)
        held.before_batch()
        timer.join()

    assert set(held.why) == {"server"}


def test_a_pause_file_and_signals(redis_url: str, tmp_path: Path) -> None:
    """Both pause it, and it goes on when the file is gone and SIGUSR2 came."""
    file = tmp_path / "pause"
    file.touch()
    said: list[str] = []
    with Stopping() as stopping, throttle(redis_url, said, stopping, pause_file=file) as held:
        os.kill(os.getpid(), signal.SIGUSR1)
        timers = [
            later(0.3, lambda: os.kill(os.getpid(), signal.SIGUSR2)),
            later(0.6, file.unlink),
        ]
        waited = pause_of(held)
        for timer in timers:
            timer.join()

    assert waited >= 0.55
    assert set(held.why) == {"signal", "file"}
    assert [line[:14] for line in said] == ["a signal asked", "the pause file", ""]


def test_a_stop_is_noticed_wherever_it_waits(redis_url: str, tmp_path: Path) -> None:
    """In a pause and between two batches: within a fifth of a second."""
    file = tmp_path / "pause"
    file.touch()
    for number in (signal.SIGINT, signal.SIGTERM):
        with Stopping() as stopping, throttle(redis_url, None, stopping, pause_file=file) as held:
            timer = later(0.3, lambda number=number: os.kill(os.getpid(), number))  # type: ignore[misc]
            begun = time.monotonic()
            with pytest.raises(Stopped, match="asked to"):
                held.before_batch()
            assert time.monotonic() - begun < 0.6
            timer.join()
    slow = f"{PYTHON} -c 'import time; time.sleep(9)'"
    with Stopping() as stopping, throttle(redis_url, None, stopping, origin=slow) as held:
        timer = later(0.3, stopping.ask)
        begun = time.monotonic()
        with pytest.raises(Stopped):
            held.before_batch()
        assert time.monotonic() - begun < 0.6
        timer.join()
    with Stopping() as stopping, throttle(redis_url, None, stopping, rate=0.01) as held:
        timer = later(0.3, stopping.ask)
        begun = time.monotonic()
        held.before_batch()
        held.after_batch(1, 0.0)
        with pytest.raises(Stopped):
            held.before_batch()
        assert time.monotonic() - begun < 0.6
        timer.join()


def test_a_second_stop_interrupts_and_handlers_are_put_back() -> None:
    """As Ctrl-C always does; in another thread nothing is installed."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Stopping() as stopping:
        signal.raise_signal(signal.SIGINT)
        assert stopping.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    elsewhere: list[object] = []

    def enter() -> None:
        with Stopping():
            elsewhere.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()

    assert after == before
    assert elsewhere == before[:1]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[int]]]:
    """A real site: its URL, and the status that it answers with, which may be changed."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    status = [200]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if status[0] == 0:
                time.sleep(3.0)
            self.send_response(status[0] or 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://user:secret@127.0.0.1:{served.server_port}/health?token=secret", status
        served.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "suffers"), [(204, ""), (404, ""), (429, "429"), (503, "503")])
def test_an_origin_that_answers(
    site: tuple[str, list[int]], redis_url: str, status: int, suffers: str
) -> None:
    """It suffers with 429 and from 500 up: that stops, and only the status is said."""
    url, statuses = site
    url = url.replace("user:secret@", "")
    with throttle(redis_url, origin=url, origin_every=0.05) as held:
        held.before_batch()
        statuses[0] = status
        assert held._origin
        soon(lambda: bool(held._origin and held._origin.complaint()), 0.5)
        if not suffers:
            held.before_batch()
            return
        with pytest.raises(Critical, match=f"status {suffers}.*Go on") as caught:
            held.before_batch()

    assert "secret" not in str(caught.value)


def test_an_origin_that_does_not_answer(site: tuple[str, list[int]]) -> None:
    """In two seconds, or at all, suffers."""
    url, status = site
    url = url.replace("user:secret@", "")
    status[0] = 0
    late, nobody = Origin(url), Origin("http://127.0.0.1:1/")
    try:
        begun = time.monotonic()
        said = [late.complaint(), nobody.complaint()]
        seconds = time.monotonic() - begun
    finally:
        late.close()
        nobody.close()

    assert all(one.startswith("it gave no answer") for one in said)
    assert seconds < 2.8


def test_an_origin_that_is_a_command(tmp_path: Path) -> None:
    """What it exits with decides; one that hangs is ended with its children when we are through."""
    pid = tmp_path / "pid"
    well = Origin(f"{PYTHON} -c pass")
    bad = Origin(f"{PYTHON} -c 'raise SystemExit(7)'")
    hangs = Origin(f"sh -c 'echo $$ > {pid}; sleep 30 & wait'")
    try:
        asking = threading.Thread(target=hangs.complaint)
        asking.start()

        assert well.complaint() == ""
        assert bad.complaint() == "its command exited with 7"
        assert soon(lambda: pid.exists() and bool(pid.read_text().strip()))
    finally:
        for origin in (well, bad, hangs):
            origin.close()
    asking.join(5.0)
    assert not asking.is_alive()
    leader = int(pid.read_text())

    def is_left(process: psutil.Process) -> bool:
        try:
            return os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.Error, ProcessLookupError):
            return False

    assert soon(lambda: not any(map(is_left, psutil.process_iter())))


@pytest.mark.parametrize("command", ["", "no-such-program-anywhere --health", "sh -c 'open"])
def test_an_origin_that_cannot_be_asked(command: str) -> None:
    """Is refused at the start, with a sentence."""
    with pytest.raises(ConfigurationError, match="origin"):
        Origin(command)


def test_health_sees_every_primary_of_a_cluster(cluster: PrivateCluster) -> None:
    """The worst of all counts: one that is full is enough."""
    clients = [redis.Redis(port=server.port) for server in cluster.servers]
    try:
        for client, most in zip(clients, ("90mb", "20mb", "90mb")):
            client.config_set("maxmemory", most)
        with Health(cluster.url) as health:
            seen = health.first()
        alone = clients[1].info("memory")["used_memory"] / (20 << 20)
    finally:
        for client in clients:
            client.config_set("maxmemory", 0)
            client.close()

    assert seen.memory == pytest.approx(alone, rel=0.2)
    assert seen.latency is not None
    assert seen.latency < 0.5
