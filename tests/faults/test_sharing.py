"""One store in many hands: threads, greenlets, signal handlers and both sides of a fork."""

from __future__ import annotations

import gc
import itertools
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from faults.proxy import Proxy
from shelflife.errors import ServerError
from shelflife.stores import open_store
from shelflife.stores.address import parse_url
from shelflife.stores.commands import Get, GetMany, Increment, Set, SetMany
from shelflife.stores.connection_sync import Connection
from shelflife.stores.interface import Store
from shelflife.stores.pool_sync import Pool
from shelflife.testing import PrivateServer

KEYS = [b"key:%d" % number for number in range(50)]
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def fill(store: Store) -> None:
    store.run(SetMany(tuple((key, b"value of " + key) for key in KEYS), None))


def read_all(store: Store, times: int) -> None:
    for key in KEYS * times:
        assert store.run(Get(key)) == b"value of " + key


def outcome(store: Store, key: bytes) -> Any:
    try:
        return store.run(Get(key))
    except ServerError as error:
        return error


def in_threads(count: int, target: Any) -> None:
    """Run in so many threads at once, and pass on the first failure."""
    failures: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            target(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_fifty_threads_share_ten_connections(server: PrivateServer) -> None:
    """Each gets its own keys' values and counts right, and never an eleventh connection."""
    options = {"max_connections": 10, "pool_wait": 10}
    with Proxy(server.port) as proxy, closing(open_store(proxy.url, **options)) as store:
        fill(store)

        def work(number: int) -> None:
            key = KEYS[number]
            for _ in range(20):
                assert store.run(Get(key)) == b"value of " + key
                store.run(Increment(b"counter", 1, None))
                assert store.run(GetMany((key, b"none"))) == [b"value of " + key, None]

        in_threads(50, work)
        assert store.run(Get(b"counter")) == b"1000"
        assert proxy.connections <= 10


def test_without_scripts_threads_count_right_as_well(server: PrivateServer) -> None:
    """Each lost race begins again."""
    with closing(open_store(server.url, read_timeout=10)) as store:
        store._scripting.denied = True  # type: ignore[attr-defined]
        in_threads(8, lambda _: [store.run(Increment(b"watched", 1, None)) for _ in range(50)])
        assert store.run(Get(b"watched")) == b"400"


def test_who_finds_no_free_connection_waits_no_longer_than_told(server: PrivateServer) -> None:
    """And is served after all if one becomes free in time."""
    options = {"max_connections": 1, "pool_wait": 0.1, "read_timeout": 0.5}
    with Proxy(server.port) as proxy, closing(open_store(proxy.url, **options)) as store:
        fill(store)
        proxy.plan("stall")
        stuck = threading.Thread(target=outcome, args=(store, KEYS[0]))
        stuck.start()
        time.sleep(0.05)
        begun = time.monotonic()
        with pytest.raises(ServerError, match="busy: all 1 connections"):
            store.run(Get(KEYS[1]))
        assert 0.05 < time.monotonic() - begun < 0.4
        stuck.join()
        read_all(store, 1)


def test_a_slot_handed_to_who_no_longer_waits_is_not_kept_unopened(server: PrivateServer) -> None:
    """It was handed over just as the wait ended: the next call opens it."""
    address, limits = parse_url(server.url, {"max_connections": 1})
    pool = Pool(address, limits)
    ticket: queue.SimpleQueue[Connection] = queue.SimpleQueue()
    connection = pool.take()
    pool._tickets.append(ticket)
    pool.drop(connection)
    assert not ticket.empty()
    pool._withdraw(ticket)
    connection = pool.take()
    connection.begin(1)
    assert connection.ask((b"PING",)) == b"PONG"
    pool.give_back(connection)
    pool.close()


class Interrupted(BaseException):
    """What a signal handler raises here, as Ctrl-C or a worker's timeout does."""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no interval timers here")
# Between the making of a socket and its first owner nothing but the collector can close it.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_signal_handlers_may_raise_at_any_point(server: PrivateServer) -> None:
    """No reply is taken by the wrong read afterwards, and no connection's slot is lost."""

    def interrupt(*_: object) -> None:
        raise Interrupted

    interrupted = wrong = 0
    delays = itertools.cycle(number * 0.000005 for number in range(1, 60))
    options = {"max_connections": 2, "breaker_failures": 10**6}
    with closing(open_store(server.url, **options)) as store:
        fill(store)
        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            deadline = time.monotonic() + 1.0
            while time.monotonic() < deadline:
                for key in KEYS:
                    try:
                        signal.setitimer(signal.ITIMER_REAL, next(delays))
                        got = store.run(Get(key))
                        signal.setitimer(signal.ITIMER_REAL, 0)
                        wrong += got != b"value of " + key
                    except Interrupted:
                        interrupted += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert (wrong, interrupted > 100) == (0, True)
        gc.collect()
        read_all(store, 2)


@needs_fork
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_opens_connections_of_its_own(server: PrivateServer) -> None:
    """Both sides read on at once, each its own keys' values, and the parent reconnects nothing."""
    with Proxy(server.port) as proxy, closing(open_store(proxy.url)) as store:
        fill(store)
        children = [_fork(lambda: read_all(store, 10)) for _ in range(3)]
        read_all(store, 10)
        assert [_exit_code(child) for child in children] == [0, 0, 0]
        assert proxy.connections == 4
        read_all(store, 1)
        assert proxy.connections == 4


@needs_fork
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_fork_while_threads_read_hurts_neither_side(server: PrivateServer) -> None:
    """Whatever lock or connection the other threads held at that moment."""
    with closing(open_store(server.url, max_connections=4, pool_wait=10)) as store:
        fill(store)
        stop = threading.Event()

        def read_on() -> None:
            while not stop.is_set():
                read_all(store, 1)

        threads = [threading.Thread(target=read_on) for _ in range(6)]
        for thread in threads:
            thread.start()
        try:
            codes = [_exit_code(_fork(lambda: read_all(store, 1))) for _ in range(10)]
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert codes == [0] * 10


def _fork(work: Any) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.alarm(10)
        work()
        code = 0
    finally:
        os._exit(code)


def _exit_code(child: int) -> int:
    return os.WEXITSTATUS(os.waitpid(child, 0)[1])


_GREENLETS = """
from gevent import monkey
monkey.patch_all()
import sys
import gevent
from shelflife.errors import ServerError
from shelflife.stores import open_store
from shelflife.stores.commands import Get, Set

store = open_store(sys.argv[1], max_connections=5, pool_wait=10, read_timeout=5)
keys = [b"key:%d" % number for number in range(100)]
for key in keys:
    store.run(Set(key, b"value of " + key, None))

def work(key):
    for _ in range(10):
        assert store.run(Get(key)) == b"value of " + key

def killed(number):
    for _ in range(20):
        with gevent.Timeout(0.00005 * (number % 20), False):
            store.run(Get(keys[number]))

readers = [gevent.spawn(work, key) for key in keys]
victims = [gevent.spawn(killed, number) for number in range(40)]
for victim in victims[:20]:
    gevent.sleep(0.001)
    victim.kill()
gevent.joinall(readers + victims, timeout=20)
assert all(reader.successful() for reader in readers), [reader.exception for reader in readers]
for key in keys:
    work(key)
print("right")
"""


def test_greenlets_may_share_a_store_and_be_killed(server: PrivateServer, tmp_path: Path) -> None:
    """Timeouts and kills strike in mid-read; everybody else gets the right values."""
    pytest.importorskip("gevent")
    script = tmp_path / "greenlets.py"
    script.write_text(_GREENLETS)
    done = subprocess.run(
        [sys.executable, str(script), server.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert (done.stdout.strip(), done.returncode) == ("right", 0), done.stderr[-2000:]


def test_a_closed_store_opens_again_by_itself(server: PrivateServer) -> None:
    """Closing only gives back what is held."""
    store = open_store(server.url)
    store.run(Set(b"k", b"v", None))
    store.close()
    assert store.run(Get(b"k")) == b"v"
    store.close()
