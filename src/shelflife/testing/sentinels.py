"""A private, real primary with a replica, kept by three sentinels, all on 127.0.0.1."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import Optional

from shelflife.errors import ServerError
from shelflife.stores.replies import ErrorReply
from shelflife.testing.asking import ask, info, wait_until
from shelflife.testing.servers import PrivateServer

_DOWN_AFTER = "500"  # milliseconds until a silent server counts as down
_FAILOVER_WITHIN = "3000"
_QUORUM = "2"


class PrivateSentinel:
    """A primary, its replicas, and sentinels that know them. A context manager.

    Args:
        *options: More command-line words for the servers.
        service: The name the sentinels know the primary by.
        replicas: How many.
        sentinels: How many; two of them agree on a failover.
        program: The server program; found by `find_server` if not given.
    """

    def __init__(
        self,
        *options: str,
        service: str = "mymaster",
        replicas: int = 1,
        sentinels: int = 3,
        program: Optional[str] = None,
    ) -> None:
        self._options = options
        self._program = program
        self._wanted = (replicas, sentinels)
        self.service = service
        self.servers: list[PrivateServer] = []
        self.sentinels: list[PrivateServer] = []

    @property
    def url(self) -> str:
        """The service's URL; it names every sentinel."""
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{hosts}/{self.service}/0"

    def start(self) -> PrivateSentinel:
        """Start everything and wait until the sentinels know each other and the replicas."""
        replicas, sentinels = self._wanted
        try:
            self.servers.append(self._start_server())
            port = self.servers[0].port
            for _ in range(replicas):
                self.servers.append(self._start_server("--replicaof", "127.0.0.1", str(port)))
            wait_until("the replicas follow", self._replicas_follow)
            for _ in range(sentinels):
                self.sentinels.append(self._start_sentinel(port))
            self.wait_until_ready()
        except BaseException:  # a Ctrl-C must not leave processes behind
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End every process and remove its folder."""
        for server in (*self.sentinels, *self.servers):
            server.stop()

    def __enter__(self) -> PrivateSentinel:
        return self.start()

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()

    def primary(self) -> PrivateServer:
        """Give the server that the first running sentinel calls the primary."""
        sentinel = next(one for one in self.sentinels if one.is_running())
        _, port = ask(sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.service)
        return next(server for server in self.servers if server.port == int(port))

    def replica(self) -> PrivateServer:
        """Give a running server that is not the primary."""
        primary = self.primary()
        return next(one for one in self.servers if one is not primary and one.is_running())

    def failover(self, *, kill: bool = True) -> PrivateServer:
        """Have a replica take over, by killing the primary or by asking; give the old primary.

        It returns at once: the takeover is for `wait_until_taken_over`.
        """
        primary = self.primary()
        if kill:
            primary.kill()
        else:
            words = ("SENTINEL", "FAILOVER", self.service)  # refused while a replica is new to them
            wait_until("a replica is good enough", lambda: bool(ask(self.sentinels[0], *words)), 30)
        return primary

    def wait_until_taken_over(self, old: PrivateServer) -> PrivateServer:
        """Wait until every running sentinel names another primary, and give it."""
        wait_until("another primary has taken over", lambda: self._all_name_another(old), 30.0)
        return self.primary()

    def wait_until_ready(self) -> None:
        """Wait until the sentinels know each other and every server, and the replicas follow."""
        wait_until("the sentinels know each other and the replicas", self._is_ready, 30.0)

    def _start_server(self, *words: str) -> PrivateServer:
        words = ("--repl-diskless-sync-delay", "0", *words, *self._options)
        return PrivateServer(*words, program=self._program).start()

    def _start_sentinel(self, port: int) -> PrivateServer:
        sentinel = PrivateServer(program=self._program, sentinel=True)
        mine = (self.service, "127.0.0.1", str(port), _QUORUM)
        sentinel.start()
        ask(sentinel, "SENTINEL", "MONITOR", *mine)
        for option, value in (
            ("down-after-milliseconds", _DOWN_AFTER),
            ("failover-timeout", _FAILOVER_WITHIN),
        ):
            ask(sentinel, "SENTINEL", "SET", self.service, option, value)
        return sentinel

    def _replicas_follow(self) -> bool:
        primary, *replicas = self.servers
        said = [info(server, "replication").get("master_link_status") for server in replicas]
        return said == ["up"] * len(replicas) and info(primary, "replication")["role"] == "master"

    def _is_ready(self) -> bool:
        replicas, sentinels = self._wanted
        for sentinel in self.sentinels:
            flat = ask(sentinel, "SENTINEL", "MASTER", self.service)
            said = dict(zip(flat[::2], flat[1::2]))
            if (said[b"num-other-sentinels"], said[b"num-slaves"], said[b"flags"]) != (
                b"%d" % (sentinels - 1),
                b"%d" % replicas,
                b"master",
            ):
                return False
        primary = self.primary()
        followers = [info(one, "replication") for one in self.servers if one is not primary]
        return all(said.get("master_link_status") == "up" for said in followers)

    def _all_name_another(self, old: PrivateServer) -> bool:
        for sentinel in self.sentinels:
            if not sentinel.is_running():
                continue
            _, port = ask(sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.service)
            if int(port) == old.port:
                return False
        with contextlib.suppress(ServerError, ErrorReply, StopIteration):
            return info(self.primary(), "replication")["role"] == "master"
        return False
