"""A service that writes to a cache while something else changes it, and remembers what it did.

Rules:
1. Each act is one command that also tells what lay there before, so that it is known in which order
   the service and the other came to a key, without a clock.
2. It ends by itself after `_LONGEST` seconds.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import NamedTuple, Optional

from shelflife.stores.pipelined import PipelinedConnection
from shelflife.stores.replies import ErrorReply
from shelflife.testing.contents import exchange, open_connection
from shelflife.testing.servers import PrivateServer

BRIEF = 5
LONG = 90_000
_LONGEST = 120.0
_PAUSE = 0.001  # on average: it shares its machine with what it disturbs


class Act(NamedTuple):
    """One thing that the service did to a key.

    Attributes:
        found: What lay there; None for nothing.
        left: What it put there; None if it removed the entry.
        ttl: For how many milliseconds.
    """

    found: Optional[bytes]
    left: Optional[bytes]
    ttl: int = LONG


class BusyService:
    """Writes, removes, and lets expire, in a thread of its own. A context manager.

    Args:
        server: Where.
        keys: The keys to which it does that, at random.
        others: The beginning of further keys, which it makes.
        newer: Gives the bytes of its writes, by number.
        seed: For its choices.

    Attributes:
        acts: What it did, by key, first to last.
    """

    def __init__(
        self,
        server: PrivateServer,
        keys: Sequence[bytes],
        others: bytes,
        newer: Callable[[int], bytes],
        seed: int = 0,
    ) -> None:
        self._server = server
        self._keys = keys
        self._others = others
        self._newer = newer
        self._chance = random.Random(seed)  # noqa: S311 - no secret depends on it
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._failure: Optional[BaseException] = None
        self._number = 0
        self.acts: dict[bytes, list[Act]] = {}
        self._thread = threading.Thread(target=self._run, name="busy-service", daemon=True)

    @contextmanager
    def waits(self) -> Iterator[None]:
        """Have it do nothing while the block runs."""
        with self._lock:
            yield

    def __enter__(self) -> BusyService:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._ended.set()
        self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def _run(self) -> None:
        until = time.monotonic() + _LONGEST
        try:
            with open_connection(self._server) as connection:
                while not self._ended.is_set() and time.monotonic() < until:
                    with self._lock:
                        self._act(connection)
                    time.sleep(self._chance.uniform(0, 2 * _PAUSE))
        except BaseException as error:  # noqa: BLE001 - raised where the service is ended
            self._failure = error

    def _act(self, connection: PipelinedConnection) -> None:
        self._number += 1
        key, left, ttl = self._chance.choice(self._keys), self._newer(self._number), LONG
        what = self._chance.random()
        if what < 0.1:
            key = b"%s%d" % (self._others, self._number)
        elif what < 0.25:
            ttl = BRIEF
        if what > 0.75:
            (found,) = exchange(connection, [(b"GETDEL", key)])
            act = Act(found, None)
        else:
            expiry = b"%d" % ttl
            (found,) = exchange(connection, [(b"SET", key, left, b"PX", expiry, b"GET")])
            act = Act(found, left, ttl)
        if isinstance(found, ErrorReply):
            raise found
        self.acts.setdefault(key, []).append(act)
