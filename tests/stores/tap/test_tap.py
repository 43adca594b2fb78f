"""A tap before a real server, asked by real clients."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
import redis.asyncio

from shelflife import Cache
from shelflife.stores.tap import Effect, Exchange, Tap
from shelflife.testing import PrivateServer
from shelflife.testing.asking import info, wait_until
from stores.tap.talk import talk
from stores.tap.told import Told

_SECONDS = 10.0


@pytest.fixture
def client(tap: Tap) -> Iterator[redis.Redis]:
    """A client of the tap."""
    with redis.Redis(port=tap.port, socket_timeout=_SECONDS) as made:
        yield made


def test_reads_and_writes(client: redis.Redis, told: Told, tap: Tap) -> None:
    """What a client wrote and read has been told when it has its answer."""
    client.set("k", b"\xff\x00", ex=7)
    assert told.effects() == [Effect("write", b"k", b"\xff\x00", 7.0)]

    client.get("k")
    client.get("gone")

    assert told.effects("GET") == [Effect("read", b"k", b"\xff\x00"), Effect("read", b"gone")]
    assert tap.errors == 0


def test_told_before_the_answer(tap: Tap, told: Told) -> None:
    """Thousands of times in a row, over several connections."""

    def count(name: str) -> int:
        with redis.Redis(port=tap.port, socket_timeout=_SECONDS) as client:
            missed = 0
            for number in range(500):
                entry = f"{name}-{number}".encode()
                client.set(name, entry)
                missed += Effect("write", name.encode(), entry) not in told.effects()[-200:]
            return missed

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(count, "abcd")) == 0


@pytest.mark.parametrize("protocol", [2, 3])
def test_pipelines_and_transactions(tap: Tap, told: Told, protocol: int) -> None:
    """As redis-py makes them, with a watched key that somebody else changes."""
    with redis.Redis(port=tap.port, protocol=protocol) as client:
        pipe = client.pipeline(transaction=False)
        for number in range(1000):
            pipe.set(f"k{number}", number).get(f"k{number}")
        pipe.execute()
        pipe = client.pipeline()
        pipe.watch("w")
        client.set("w", "other")
        pipe.multi()
        pipe.set("w", "mine")
        with pytest.raises(redis.WatchError):
            pipe.execute()
        client.pipeline().set("t", "1").incr("t").execute()

    written = [effect for effect in told.effects() if effect.kind == "write"]
    assert len(written) == 1000 + 2
    assert Effect("write", b"w", b"mine") not in written
    assert told.effects("INCRBY") == [Effect("count", b"t", b"2")]
    assert tap.errors == 0


def test_asyncio(tap: Tap, told: Told) -> None:
    """Its client, many tasks at once."""

    async def run() -> None:
        async with redis.asyncio.Redis(port=tap.port) as client:
            await asyncio.gather(*(client.set(f"k{n}", n) for n in range(100)))
            assert await asyncio.gather(*(client.get(f"k{n}") for n in range(100))) == [
                b"%d" % n for n in range(100)
            ]

    asyncio.run(run())

    assert len(told.effects("SET")) == 100
    assert len(told.effects("GET")) == 100
    assert tap.errors == 0


def test_our_own_cache(tap: Tap, told: Told) -> None:
    """Each of its operations is understood, none is opaque."""
    with Cache(f"redis://127.0.0.1:{tap.port}/0", prefix="p:") as cache:
        cache.set("a", 1)
        cache.add("b", 2)
        cache.get_many(["a", "b", "c"])
        cache.set_many({"d": 4, "e": 5})
        cache.touch("a", 60)
        cache.ttl("a")
        cache.incr("n")
        cache.incr("n", 5)
        cache.incr("a")
        cache.get_or_compute("f", lambda: 6)
        cache.delete_many(["a", "b"])
        cache.clear()

    counted = [effect for effect in told.effects() if effect.kind == "count"]
    assert [effect.entry for effect in counted[:2]] == [b"1", b"6"]
    assert not [effect for effect in told.effects() if effect.kind == "opaque"]
    assert {effect.kind for effect in told.effects()} == {
        "read", "write", "count", "expire", "delete",
    }  # fmt: skip
    assert tap.errors == 0


def test_listening_connections(tap: Tap, told: Told, client: redis.Redis) -> None:
    """Publish and subscribe, and MONITOR, work as without a tap."""
    with client.pubsub() as subscription:  # type: ignore[no-untyped-call]
        subscription.subscribe("channel")
        assert subscription.get_message(timeout=_SECONDS)
        client.publish("channel", "hello")
        message = subscription.get_message(timeout=_SECONDS)
        assert message is not None
        assert message["data"] == b"hello"
        subscription.unsubscribe("channel")
    with client.monitor() as monitor:  # type: ignore[no-untyped-call]
        client.set("k", "v")
        assert monitor.next_command()["command"] == "SET k v"

    assert told.effects() == [Effect("write", b"k", b"v")]
    assert tap.errors == 0


def test_what_waits_holds_up_nobody(tap: Tap, told: Told, client: redis.Redis) -> None:
    """A blocked BLPOP is answered when somebody pushes, over another connection."""
    with ThreadPoolExecutor(1) as pool:
        popped = pool.submit(client.blpop, ["queue"], 5)
        time.sleep(0.05)
        client.rpush("queue", "job")

        assert popped.result(_SECONDS) == (b"queue", b"job")
    assert [effect.kind for effect in told.effects("BLPOP")] == ["read", "delete"]


def test_passwords(server_program: str, told: Told) -> None:
    """Who logs in is logged in, and nothing of it is told."""
    with PrivateServer("--requirepass", "s3cret", program=server_program) as server:
        tap = Tap("127.0.0.1", server.port, told.append).start()
        for protocol in (2, 3):
            with redis.Redis(port=tap.port, password="s3cret", protocol=protocol) as client:
                client.set("k", "v")
        assert talk(tap.port, b"AUTH wr0ng\r\nQUIT\r\n").startswith(b"-WRONGPASS")
        tap.close()

    assert told.effects() == [Effect("write", b"k", b"v")] * 2
    assert "s3cret" not in repr(told)
    assert "wr0ng" not in repr(told)


def test_big_values(client: redis.Redis, told: Told) -> None:
    """16 MiB there and back, byte for byte."""
    value = random.Random(7).randbytes(16 << 20)
    client.set("k", value)

    assert client.get("k") == value
    assert told.effects() == [Effect("write", b"k", value), Effect("read", b"k", value)]


def test_who_does_not_read_is_waited_for(tap: Tap, client: redis.Redis) -> None:
    """100 MB of replies that nobody reads stay with the server, and do not hold up others."""
    client.set("k", b"x" * 1_000_000)
    with socket.create_connection(("127.0.0.1", tap.port), _SECONDS) as sock:
        sock.sendall(b"GET k\r\n" * 100 + b"QUIT\r\n")
        time.sleep(0.2)

        assert client.get("other") is None
        got = 0
        while data := sock.recv(1 << 20):
            got += len(data)
    assert got == 100 * (len(b"$1000000\r\n\r\n") + 1_000_000) + len(b"+OK\r\n")


def test_many_connections(server: PrivateServer, tap: Tap, told: Told) -> None:
    """200 at once, each told apart, and all of them gone when their clients have gone."""

    def connected() -> int:
        return int(info(server, "clients")["connected_clients"])

    before = connected()  # other tests may have left some
    clients = [redis.Redis(port=tap.port, single_connection_client=True) for _ in range(200)]
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda pair: pair[1].set(f"k{pair[0]}", pair[0]), enumerate(clients)))
    numbers = {one.connection for one in told if one.command == "SET"}
    assert len(numbers) == 200

    for client in clients:
        client.close()

    wait_until("the tap has closed its side", lambda: connected() <= before)


def test_a_server_that_goes_away(server_program: str, told: Told) -> None:
    """Its clients' connections are closed; when it is back, new ones work."""
    with PrivateServer(program=server_program) as server:
        tap = Tap("127.0.0.1", server.port, told.append).start()
        with socket.create_connection(("127.0.0.1", tap.port), _SECONDS) as sock:
            sock.sendall(b"PING\r\n")
            assert sock.recv(100) == b"+PONG\r\n"
            server.kill()

            assert sock.recv(100) == b""
        with socket.create_connection(("127.0.0.1", tap.port), _SECONDS) as sock:
            assert sock.recv(100) == b""
        server.start()
        with redis.Redis(port=tap.port) as client:
            assert client.ping()
        tap.close()


def test_a_client_that_sends_its_end_first(tap: Tap) -> None:
    """It still gets what it asked for."""
    with socket.create_connection(("127.0.0.1", tap.port), _SECONDS) as sock:
        sock.sendall(b"BLPOP nothing 0.1\r\nPING\r\nQUIT\r\n")
        sock.shutdown(socket.SHUT_WR)
        got = b""
        while data := sock.recv(1000):
            got += data

    assert got in (b"*-1\r\n+PONG\r\n+OK\r\n", b"")  # servers may drop whom they cannot hear


def test_an_error_of_who_is_told(server: PrivateServer) -> None:
    """It does not disturb the client, and is raised when the tap is closed."""

    def fail(exchange: Exchange) -> None:
        raise LookupError(exchange.command)

    tap = Tap("127.0.0.1", server.port, fail).start()
    with redis.Redis(port=tap.port) as client:
        client.set("k", "v")
        assert client.get("k") == b"v"

    with pytest.raises(LookupError):
        tap.close()
    tap.close()


def test_closing(server: PrivateServer, told: Told) -> None:
    """Its connections are closed, its thread has ended, its port is free."""
    with Tap("127.0.0.1", server.port, told.append) as tap:
        sock = socket.create_connection(("127.0.0.1", tap.port), _SECONDS)
        sock.sendall(b"PING\r\n")
        assert sock.recv(100) == b"+PONG\r\n"

    with sock:
        assert sock.recv(100) == b""
    assert not [thread for thread in threading.enumerate() if thread.name == "shelflife-tap"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", tap.port), _SECONDS)
