"""What all operations of one cache share: its names, its reader and writer, its recorder."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any, Optional, Union

from shelflife.codecs import convert
from shelflife.errors import InvalidKey, ServerError, Unreadable
from shelflife.events import Event, EventKind, KeyClasses, Recorder
from shelflife.lookup import ABSENT, Miss, Reason
from shelflife.operations.entries import EntryReader, Writes
from shelflife.operations.rewrites import Rewrites


class Context:
    """One per cache; immutable but for its recorder.

    Args:
        prefix: Put before every key.
        ttl: The default expiry in milliseconds, None for none.
        reader: Makes values of entries.
        writer: Makes entries of values.
        recorder: Counts and tells.
        raises: Whether a failing server raises `ServerError` out of the operations.
        key_classes: Names what may be told of a key; by the prefix, if not given.
    """

    def __init__(
        self,
        prefix: str,
        ttl: Optional[int],
        reader: EntryReader,
        writer: Writes,
        recorder: Recorder,
        *,
        raises: bool,
        key_classes: Optional[KeyClasses] = None,
    ) -> None:
        self.prefix = prefix.encode("utf-8")
        self.ttl = ttl
        self.reader = reader
        self.writer = writer
        self.recorder = recorder
        self.raises = raises
        self.rewrites = Rewrites()
        self._key_classes = KeyClasses(prefix) if key_classes is None else key_classes

    def name(self, key: str) -> bytes:
        """Give the key as the server knows it."""
        try:
            return self.prefix + key.encode("utf-8")
        except (AttributeError, TypeError):
            raise InvalidKey(f"a key is text (str), not {type(key).__name__}") from None
        except UnicodeEncodeError:
            raise InvalidKey("a key must be text that UTF-8 can carry: no surrogates") from None

    def names(self, keys: list[str]) -> tuple[bytes, ...]:
        """Give the keys of a batch as the server knows them."""
        prefix = self.prefix
        try:
            return tuple([prefix + key.encode() for key in keys])
        except (AttributeError, TypeError, UnicodeEncodeError):
            return tuple(map(self.name, keys))  # which says what is wrong with one

    def judge(self, operation: str, key: str, raw: Any, as_type: Any = None) -> Any:
        """Give the value of the entry that was found under a key, or the `Miss`; count either."""
        if raw is None:
            self.recorder.miss(Reason.ABSENT.value)
            return ABSENT
        try:
            value = self.value_of(raw, as_type)
        except Unreadable as error:
            return self.unreadable(operation, key, raw, error)
        self.recorder.hit()
        return value

    def judge_many(
        self, operation: str, keys: list[str], entries: list[Any], as_type: Any
    ) -> list[Any]:
        """Give the value or the `Miss` for each entry of a batch; count them together."""
        read = self.reader.read if as_type is None else partial(self.value_of, as_type=as_type)
        if None not in entries:
            with contextlib.suppress(Unreadable):  # mostly all are there and readable
                found = list(map(read, entries))
                self.recorder.hit(len(found))
                return found
        found = []
        absent = unreadable = 0
        for key, raw in zip(keys, entries):
            if raw is None:
                absent += 1
                found.append(ABSENT)
                continue
            try:
                found.append(read(raw))
            except Unreadable as error:
                unreadable += 1
                found.append(self.unreadable(operation, key, raw, error))
        if absent:
            self.recorder.miss(Reason.ABSENT.value, absent)
        self.recorder.hit(len(found) - absent - unreadable)
        return found

    def value_of(self, raw: Any, as_type: Any = None) -> Any:
        """Give the value of an entry, uncounted.

        Raises:
            Unreadable: With a reason, whatever the bytes are.
        """
        value = self.reader.read(raw)
        return value if as_type is None else convert(value, as_type)

    def peek(self, raw: Any) -> Any:
        """Give the value of what was found under a key, or the `Miss`, uncounted and untold."""
        if raw is None:
            return ABSENT
        try:
            return self.reader.read(raw)
        except Unreadable as error:
            return self.reader.miss(raw, error)

    def unreadable(self, operation: str, key: str, raw: Any, error: Unreadable) -> Miss:
        """Count and tell an entry that gives no value."""
        miss = self.reader.miss(raw, error)
        self.recorder.miss(miss.reason.value)
        self.tell(
            EventKind.UNREADABLE,
            operation,
            key,
            miss.reason.value,
            miss.detail,
            raw=raw,
            writer=miss.writer,
        )
        self.rewrites.missed(key, miss)
        return miss

    def unavailable(self, operation: str, keys: Union[str, list[str]], error: ServerError) -> Miss:
        """Count and tell a failed server as one miss a key; raise it if the cache was told to."""
        first, number = (keys, 1) if isinstance(keys, str) else (keys[0], len(keys))
        self.recorder.miss(Reason.UNAVAILABLE.value, number)
        self.server_failed(operation, first, error)
        return Miss(Reason.UNAVAILABLE, str(error))

    def server_failed(self, operation: str, key: str, error: ServerError) -> None:
        """Count and tell a failed server; raise it if the cache was told to."""
        self.tell(EventKind.SERVER_ERROR, operation, key, error.kind, error.detail)
        if self.raises:
            raise error

    def lost_invalidation(self, operation: str, key: str, error: ServerError) -> None:
        """Count and tell a removal that the server did not confirm."""
        self.tell(EventKind.LOST_INVALIDATION, operation, key, error.kind, error.detail)

    def not_stored(
        self, operation: str, key: str, reason: str, detail: str, path: Optional[str] = None
    ) -> None:
        """Count and tell a write that stored nothing, and where in the value the culprit is."""
        self.tell(EventKind.NOT_STORED, operation, key, reason, detail, path=path)

    def stored(self, operation: str, key: str) -> None:
        """Tell if a key that was written is rewritten by somebody else all the time as well."""
        miss = self.rewrites.rewrote(key)
        if miss is not None:
            self.tell(
                EventKind.PING_PONG,
                operation,
                key,
                miss.reason.value,
                "two writers rewrite it in turn, as neither reads the other's: write what both "
                "read (option floor)",
                writer=miss.writer,
            )

    def tell(
        self,
        kind: EventKind,
        operation: str,
        key: str,
        reason: str,
        detail: str,
        *,
        raw: Any = None,
        writer: Optional[str] = None,
        path: Optional[str] = None,
    ) -> None:
        """Hand an event to the recorder, with the key's class in place of the key."""
        is_entry = raw.__class__ is bytes
        self.recorder.event(
            Event(
                kind,
                operation,
                self._key_classes.of(key),
                reason,
                detail,
                dialect=self.reader.dialect_of(raw) if is_entry else None,
                length=len(raw) if is_entry else None,
                writer=writer,
                path=path,
            )
        )
