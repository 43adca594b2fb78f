"""How the servers are while we change their entries: all primaries, the worst of them.

Rules:
1. It looks every half second, in a thread and on connections of its own: batches never wait for it,
   but for the first look. Three PINGs, of which the middle one counts; INFO if it is asked for.
2. A PING that is not answered yet counts as soon as it has waited for a second.
3. A replica acknowledges every second. It is behind by the time since it last did, or since its
   primary was where the replica is now; one that is still being filled says nothing.
4. After a failure, and every ten seconds, it asks anew which servers there are.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple, Optional

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.pulse import Pulse
from shelflife.stores.server_facts import Strain
from shelflife.stores.topology import open_topology

EVERY = 0.5
_ASK_ANEW = 10.0
_PATIENCE = 1.0
_ACKNOWLEDGES = 1.0
_REMEMBERED = 1_200  # offsets: ten minutes
_SAID = ("ops", "lag", "memory")


class Seen(NamedTuple):
    """How the servers are, the worst of each; None where no server says.

    Attributes:
        latency: Seconds of a PING's round trip.
        ops: Commands a second.
        lag: Seconds that a replica is behind.
        memory: Used memory as a fraction of maxmemory.
        unknown: The names of what some server does not say.
        problem: Why a server could not be asked; "" if all could.
    """

    latency: Optional[float] = None
    ops: Optional[float] = None
    lag: Optional[float] = None
    memory: Optional[float] = None
    unknown: frozenset[str] = frozenset()
    problem: str = ""


class Health:
    """Looks at the servers from the first call of `look` until `close`. A context manager.

    Args:
        url: As for `open_store`, but for `memory://`.
        timeout: Seconds for one answer.
        every: Seconds from one look to the next.

    Raises:
        ConfigurationError: If the URL cannot work.
    """

    def __init__(self, url: str, timeout: float = 10.0, every: float = EVERY) -> None:
        self._topology, self._limits = open_topology(
            url, {"read_timeout": timeout, "connect_timeout": min(timeout, 5.0)}
        )
        self._every = every
        self._servers: list[_Server] = []
        self._asked_at = 0.0
        self._thread: Optional[threading.Thread] = None
        self._closed = threading.Event()
        self._looked = threading.Event()
        self._last = Seen()
        self._error: Optional[ServerError] = None
        self._broke: Optional[Exception] = None
        self._waiting_since: Optional[float] = None

    def look(self) -> Seen:
        """Give how the servers were at the last look; the first call waits for one."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="shelflife-health", daemon=True)
            self._thread.start()
        self._looked.wait()
        if self._broke is not None:
            raise self._broke
        seen, since = self._last, self._waiting_since
        waited = 0.0 if since is None else time.monotonic() - since
        if waited > _PATIENCE and waited > (seen.latency or 0.0):
            return seen._replace(latency=waited)
        return seen

    def first(self) -> Seen:
        """Give how the servers are, if they can be asked at all.

        Raises:
            ServerError: If not.
        """
        seen = self.look()
        if self._error is not None:
            raise self._error
        return seen

    def close(self) -> None:
        """Look no more."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(2 * self._every)

    def __enter__(self) -> Health:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            while not self._closed.is_set():
                self._last = self._look()
                self._waiting_since = None
                self._looked.set()
                self._closed.wait(self._every)
        except Exception as error:  # noqa: BLE001 - whoever looks must not take old news for new
            self._broke = error
        finally:
            self._looked.set()
            self._forget()

    def _look(self) -> Seen:
        self._waiting_since = time.monotonic()
        try:
            if not self._servers or time.monotonic() > self._asked_at + _ASK_ANEW:
                self._find()
            seen = _worst([server.look(self._wait_from) for server in self._servers])
        except ServerError as error:
            seconds = None
            if error.kind == "timeout" and self._waiting_since is not None:
                seconds = time.monotonic() - self._waiting_since
            self._forget()
            self._error = error
            return Seen(latency=seconds, problem=str(error))
        self._error = None
        return seen

    def _wait_from(self, since: float) -> None:
        self._waiting_since = since

    def _find(self) -> None:
        """Ask which servers there are, and keep what is known of those that stay."""
        known = {server.address: server for server in self._servers}
        found = self._topology.primaries()
        self._servers = [
            known.pop(address)
            if address in known
            else _Server(address, Pulse(address, self._limits))
            for address in found
        ]
        for gone in known.values():
            gone.pulse.close()
        self._asked_at = time.monotonic()

    def _forget(self) -> None:
        for server in self._servers:
            server.pulse.close()
        self._servers = []


class _Server:
    """One primary, and where its replication stream was lately."""

    def __init__(self, address: Address, pulse: Pulse) -> None:
        self.address = address
        self.pulse = pulse
        self._offsets: deque[tuple[float, int]] = deque(maxlen=_REMEMBERED)

    def look(self, waits_from: Callable[[float], None]) -> Seen:
        """Look at it; say when the waiting for a PING begins."""
        times = []
        for _ in range(3):
            waits_from(time.monotonic())
            times.append(self.pulse.ping())
        strain = self.pulse.strain()
        seen = Seen(sorted(times)[1], strain.ops, self._lag(strain), strain.memory)
        return seen._replace(unknown=frozenset(n for n in _SAID if getattr(seen, n) is None))

    def _lag(self, strain: Strain) -> Optional[float]:
        if strain.followers is None or strain.offset is None:
            return None
        now = time.monotonic()
        if not self._offsets or self._offsets[-1][1] != strain.offset:
            self._offsets.append((now, strain.offset))
        behind = [0.0]
        for replica in strain.followers:
            passed = next((at for at, offset in self._offsets if offset > replica.offset), now)
            behind += [float(replica.silent), now - passed - _ACKNOWLEDGES]
        return max(behind)


def _worst(seen: Iterable[Seen]) -> Seen:
    every = list(seen)

    def most(name: str) -> Optional[float]:
        return max((v for one in every if (v := getattr(one, name)) is not None), default=None)

    unknown = frozenset().union(*(one.unknown for one in every))
    return Seen(most("latency"), most("ops"), most("lag"), most("memory"), unknown)
