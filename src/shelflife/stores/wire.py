"""Our commands as Redis commands, and its replies as ours: written once, without I/O.

A conversation is a generator: it yields what to send, is sent the replies, and returns what the
command's docstring promises, or raises `ServerError`. Blocking, asyncio and clients drive it alike.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Union

import hiredis

from shelflife.errors import ServerError
from shelflife.stores import commands, policy
from shelflife.stores.replies import ErrorReply, meaning

Word = Union[bytes, str]
Words = tuple[Word, ...]
Request = Union[Words, list[Words]]
"""One Redis command, or several that are sent together and answered by a list."""
Conversation = Generator[Request, Any, Any]

_SCAN_COUNT = b"1000"
_GLOB = frozenset(b"*?[]^-\\")
_WHOLE_CALL = frozenset({"auth", "read-only", "loading", "refused"})


def pack(request: Request) -> bytes:
    """Give the bytes of a request."""
    if isinstance(request, tuple):
        return _packed(request)
    return b"".join(map(_packed, request))


def converse(command: commands.Command, scripting: Any) -> Conversation:
    """Begin the conversation that carries out a command.

    Args:
        command: What to do.
        scripting: The store's one `atomic.Scripting`.
    """
    return _CONVERSATIONS[type(command)](command, scripting)


def reply_or_raise(reply: Any) -> Any:
    """Give the reply as it is, or WRONG_TYPE.

    Raises:
        ServerError: If the reply is any other error.
    """
    if not isinstance(reply, ErrorReply):
        return reply
    found = meaning(reply)
    if isinstance(found, ServerError):
        raise found
    return found


def set_words(key: bytes, entry: bytes, ttl: Any, *more: bytes) -> Words:
    """Give the SET command that stores an entry."""
    expiry = () if ttl is None else (b"PX", b"%d" % ttl)
    return (b"SET", key, entry, *expiry, *more)


def _packed(words: Words) -> bytes:
    # Never a number among the words: hiredis 3.5 crashes if a signal handler raises while it
    # packs an int.
    packed: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]
    return packed


def _get(command: commands.Get, _: Any) -> Conversation:
    reply = yield (b"GET", command.key)
    if reply is None or type(reply) is bytes:
        return reply
    return _expect(reply_or_raise(reply), commands.WrongType)


def _get_many(command: commands.GetMany, _: Any) -> Conversation:
    if not command.keys:
        return []
    reply = reply_or_raise((yield (b"MGET", *command.keys)))
    if len(_expect(reply, list)) != len(command.keys):
        raise policy.makes_no_sense("as many entries as keys were asked for, and others came")
    return reply


def _set(command: commands.Set, _: Any) -> Conversation:
    only = (b"NX",) if command.if_absent else ()
    reply = yield set_words(command.key, command.entry, command.ttl, *only)
    return _is_stored(reply_or_raise(reply))


def _set_many(command: commands.SetMany, _: Any) -> Conversation:
    if not command.entries:
        return []
    replies = yield [set_words(key, entry, command.ttl) for key, entry in command.entries]
    return [_stored_or_error(reply) for reply in replies]


def _unlink(command: commands.Unlink, _: Any) -> Conversation:
    if not command.keys:
        return 0
    return _expect(reply_or_raise((yield (b"UNLINK", *command.keys))), int)


def _expire(command: commands.Expire, _: Any) -> Conversation:
    if command.ttl is not None:
        reply = yield (b"PEXPIRE", command.key, b"%d" % command.ttl)
        return bool(_expect(reply_or_raise(reply), int))
    # PERSIST says 0 both for no entry and for no expiry.
    replies = yield [(b"PERSIST", command.key), (b"PTTL", command.key)]
    persisted, left = (_expect(reply_or_raise(reply), int) for reply in replies)
    return bool(persisted) or left != -2


def _time_to_live(command: commands.TimeToLive, _: Any) -> Conversation:
    return _expect(reply_or_raise((yield (b"PTTL", command.key))), int)


def _scan(command: commands.Scan, _: Any) -> Conversation:
    cursor = command.cursor
    assert cursor is None or isinstance(cursor, bytes), "cursors come from our own replies"
    pattern = _escaped(command.prefix) + b"*"
    words = (b"SCAN", cursor or b"0", b"MATCH", pattern, b"COUNT", _SCAN_COUNT)
    reply = reply_or_raise((yield words))
    if not isinstance(reply, (list, tuple)) or len(reply) != 2:
        raise policy.makes_no_sense("a cursor and keys were asked for")
    following, keys = reply
    if isinstance(following, int):  # a client's own habit
        following = b"%d" % following
    found = [key for key in keys if key.startswith(command.prefix)]
    return (None if following == b"0" else following), found


def _escaped(prefix: bytes) -> bytes:
    return b"".join(b"\\%c" % byte if byte in _GLOB else b"%c" % byte for byte in prefix)


def _expect(reply: Any, kind: type) -> Any:
    if not isinstance(reply, kind):
        raise policy.makes_no_sense(f"a {type(reply).__name__} came")
    return reply


def _is_stored(reply: Any) -> bool:
    if reply is not None and reply not in (b"OK", True):
        raise policy.makes_no_sense(f"a {type(reply).__name__} came")
    return reply is not None


def _stored_or_error(reply: Any) -> Union[bool, ServerError]:
    try:
        return _is_stored(reply_or_raise(reply))
    except ServerError as error:
        if error.kind in _WHOLE_CALL:
            raise
        return error


# At the end, for it builds on the above.
from shelflife.stores import atomic  # noqa: E402

_CONVERSATIONS: dict[type, Callable[[Any, Any], Conversation]] = {
    commands.Get: _get,
    commands.GetMany: _get_many,
    commands.Set: _set,
    commands.SetMany: _set_many,
    commands.Unlink: _unlink,
    commands.Expire: _expire,
    commands.TimeToLive: _time_to_live,
    commands.Increment: atomic.increment,
    commands.Replace: atomic.replace,
    commands.Scan: _scan,
}
