"""Threads, tasks, forks, greenlets, loops: no reply reaches another caller; counters are exact."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from shelflife import AsyncCache, Cache
from shelflife.testing.servers import free_port


def test_fifty_threads(redis_url: str) -> None:
    """Each reads its own values; the counters add up exactly."""
    wrong: list[Any] = []

    def work(me: int) -> None:
        for n in range(100):
            cache.set(f"{me}", [me, n])
            if cache.get(f"{me}") != [me, n]:
                wrong.append((me, n))
            cache.get("absent")

    with Cache(redis_url, prefix="t:", max_connections=10) as cache:
        run_all([threading.Thread(target=work, args=(n,)) for n in range(50)])
        counters = cache.counters()

    assert counters.server_errors == {}
    assert wrong == []
    assert (counters.hits, counters.stored, counters.misses) == (5000, 5000, {"absent": 5000})


def run_all(threads: list[threading.Thread]) -> None:
    """Start all, wait for all."""
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_five_hundred_tasks(redis_url: str) -> None:
    """The same for asyncio."""

    async def run() -> None:
        async with AsyncCache(redis_url, prefix="t:") as cache:

            async def work(me: int) -> None:
                for n in range(5):
                    await cache.set(f"{me}", [me, n])
                    assert await cache.get(f"{me}") == [me, n]

            await asyncio.gather(*(work(n) for n in range(500)))
            assert cache.counters().server_errors == {}
            assert cache.counters().hits == 2500

    asyncio.run(run())


def test_several_loops(redis_url: str) -> None:
    """One cache, several `asyncio.run`, one after another and in threads at a time."""
    cache = AsyncCache(redis_url, prefix="t:")

    async def work(me: int) -> None:
        await cache.set(f"{me}", me)
        assert await cache.get(f"{me}") == me
        await cache.close()

    for n in range(5):
        asyncio.run(work(n))
    run_all([threading.Thread(target=lambda n=n: asyncio.run(work(n))) for n in range(8)])

    assert cache.counters().server_errors == {}
    assert cache.counters().hits == 13


def test_a_computation_is_shared_by_threads(redis_url: str) -> None:
    """Once in this process, and everybody gets its value."""
    calls: list[int] = []
    found: list[Any] = []

    def compute() -> str:
        calls.append(1)
        time.sleep(0.1)
        return "value"

    with Cache(redis_url, prefix="t:") as cache:
        run_all(
            [
                threading.Thread(target=lambda: found.append(cache.get_or_compute("k", compute)))
                for _ in range(20)
            ]
        )

    assert len(calls) == 1
    assert found == ["value"] * 20


def test_a_failed_computation_is_shared_and_not_kept(redis_url: str) -> None:
    """All who waited get the error; the next caller computes again."""
    errors: list[Exception] = []

    def fail() -> None:
        time.sleep(0.1)
        raise ValueError("origin")

    def ask() -> None:
        try:
            cache.get_or_compute("k", fail)
        except ValueError as error:
            errors.append(error)

    with Cache(redis_url, prefix="t:") as cache:
        run_all([threading.Thread(target=ask) for _ in range(5)])

        assert len(errors) == 5
        assert cache.get_or_compute("k", lambda: 1) == 1


def test_a_computation_may_ask_for_its_own_key() -> None:
    """It computes for itself: waiting would be for ever."""
    cache = Cache("memory://")

    assert cache.get_or_compute("k", lambda: cache.get_or_compute("k", lambda: 1)) == 1

    async def run() -> Any:
        other = AsyncCache("memory://")

        async def inner() -> Any:
            return await other.get_or_compute("k", lambda: 2)

        return await other.get_or_compute("k", inner)

    assert asyncio.run(run()) == 2


def test_an_interrupted_computation_is_taken_over() -> None:
    """Those who waited do not get the interruption."""

    async def run() -> None:
        cache = AsyncCache("memory://")
        calls: list[int] = []

        async def compute() -> str:
            calls.append(1)
            await asyncio.sleep(0.05)
            return "value"

        first = asyncio.ensure_future(cache.get_or_compute("k", compute))
        await asyncio.sleep(0.01)
        others = [asyncio.ensure_future(cache.get_or_compute("k", compute)) for _ in range(3)]
        await asyncio.sleep(0.01)
        first.cancel()

        assert await asyncio.gather(*others) == ["value"] * 3
        assert len(calls) == 2
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(run())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_threads_read(redis_url: str) -> None:
    """Parent and children read on; no reply crosses, no lock stays taken."""
    cache = Cache(redis_url, prefix="t:")
    cache.set_many({f"{n}": n for n in range(100)})
    stop = threading.Event()
    wrong: list[Any] = []

    def read() -> None:
        n = 0
        while not stop.is_set():
            n = (n + 1) % 100
            if cache.get(f"{n}") != n:
                wrong.append(n)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = 0 if all(cache.get(f"{n % 100}") == n % 100 for n in range(500)) else 2
                cache.get_or_compute("new", lambda: 1)
            finally:
                os._exit(status)
        children.append(child)
    results = [os.waitpid(child, 0)[1] for child in children]
    stop.set()
    for thread in threads:
        thread.join()
    cache.close()

    assert results == [0, 0, 0]
    assert wrong == []


def run_script(tmp_path: Path, script: str, *arguments: str) -> str:
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(script))
    command = [sys.executable, str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_gevent(redis_url: str, tmp_path: Path) -> None:
    """Greenlets, with timeouts that interrupt at any switch."""
    pytest.importorskip("gevent")
    out = run_script(
        tmp_path,
        """
        from gevent import monkey; monkey.patch_all()
        import random, sys, gevent
        from shelflife import Cache

        cache = Cache(sys.argv[1], prefix="g:", max_connections=10)
        cache.set_many({str(n): n for n in range(50)})
        wrong = []

        def work(me):
            for _ in range(100):
                with gevent.Timeout(random.choice([0.0005, 0.002, 5]), False):
                    found = cache.lookup(str(me))
                    if getattr(found, "value", me) != me:
                        wrong.append(me)

        gevent.joinall([gevent.spawn(work, n) for n in range(50)])
        again = [cache.get(str(n)) for n in range(50)] == list(range(50))
        print(len(wrong), again, dict(cache.counters().server_errors))
        """,
        redis_url,
    )

    assert out.startswith("0 True")


def test_gunicorn_preload(redis_url: str, tmp_path: Path) -> None:
    """The cache is used before the fork; four workers then read; every reply is the right one."""
    pytest.importorskip("gunicorn")
    (tmp_path / "service.py").write_text(
        textwrap.dedent(
            f"""
            import json, os
            from shelflife import Cache
            cache = Cache("{redis_url}", prefix="g:")
            cache.set_many({{str(n): n for n in range(100)}})
            assert cache.get("7") == 7

            def app(environ, start):
                key = environ["PATH_INFO"][1:]
                wrong = sum(cache.get(str(n)) != n for n in range(100))
                start("200 OK", [("Content-Type", "application/json")])
                errors = dict(cache.counters().server_errors)
                return [json.dumps([os.getpid(), cache.get(key), wrong, errors]).encode()]
            """
        )
    )
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "4", "--threads", "2"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", "service:app"]
    log = tmp_path / "gunicorn.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=tmp_path, stderr=out)
    answers: list[Any] = []

    def ask(n: int) -> None:
        for _ in range(10):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{n}", timeout=10) as reply:
                answers.append((n, json.load(reply)))

    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            try:
                ask(1)
                break
            except OSError:
                time.sleep(0.1)
        run_all([threading.Thread(target=ask, args=(n,)) for n in range(8)])
    finally:
        process.terminate()
        process.wait(10)

    assert len(answers) >= 80, log.read_text()
    assert len({answer[0] for _, answer in answers}) > 1, "only one worker answered"
    assert all(answer[1:] == [n, 0, {}] for n, answer in answers)
