"""No byte that passes a tap is changed, whatever the bytes are."""

from __future__ import annotations

import random
import socket
import threading

import pytest
import redis

from shelflife.stores.tap import Tap
from shelflife.testing import PrivateServer
from stores.tap.talk import SECONDS, talk
from stores.tap.told import Told

COMMANDS = [
    b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n",
    b"GET k\r\n",
    b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n",
    b"set 'a b' \"\\xff\"\r\n",
    b"MGET k gone 'a b'\r\n",
    b"INCR k\r\n",
    b"INCR n\r\n",
    b"HSET h f v g w\r\n",
    b"HGETALL h\r\n",
    b"ZADD z 1 a 2.5 b\r\n",
    b"ZRANGE z 0 -1 WITHSCORES\r\n",
    b"RPUSH l 1 2 3\r\n",
    b"LRANGE l 0 -1\r\n",
    b"XADD x 1-1 f v\r\n",
    b"XREAD STREAMS x 0\r\n",
    b"MULTI\r\nSET k 2\r\nINCR h\r\nEXEC\r\n",
    b"MULTI\r\nSET k 3\r\nDISCARD\r\n",
    b"MULTI\r\nNO SUCH\r\nEXEC\r\n",
    b"EXEC\r\n",
    b"WATCH k\r\nSET k 4\r\nMULTI\r\nGET k\r\nEXEC\r\n",
    b"SELECT 3\r\n",
    b"SELECT 0\r\n",
    b"EVAL 'return {1,{2,KEYS[1]},false,redis.error_reply(ARGV[1])}' 1 k v\r\n",
    b"CLIENT REPLY SKIP\r\nGET k\r\n",
    b"CLIENT REPLY OFF\r\nSET q 1\r\nGET q\r\nCLIENT REPLY ON\r\n",
    b"COMMAND INFO get\r\n",
    b"*0\r\n",
    b"\r\n",
    b"PING\r\n",
    b"DEL k h z l x n\r\n",
]
LISTENING = b"SUBSCRIBE c\r\nPING\r\nUNSUBSCRIBE c\r\n"
ENDS = [b"QUIT\r\n", b"*x\r\n", b"*1\r\n$-3\r\n", b"*1\r\n:1\r\n", b"GET 'k\r\n"]
HELLO = b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n"
TRACKING = b"CLIENT TRACKING ON\r\nGET k\r\nSET k 1\r\n"


@pytest.mark.parametrize("seed", range(20))
def test_byte_for_byte(server: PrivateServer, tap: Tap, told: Told, seed: int) -> None:
    """The same commands have the same replies with and without a tap, however they are cut."""
    draw = random.Random(seed)
    commands = draw.choices(COMMANDS, k=30)
    data = b"".join([*commands, draw.choice([b"", LISTENING]), draw.choice(ENDS)])
    size = len(data)
    cuts = [[], list(range(1, size)), sorted(draw.choices(range(1, size), k=20))]
    with redis.Redis(port=server.port) as direct:
        without = talk(server.port, data)
        for cut in cuts:
            direct.flushall()

            assert talk(tap.port, data, cut) == without
    assert told
    assert tap.errors == (0 if data.endswith(ENDS[0]) or LISTENING in data else 3)


def test_byte_for_byte_in_resp3(server: PrivateServer, tap: Tap) -> None:
    """The same in the newer version; the first reply names the connection, and is left out."""
    data = HELLO + b"".join(COMMANDS) + TRACKING + ENDS[0]
    rests = []
    with redis.Redis(port=server.port) as direct:
        for port in (server.port, tap.port):
            direct.flushall()
            rests.append(talk(port, data).partition(b"modules")[2])

    assert rests[0] == rests[1]
    assert b"invalidate" in rests[1]
    assert tap.errors == 0


def test_garbage_from_clients(tap: Tap) -> None:
    """Whatever a client sends, the tap goes on serving the others."""
    draw = random.Random(7)
    for size in (1, 10, 1000, 100_000):
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", tap.port), SECONDS) as sock:
                sock.sendall(draw.randbytes(size))

    assert talk(tap.port, b"PING\r\nQUIT\r\n") == b"+PONG\r\n+OK\r\n"


def test_garbage_from_the_server(told: Told) -> None:
    """Whatever a server sends is passed on as it is, and counted if it is no reply."""
    draw = random.Random(7)
    answers = [draw.randbytes(size) for size in (1, 10, 1000, 100_000)] * 3
    answers += [b"*1000000000\r\n", b"$5\r\nabcdefgh", b"+one\r\n+two\r\n", b"*1\r\n" * 9000]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        server = threading.Thread(target=_answer, args=(listener, answers), daemon=True)
        server.start()
        with Tap("127.0.0.1", listener.getsockname()[1], told.append) as tap:
            for answer in answers:
                assert talk(tap.port, b"GET k\r\n") == answer
            server.join(SECONDS)

            assert tap.errors >= 5  # those that end with a line, or say too much


def _answer(listener: socket.socket, answers: list[bytes]) -> None:
    """Give one connection after the other its answer, whatever it asks for."""
    for answer in answers:
        with listener.accept()[0] as sock:
            sock.recv(1000)
            sock.sendall(answer)
