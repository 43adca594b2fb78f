"""Our commands as Redis commands, and its replies as ours: written once, without I/O.

A conversation is a generator: it yields what to send, is sent the replies, and returns what the
command's docstring promises, or raises `ServerError`. Blocking, asyncio and clients drive it alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Union

from shelflife.errors import ServerError
from shelflife.stores import atomic, commands, hashes, node_commands, policy
from shelflife.stores.atomic import Scripting
from shelflife.stores.claims import read_claim
from shelflife.stores.replies import ErrorReply, denies_command
from shelflife.stores.request import (
    Conversation,
    Request,
    Words,
    expect,
    pack,
    reply_or_raise,
    set_words,
)

__all__ = ["Conversation", "Request", "converse", "pack"]

_SCAN_COUNT = b"1000"
_ENTRIES = frozenset({bytes, type(None)})
_GLOB = frozenset(b"*?[]\\")
_ENDS = (b"EXEC", b"DISCARD")
_WHOLE_CALL = frozenset({"auth", "read-only", "loading", "refused"})


def converse(command: node_commands.NodeCommand, scripting: Scripting) -> Conversation:
    """Begin the conversation that carries out a command.

    Args:
        command: What to do.
        scripting: What this store has learned about scripts.
    """
    return _CONVERSATIONS[type(command)](command, scripting)


def _get(command: commands.Get, _: Scripting) -> Conversation:
    reply = yield (b"GET", command.key)
    if reply is None or type(reply) is bytes:
        return reply
    return expect(reply, commands.WrongType)


def _get_many(command: commands.GetMany, _: Scripting) -> Conversation:
    if not command.keys:
        return []
    reply = expect((yield (b"MGET", *command.keys)), list)
    if len(reply) != len(command.keys):
        raise policy.makes_no_sense(f"{len(reply)} entries came for {len(command.keys)} keys")
    if _ENTRIES.issuperset(map(type, reply)):
        return reply
    return [expect(entry, bytes, type(None)) for entry in reply]


def _set(command: commands.Set, _: Scripting) -> Conversation:
    only = (b"NX",) if command.if_absent else (b"XX",) if command.if_present else ()
    return _is_stored((yield set_words(command.key, command.entry, command.ttl, *only)))


def _set_many(command: commands.SetMany, _: Scripting) -> Conversation:
    if not command.entries:
        return []
    replies = yield [set_words(key, entry, command.ttl) for key, entry in command.entries]
    return [_stored_or_error(reply) for reply in replies]


def _unlink(command: commands.Unlink, _: Scripting) -> Conversation:
    if not command.keys:
        return 0
    return expect((yield (b"UNLINK", *command.keys)), int)


def _expire(command: commands.Expire, _: Scripting) -> Conversation:
    if command.ttl is not None:
        return bool(expect((yield (b"PEXPIRE", command.key, b"%d" % command.ttl)), int))
    # PERSIST says 0 both for no entry and for no expiry.
    persisted, left = yield [(b"PERSIST", command.key), (b"PTTL", command.key)]
    had_expiry, is_there = expect(persisted, int), expect(left, int) != -2
    return bool(had_expiry) or is_there


def _time_to_live(command: commands.TimeToLive, _: Scripting) -> Conversation:
    return expect((yield (b"PTTL", command.key)), int)


def _scan(command: commands.Scan, _: Scripting) -> Conversation:
    cursor = command.cursor
    assert cursor is None or isinstance(cursor, bytes), "cursors come from our own replies"
    pattern = command.pattern
    if pattern is None:
        pattern = escape_glob(command.prefix) + b"*"
    reply = yield (b"SCAN", cursor or b"0", b"MATCH", pattern, b"COUNT", _SCAN_COUNT)
    if len(expect(reply, list, tuple)) != 2:
        raise policy.makes_no_sense("a cursor and keys were asked for")
    following, keys = reply
    if isinstance(following, int):  # as redis-py's client hands it on
        following = b"%d" % following
    return (None if following == b"0" else expect(following, bytes)), expect(keys, list)


def escape_glob(prefix: bytes) -> bytes:
    """Give a pattern that matches just this prefix."""
    return b"".join((b"\\%c" if byte in _GLOB else b"%c") % byte for byte in prefix)


def _is_stored(reply: Any) -> bool:
    # Redis says OK; redis-py's client hands on True.
    if reply is not None and reply not in (b"OK", True):
        raise policy.makes_no_sense(f"a {type(reply_or_raise(reply)).__name__} came")
    return reply is not None


def _stored_or_error(reply: Any) -> Union[bool, ServerError]:
    result: Union[bool, ServerError] = _or_error(_is_stored, reply)
    return result


def _or_error(read: Callable[[Any], Any], reply: Any) -> Any:
    """Give what a reply says, or the error of this one key."""
    try:
        return read(reply)
    except ServerError as error:
        if error.kind in _WHOLE_CALL:
            raise
        return error


def _get_each(command: node_commands.GetEach, _: Scripting) -> Conversation:
    replies = yield [(b"GET", key) for key in command.keys]
    return [_or_error(_entry_or_none, reply) for reply in replies]


def _entry_or_none(reply: Any) -> Any:
    reply = expect(reply, bytes, type(None), commands.WrongType)
    return None if reply is commands.WRONG_TYPE else reply


def _unlink_each(command: node_commands.UnlinkEach, _: Scripting) -> Conversation:
    replies = yield [(b"UNLINK", key) for key in command.keys]
    return [_or_error(lambda reply: expect(reply, int), reply) for reply in replies]


def _ask_claim(_: node_commands.AskClaim, __: Scripting) -> Conversation:
    reply = yield (b"CLUSTER", b"NODES")
    if denies_command(reply, "cluster") or denies_command(reply, "cluster|nodes"):
        return None
    try:
        return read_claim(expect(reply, bytes).decode())
    except (ValueError, IndexError, KeyError, StopIteration):
        raise policy.makes_no_sense("nodes and their slots were asked for") from None


def _asking(command: node_commands.Asking, scripting: Scripting) -> Conversation:
    """Put ASKING before each command; not within a transaction, for all of which it holds."""
    conversation = converse(command.command, scripting)
    replies: Any = None
    in_transaction = False
    try:
        while True:
            request = conversation.send(replies)
            words = [request] if isinstance(request, tuple) else request
            asked: list[Words] = []
            wanted: list[tuple[int, int]] = []  # where the replies to ASKING and to it will be
            for one in words:
                before = len(asked)
                if not in_transaction:
                    asked.append((b"ASKING",))
                wanted.append((before, len(asked)))
                asked.append(one)
                in_transaction = one[0] == b"MULTI" or (in_transaction and one[0] not in _ENDS)
            answers = yield asked
            found = [_unless_denied(answers[first], answers[then]) for first, then in wanted]
            replies = found[0] if isinstance(request, tuple) else found
    except StopIteration as stop:
        return stop.value


def _unless_denied(asking: Any, reply: Any) -> Any:
    """Give the reply; or why ASKING was refused, without which the reply is misleading."""
    return asking if isinstance(asking, ErrorReply) else reply


_CONVERSATIONS: dict[type, Callable[[Any, Scripting], Conversation]] = {
    commands.Get: _get,
    commands.GetMany: _get_many,
    commands.Set: _set,
    commands.SetMany: _set_many,
    commands.Unlink: _unlink,
    commands.Expire: _expire,
    commands.TimeToLive: _time_to_live,
    commands.Increment: atomic.increment,
    commands.Replace: atomic.replace,
    commands.Remove: atomic.remove,
    commands.Scan: _scan,
    **hashes.CONVERSATIONS,
    node_commands.GetEach: _get_each,
    node_commands.UnlinkEach: _unlink_each,
    node_commands.AskClaim: _ask_claim,
    node_commands.Asking: _asking,
}
