"""Looking at a server without disturbing it: what the audit and the tools after it ask.

One blocking connection, and in a cluster one to each node that a key is followed to; there each key
is read alone, as two keys of one command may be in two slots. Only SCAN, GET, PTTL and TYPE are
needed; MGET is used while it is allowed. INFO, CLIENT NO-TOUCH, CLUSTER NODES and the commands that
read other types than strings are asked for, and where they are denied or unknown, that is an
answer. KEYS is never sent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Optional

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.elements import read_elements
from shelflife.stores.pipelined import PipelinedConnection
from shelflife.stores.redirections import Redirections, read_moves
from shelflife.stores.replies import ErrorReply, denies_command, meaning
from shelflife.stores.request import Request, Words, expect
from shelflife.stores.server_facts import ServerFacts, parse_info
from shelflife.stores.shard import Shard, open_shard, open_shards
from shelflife.stores.wire import escape_glob


class Held(NamedTuple):
    """What lies under a key.

    Attributes:
        entry: A string's bytes; None if the key is gone or of another type.
        ttl: Milliseconds left, -1 for no expiry, -2 if the key is gone.
    """

    entry: Optional[bytes]
    ttl: int


class Received(NamedTuple):
    """The answer to `Inspector.send`.

    Attributes:
        held: What lies under the keys, in their order.
        cursor: Where to look for further keys; None at the end.
        keys: Further keys.
        at: When it was asked for, in seconds since the epoch: milliseconds left count from there.
    """

    held: list[Held]
    cursor: Optional[bytes]
    keys: list[bytes]
    at: float


class _Sent(NamedTuple):
    """What has been asked and not been answered yet."""

    keys: Sequence[bytes]
    request: list[Words]
    reads: int
    prefix: bytes
    cursor: Optional[bytes]
    wanted: int
    at: float


class Inspector:
    """Reads one server's keys. Not to be shared by threads; reconnects when asked to.

    Args:
        url: As for `open_store`, but for `memory://` and a cluster's: see `open_inspectors`.
        timeout: Seconds for one request.
        shard: Which of the URL's servers; its only one without.

    Attributes:
        shard: See above.

    Raises:
        ConfigurationError: If the URL cannot work.
    """

    def __init__(self, url: str, timeout: float = 10.0, shard: Optional[Shard] = None) -> None:
        self.shard = open_shard(url, timeout) if shard is None else shard
        self._timeout = timeout
        self._connection: Optional[PipelinedConnection] = None
        self._redirections = Redirections(self.shard.limits)
        self._at = Address("")
        self._sent: Optional[_Sent] = None
        self._denied: set[str] = set()
        self._quiet = False

    @property
    def address(self) -> str:
        """The URL without its password."""
        return self.shard.shown

    def connect(self) -> None:
        """Connect, or connect again after a failure; CLIENT NO-TOUCH is asked for again.

        Raises:
            ServerError: If that did not work.
        """
        self.close()
        self._at = self.shard.find()
        connection = PipelinedConnection()
        connection.open(self._at, self.shard.limits)
        self._connection = connection
        if self._quiet:
            self.be_quiet()

    def close(self) -> None:
        """Close the connections."""
        self._redirections.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._sent = None

    def interrupt(self) -> None:
        """End the waiting of the thread that uses it; the one thing that another may call."""
        connection = self._connection
        if connection is not None:
            connection.interrupt()
        self._redirections.interrupt()

    def facts(self) -> ServerFacts:
        """Ask what the server says of itself; nothing if it denies INFO."""
        reply = self._ask((b"INFO",))
        if isinstance(reply, ErrorReply):
            return ServerFacts()
        return parse_info(_as_text(reply), self._at.db)

    def be_quiet(self) -> bool:
        """Ask that our reads leave the keys' ages alone (CLIENT NO-TOUCH); whether that worked."""
        self._quiet = not isinstance(self._ask((b"CLIENT", b"NO-TOUCH", b"ON")), ErrorReply)
        self._redirections.quiet = self._quiet
        return self._quiet

    def moves(self) -> dict[int, Address]:
        """Give the slots that are on their way, as far as that is known, and to which node."""
        reply = self._ask((b"CLUSTER", b"NODES"))
        lines = [] if isinstance(reply, ErrorReply) else _as_text(reply).splitlines()
        return {**self._redirections.imported, **read_moves(lines, self._at)}

    def send(
        self, keys: Sequence[bytes], prefix: bytes, cursor: Optional[bytes], count: int
    ) -> None:
        """Ask for entries and expiries of some keys, and for more keys; `receive` has the answer.

        Args:
            keys: Whose entries.
            prefix: What further keys begin with.
            cursor: Where to go on looking for them; None if none are wanted.
            count: About how many of them.
        """
        scan = [] if cursor is None else [_scan_words(prefix, cursor, count)]
        read: list[Words] = []
        if keys and not self.shard.is_cluster and "mget" not in self._denied:
            read = [(b"MGET", *keys)]
        else:
            read = [(b"GET", key) for key in keys]
        times: list[Words] = [(b"PTTL", key) for key in keys]
        request = read + times + scan
        self._open().send(request, self._timeout)
        self._sent = _Sent(keys, request, len(read), prefix, cursor, count, time.time())

    def receive(self) -> Received:
        """Give what `send` asked for.

        Raises:
            ServerError: If the server did not answer, or denies what cannot be spared.
        """
        sent, self._sent = self._sent, None
        assert sent is not None, "send comes first"
        try:
            replies = self._open().receive(len(sent.request), self._timeout)
            if self.shard.is_cluster:
                replies = self._redirections.follow(self._at, sent.request, replies)
        except BaseException:
            self.close()
            raise
        together = bool(sent.reads) and sent.request[0][0] == b"MGET"
        if together and self._is_denied("mget", replies[0]):
            self.send(sent.keys, sent.prefix, sent.cursor, sent.wanted)
            return self.receive()
        if together:
            _refuse_one_node(replies[0])
            entries = expect(replies[0], list)
        else:
            entries = [self._entry(reply) for reply in replies[: sent.reads]]
        times = replies[sent.reads : sent.reads + len(sent.keys)]
        held = [Held(entry, _whole(ttl)) for entry, ttl in zip(entries, times)]
        if sent.cursor is None:
            return Received(held, None, [], sent.at)
        following, keys = expect(replies[-1], list)
        return Received(held, None if following == b"0" else following, keys, sent.at)

    def types(self, keys: Sequence[bytes]) -> list[str]:
        """Give the Redis types of some keys; "none" for one that is gone."""
        return [_as_text(reply) for reply in self._ask([(b"TYPE", key) for key in keys])]

    def elements(self, key: bytes, redis_type: str, most: int) -> Iterator[tuple[bytes, bytes]]:
        """Give fields and values of a key that is no string, the first `most` of them.

        Raises:
            ServerError: With kind "denied", if the command for this type is.
        """
        return read_elements(self._checked, key, redis_type, most)

    def _checked(self, words: Words) -> Any:
        reply = self._ask(words)
        if isinstance(reply, ErrorReply):
            found = meaning(reply)
            raise found if isinstance(found, ServerError) else ServerError("other", "type changed")
        return reply

    def _open(self) -> PipelinedConnection:
        if self._connection is None:
            self.connect()
        assert self._connection is not None, "connect raises if there is none"
        return self._connection

    def _ask(self, request: Request) -> Any:
        if self._sent is not None:  # nobody will come for that answer any more
            self.close()
        connection = self._open()
        connection.begin(self._timeout)
        try:
            reply = connection.ask(request)
            if not self.shard.is_cluster:
                return reply
            if isinstance(request, list):
                return self._redirections.follow(self._at, request, reply)
            return self._redirections.follow(self._at, [request], [reply])[0]
        except BaseException:
            self.close()
            raise

    def _is_denied(self, command: str, reply: object) -> bool:
        if denies_command(reply, command):
            self._denied.add(command)
            return True
        return False

    def _entry(self, reply: Any) -> Optional[bytes]:
        if isinstance(reply, ErrorReply):
            found = meaning(reply)
            if isinstance(found, ServerError):
                raise found
            return None
        entry: Optional[bytes] = expect(reply, bytes, type(None))
        return entry


def open_inspectors(url: str, timeout: float = 10.0) -> list[Inspector]:
    """Give one for each server that takes writes: a cluster has several.

    Raises:
        ConfigurationError: If the URL cannot work.
        ServerError: If a cluster does not say what nodes it has.
    """
    return [Inspector(url, timeout, shard) for shard in open_shards(url, timeout)]


def _refuse_one_node(reply: Any) -> None:
    if isinstance(reply, ErrorReply) and reply.code == "CROSSSLOT":
        raise ServerError(
            "cross-slot",
            "it is a node of a cluster, and has some of the keys only: use a redis+cluster:// URL",
        )


def _scan_words(prefix: bytes, cursor: bytes, count: int) -> Words:
    pattern = (b"MATCH", escape_glob(prefix) + b"*") if prefix else ()
    return (b"SCAN", cursor, *pattern, b"COUNT", b"%d" % count)


def _whole(reply: Any) -> int:
    number: int = expect(reply, int)
    return number


def _as_text(reply: Any) -> str:
    raw: bytes = expect(reply, bytes)
    return raw.decode("utf-8", "replace")
