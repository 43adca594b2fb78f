"""Private, real clusters on 127.0.0.1: nodes of our own, made into a cluster by their own words."""

from __future__ import annotations

import contextlib
import random
import socket
from types import TracebackType
from typing import Optional

from shelflife.stores.slots import SLOTS, slot_of
from shelflife.testing.asking import ask, info, wait_until
from shelflife.testing.servers import NoServer, PrivateServer

_NODE_TIMEOUT = "500"  # milliseconds until a silent node counts as failing
_ATTEMPTS = 3  # two ports a node must be free; another process may take one meanwhile


class PrivateCluster:
    """Some primaries that share the slots evenly, and replicas of each. A context manager.

    Args:
        *options: More command-line words for every node.
        primaries: How many.
        replicas: How many of each.
        program: The server program; found by `find_server` if not given.
    """

    def __init__(
        self,
        *options: str,
        primaries: int = 3,
        replicas: int = 0,
        program: Optional[str] = None,
    ) -> None:
        self._options = options
        self._program = program
        self._wanted = (primaries, replicas)
        self.servers: list[PrivateServer] = []

    @property
    def url(self) -> str:
        """The cluster's URL; it names every node."""
        nodes = ",".join(f"127.0.0.1:{server.port}" for server in self.servers)
        return f"redis+cluster://{nodes}/0"

    def start(self) -> PrivateCluster:
        """Start the nodes and wait until each of them calls the cluster healthy."""
        primaries, replicas = self._wanted
        try:
            for _ in range(primaries * (1 + replicas)):
                self.servers.append(self._start_node())
            self._share_out_slots(primaries)
            first = self.servers[0]
            for server in self.servers[1:]:
                ask(server, "CLUSTER", "MEET", "127.0.0.1", str(first.port))
            wait_until("all nodes know each other", self._all_know_each_other)
            for number, replica in enumerate(self.servers[primaries:]):
                primary = self.node_id(self.servers[number % primaries])
                ask(replica, "CLUSTER", "REPLICATE", primary)
            self.wait_until_healthy()
        except BaseException:  # a Ctrl-C must not leave processes behind
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End every node and remove its folder."""
        for server in self.servers:
            server.stop()

    def __enter__(self) -> PrivateCluster:
        return self.start()

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()

    def running(self) -> list[PrivateServer]:
        """Give the nodes whose process has not ended."""
        return [server for server in self.servers if server.is_running()]

    def primaries(self) -> list[PrivateServer]:
        """Give the running nodes that call themselves primaries, in the order of their start."""
        return [s for s in self.running() if info(s, "replication")["role"] == "master"]

    def replicas_of(self, primary: PrivateServer) -> list[PrivateServer]:
        """Give the running nodes that follow a primary."""
        followers = [(s, info(s, "replication")) for s in self.running() if s is not primary]
        port = str(primary.port)
        return [server for server, said in followers if said.get("master_port") == port]

    def node_id(self, server: PrivateServer) -> str:
        """Give the name that the cluster has for a node."""
        name: str = ask(server, "CLUSTER", "MYID").decode()
        return name

    def holder(self, key: bytes) -> PrivateServer:
        """Give the node that holds a key's slot, by what the first running primary says."""
        return self.holder_of_slot(slot_of(key))

    def holder_of_slot(self, slot: int) -> PrivateServer:
        """Give the node that holds a slot, by what the first running primary says."""
        for first, last, primary, *_ in ask(self.primaries()[0], "CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(s for s in self.servers if s.port == primary[1])
        raise LookupError(f"slot {slot} is nobody's")

    def begin_move(self, slot: int, source: PrivateServer, target: PrivateServer) -> None:
        """Declare that a slot is moving: keys that are there stay, new ones are born at target."""
        ask(target, "CLUSTER", "SETSLOT", str(slot), "IMPORTING", self.node_id(source))
        ask(source, "CLUSTER", "SETSLOT", str(slot), "MIGRATING", self.node_id(target))

    def move_keys(
        self, slot: int, source: PrivateServer, target: PrivateServer, most: int = 1_000_000
    ) -> int:
        """Move some keys of a slot that is moving, and give how many."""
        keys = ask(source, "CLUSTER", "GETKEYSINSLOT", str(slot), str(most))
        for key in keys:
            words = ("127.0.0.1", str(target.port), key, "0", "5000")
            ask(source, "MIGRATE", *words)
        return len(keys)

    def finish_move(self, slot: int, source: PrivateServer, target: PrivateServer) -> None:
        """Move what is left of a slot, and have it belong to target."""
        while self.move_keys(slot, source, target):
            pass
        name = self.node_id(target)
        others = [s for s in self.primaries() if s not in (source, target)]
        for server in (target, source, *others):
            ask(server, "CLUSTER", "SETSLOT", str(slot), "NODE", name)
        # Who moved it back before all have heard of this could lose against old news.
        wait_until("all have heard of the move", lambda: len(self._epochs()) == 1)

    def move(self, slot: int, source: PrivateServer, target: PrivateServer) -> None:
        """Move a slot with all its keys."""
        self.begin_move(slot, source, target)
        self.finish_move(slot, source, target)

    def failover(self, primary: PrivateServer, *, kill: bool = True) -> PrivateServer:
        """Have a replica take over, by killing its primary or by asking it; give the new primary.

        It returns at once after a kill: the takeover is for `wait_until_taken_over`.
        """
        replica = self.replicas_of(primary)[0]
        if kill:
            primary.kill()
        else:
            ask(replica, "CLUSTER", "FAILOVER")
        return replica

    def wait_until_taken_over(self, replica: PrivateServer) -> None:
        """Wait until a replica is a primary, and every running node calls the cluster healthy."""
        wait_until(
            "the replica has taken over", lambda: info(replica, "replication")["role"] == "master"
        )
        self.wait_until_healthy()

    def wait_until_healthy(self) -> None:
        """Wait until every running node sees all slots held, and replicas follow."""
        wait_until("the cluster is healthy", self._is_healthy)

    def _start_node(self) -> PrivateServer:
        for attempt in range(1, _ATTEMPTS + 1):
            words = ["--cluster-enabled", "yes", "--cluster-node-timeout", _NODE_TIMEOUT]
            words += ["--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0"]
            words += self._options
            server = PrivateServer(*words, program=self._program, port=_port_with_bus())
            try:
                return server.start()
            except NoServer:
                server.stop()
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _share_out_slots(self, primaries: int) -> None:
        for number, server in enumerate(self.servers[:primaries]):
            first = SLOTS * number // primaries
            last = SLOTS * (number + 1) // primaries
            ask(server, "CLUSTER", "ADDSLOTS", *map(str, range(first, last)))
            with contextlib.suppress(Exception):  # else two could have the same epoch for a while
                ask(server, "CLUSTER", "SET-CONFIG-EPOCH", str(number + 1))

    def _epochs(self) -> set[str]:
        return {_cluster_info(server)["cluster_current_epoch"] for server in self.running()}

    def _all_know_each_other(self) -> bool:
        count = str(len(self.servers))
        return all(_cluster_info(s)["cluster_known_nodes"] == count for s in self.servers)

    def _is_healthy(self) -> bool:
        for server in self.running():
            said = _cluster_info(server)
            if said["cluster_state"] != "ok" or said["cluster_slots_ok"] != str(SLOTS):
                return False
            follows = info(server, "replication")
            if follows["role"] != "master" and follows["master_link_status"] != "up":
                return False
        return True


def _cluster_info(server: PrivateServer) -> dict[str, str]:
    lines = ask(server, "CLUSTER", "INFO").decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _port_with_bus() -> int:
    """Give a free port whose port for the nodes' own talk, 10,000 up, is free as well.

    Both are below those that the system gives to outgoing connections.
    """
    for _ in range(1000):
        port = random.randrange(10_001, 22_000)  # noqa: S311 - no secret
        if all(map(_is_free, (port, port + 10_000))):
            return port
    raise NoServer("no two ports 10,000 apart are free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
