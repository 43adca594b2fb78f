"""Hashes: read whole or in part with the server's clock, written, and written if unchanged.

Rules:
1. The clock is asked for in the same round trip; where TIME is denied there is none.
2. A hash that is too large to be ours is not read.
3. What depends on a field is a transaction: the key is watched, so that no script is needed.
4. A number is added at most once: once a server took one of them, no error makes it sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, Union

from shelflife.errors import ServerError
from shelflife.stores import commands, policy
from shelflife.stores.atomic import Scripting
from shelflife.stores.commands import WRONG_TYPE, FieldValues, HashContent, WrongType
from shelflife.stores.replies import denies_command
from shelflife.stores.request import Conversation, Words, expect, reply_or_raise

_TIME = (b"TIME",)
_REFUSALS = frozenset({"denied", "out-of-memory"})


def read_hash(command: commands.ReadHash, _: Scripting) -> Conversation:
    """Carry out a `ReadHash`: its length first, as a hash that is not ours may be huge."""
    size = expect((yield (b"HLEN", command.key)), int, WrongType)
    if size is WRONG_TYPE:
        return WRONG_TYPE
    if size > command.most:
        return HashContent({}, size, None)
    found, now = yield [(b"HGETALL", command.key), _TIME]
    fields = _pairs(expect(found, list, dict, WrongType))
    if isinstance(fields, WrongType):
        return fields
    return HashContent(fields, len(fields), _seconds(now))


def read_fields(command: commands.ReadFields, _: Scripting) -> Conversation:
    """Carry out a `ReadFields`."""
    found, now = yield [(b"HMGET", command.key, *command.fields), _TIME]
    values = expect(found, list, WrongType)
    if isinstance(values, WrongType):
        return values
    if len(values) != len(command.fields):
        raise policy.makes_no_sense(f"{len(values)} values came for {len(command.fields)} fields")
    return FieldValues([expect(value, bytes, type(None)) for value in values], _seconds(now))


def write_fields(command: commands.WriteFields, _: Scripting) -> Conversation:
    """Carry out a `WriteFields`."""
    words = _writes(command)
    if not words:
        return True
    replies = [expect(reply, int, WrongType) for reply in (yield words)]
    return WRONG_TYPE if WRONG_TYPE in replies else True


def swap_fields(command: commands.SwapFields, _: Scripting) -> Conversation:
    """Carry out a `SwapFields`; somebody else's write in between makes it False."""
    words = _writes(command)
    watched, found, begun = yield [
        (b"WATCH", command.key),
        (b"HGET", command.key, command.field),
        (b"MULTI",),
    ]
    for reply in (watched, begun):
        reply_or_raise(reply)
    value = expect(found, bytes, type(None), WrongType)
    if value != command.expected or not words:
        yield [(b"DISCARD",)]
        return value if value is WRONG_TYPE else value == command.expected
    *queued, done = yield [*words, (b"EXEC",)]
    for reply in queued:
        reply_or_raise(reply)
    replies = reply_or_raise(done)
    if replies is None:
        return False
    for reply in replies:
        expect(reply, int)
    return True


def add_to_fields(command: commands.AddToFields, _: Scripting) -> Conversation:
    """Carry out an `AddToFields`: the first reply says whether the key is there and ours."""
    adds: list[Words] = [
        (b"HINCRBY", command.key, field, b"%d" % number) for field, number in command.adds
    ]
    expiry = (b"PEXPIRE", command.key, b"%d" % command.ttl)
    first, *others = yield [(b"HLEN", command.key), *adds, expiry]
    size = expect(first, int, WrongType)
    if size is WRONG_TYPE:
        return WRONG_TYPE
    for reply in others:
        try:
            reply_or_raise(reply)
        except ServerError as error:
            if error.kind in _REFUSALS:
                raise
    return size


def _writes(command: Union[commands.WriteFields, commands.SwapFields]) -> list[Words]:
    words: list[Words] = []
    if command.puts:
        words.append((b"HSET", command.key, *[word for pair in command.puts for word in pair]))
    if command.removals:
        words.append((b"HDEL", command.key, *command.removals))
    return words


def _pairs(found: Any) -> Union[dict[bytes, bytes], WrongType]:
    if isinstance(found, (dict, WrongType)):  # a dict is what RESP3 has
        return found
    return dict(zip(found[::2], found[1::2]))


def _seconds(reply: Any) -> Optional[float]:
    """Give the server's clock from its answer to TIME; None if it may not be asked."""
    if denies_command(reply, "time"):
        return None
    try:
        seconds, micros = expect(reply, list, tuple)
        return int(seconds) + int(micros) / 1e6
    except (ServerError, TypeError, ValueError):
        return None


CONVERSATIONS: dict[type, Callable[[Any, Scripting], Conversation]] = {
    commands.ReadHash: read_hash,
    commands.ReadFields: read_fields,
    commands.WriteFields: write_fields,
    commands.SwapFields: swap_fields,
    commands.AddToFields: add_to_fields,
}
