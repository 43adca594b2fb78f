"""Fixtures: every kind of store over real servers, all driven by one blocking `ask`."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncGenerator, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
import redis
import redis.asyncio

from conftest import missing
from shelflife import stores
from shelflife.stores.commands import Command
from shelflife.testing import NoServer, PrivateServer
from shelflife.testing.servers import free_port

Ask = Callable[[Command], Any]
NO_SCRIPTS = "noscripts:secret"
"""User and password of one who may run everything but scripts."""


@dataclass
class Places:
    """The URLs of one server."""

    tcp: str
    unix: str
    tls_port: Optional[int]
    certificates: Optional[Path]

    @property
    def tls(self) -> str:
        """Over TLS, where the server program and openssl have it; else this skips."""
        if self.tls_port is None:
            missing("tls", "the server program was built without TLS, or openssl is missing")
        ca = f"{self.certificates}/ca.crt"
        return f"rediss://127.0.0.1:{self.tls_port}/0?ssl_ca_certs={ca}"

    @property
    def no_scripts(self) -> str:
        """As a user who may not run scripts."""
        return self.tcp.replace("//", f"//{NO_SCRIPTS}@")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Optional[Path]:
    """A folder with `ca.crt`, and `server.crt` and `server.key` for 127.0.0.1 and localhost."""
    folder = tmp_path_factory.mktemp("tls")
    extensions = folder / "san.txt"
    extensions.write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n"
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid,issuer\n"
    )
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj"]
    ca = ["/CN=shelflife tests", "-x509", "-days", "2", "-keyout", "ca.key", "-out", "ca.crt"]
    ca += ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]  # Python 3.13 insists
    server = ["/CN=localhost", "-keyout", "server.key", "-out", "server.csr"]
    sign = ["openssl", "x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key"]
    sign += ["-CAcreateserial", "-days", "2", "-out", "server.crt", "-extfile", str(extensions)]
    try:
        for words in ([*new, *ca], [*new, *server], sign):
            subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.CalledProcessError):
        return None
    return folder


@pytest.fixture(scope="session")
def store_server(
    server_program: str, certificates: Optional[Path]
) -> Iterator[tuple[PrivateServer, Places]]:
    """One server with TCP, UNIX and, if it can, TLS, and a user without scripts."""
    server, port = _start(server_program, certificates)
    with redis.Redis.from_url(server.url) as client:
        user, _, password = NO_SCRIPTS.partition(":")
        client.execute_command("ACL", "SETUSER", user, "on", f">{password}", "~*", "+@all",
                               "-@scripting")  # fmt: skip
    yield server, Places(server.url, server.unix_url, port, certificates)
    server.stop()


def _start(program: str, certificates: Optional[Path]) -> tuple[PrivateServer, Optional[int]]:
    if certificates is not None:
        port = free_port()
        words = ["--tls-port", str(port), "--tls-auth-clients", "no"]
        words += ["--tls-cert-file", str(certificates / "server.crt")]
        words += ["--tls-key-file", str(certificates / "server.key")]
        words += ["--tls-ca-cert-file", str(certificates / "ca.crt")]
        with contextlib.suppress(NoServer):  # built without TLS
            return PrivateServer(*words, program=program).start(), port
    return PrivateServer(program=program).start(), None


@pytest.fixture
def places(store_server: tuple[PrivateServer, Places]) -> Places:
    """The URLs of a real, empty server."""
    server, places = store_server
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
    return places


@pytest.fixture
def raw(places: Places) -> Iterator[redis.Redis]:
    """The driver's own client, to look at the server from outside."""
    with redis.Redis.from_url(places.tcp) as client:
        yield client


def _blocking(store: stores.Store) -> Iterator[Ask]:
    yield store.run
    store.close()


def _looped(open_it: Callable[[], AsyncGenerator[stores.AsyncStore, None]]) -> Iterator[Ask]:
    loop = asyncio.new_event_loop()
    opened = open_it()

    def ask(doing: Coroutine[Any, Any, Any]) -> Any:
        return loop.run_until_complete(doing)

    async def close() -> None:
        async for _ in opened:
            pass

    store = ask(_first(opened))
    yield lambda command: ask(store.run(command))
    ask(close())
    ask(loop.shutdown_asyncgens())
    loop.close()


async def _first(opened: AsyncGenerator[stores.AsyncStore, None]) -> stores.AsyncStore:
    return await opened.__anext__()


async def _async_store(url: str) -> AsyncGenerator[stores.AsyncStore, None]:
    store = stores.open_async_store(url)
    yield store
    await store.close()


async def _async_client(url: str) -> AsyncGenerator[stores.AsyncStore, None]:
    client = redis.asyncio.Redis.from_url(url)
    yield stores.async_store_from_client(client)
    await client.connection_pool.disconnect()


def _client(url: str) -> Iterator[Ask]:
    with redis.Redis.from_url(url) as client:
        yield stores.store_from_client(client).run


def open_kind(kind: str, places: Optional[Places]) -> Iterator[Ask]:
    """Open a store of a kind, such as "async tls", and give what asks it."""
    how, _, where = kind.partition(" ")
    url = getattr(places, where) if where else "memory://"
    if how == "sync":
        return _blocking(stores.open_store(url))
    if how == "client":
        return _client(url)
    return _looped(lambda: (_async_store if how == "async" else _async_client)(url))


def open_nodes(how: str, url: str) -> Iterator[Ask]:
    """Open a store by its URL, blocking or for asyncio, and give what asks it."""
    if how == "sync":
        return _blocking(stores.open_store(url))
    return _looped(lambda: _async_store(url))


ON_SERVERS = [
    *("sync tcp", "sync unix", "sync tls", "sync no_scripts"),
    *("async tcp", "async unix", "async tls", "async no_scripts"),
    *("client tcp", "client no_scripts", "async-client tcp", "async-client no_scripts"),
]


ON_SEVERAL = ["sync cluster", "async cluster", "sync sentinel", "async sentinel"]


@pytest.fixture(params=["sync", "async", *ON_SERVERS, *ON_SEVERAL])
def ask(request: pytest.FixtureRequest) -> Iterator[Ask]:
    """Ask a store of every kind; without a place, they are in memory."""
    how, _, where = request.param.partition(" ")
    if request.param in ON_SEVERAL:
        yield from open_nodes(how, request.getfixturevalue(where).url)
        return
    in_memory = not where
    places = None if in_memory else request.getfixturevalue("places")
    yield from open_kind(request.param, places)


@pytest.fixture(params=ON_SERVERS)
def ask_server(request: pytest.FixtureRequest, places: Places) -> Iterator[Ask]:
    """Ask a store of every kind that has a server."""
    yield from open_kind(request.param, places)
