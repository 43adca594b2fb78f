"""The three commands that read and write in one step: by a script, or by optimistic locking.

Rules:
1. A script is asked for first. Where scripts are denied, that is remembered, and the entry is
   watched instead: if it changes before EXEC, everything begins again.
2. A counter is what INCRBY takes: `-?(0|[1-9][0-9]{0,18})` within 64 bits, and not `-0`.
3. Replies carry numbers as text: Lua's numbers are exact to 53 bits only.
"""

from __future__ import annotations

import re
from typing import Any

from shelflife.errors import ServerError
from shelflife.stores import policy
from shelflife.stores.commands import WRONG_TYPE, Increment, Remove, Replace, WrongType
from shelflife.stores.replies import ErrorReply, denies_command, meaning
from shelflife.stores.request import Conversation, Words, expect, reply_or_raise, set_words

INCREMENT = b"""
local entry = redis.pcall('GET', KEYS[1])
if type(entry) == 'table' then return entry end
if not entry then
  local made
  if ARGV[2] == '' then made = redis.pcall('SET', KEYS[1], ARGV[1])
  else made = redis.pcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
  if made.err then return made end
  return {'is', ARGV[1]}
end
local done = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(done) ~= 'table' then return {'is', redis.pcall('GET', KEYS[1])} end
if string.find(done.err, 'would overflow', 1, true) then return {'overflow'} end
if string.find(done.err, 'not an integer', 1, true) then return {'other', entry} end
return done
"""
REPLACE = b"""
local entry = redis.pcall('GET', KEYS[1])
if type(entry) == 'table' then return entry end
if entry ~= ARGV[1] then return 0 end
local done
if ARGV[3] then done = redis.pcall('SET', KEYS[1], ARGV[2], 'XX', 'PX', ARGV[3])
else done = redis.pcall('SET', KEYS[1], ARGV[2], 'XX', 'KEEPTTL') end
if type(done) == 'table' and done.err then return done end
return 1
"""
REMOVE = b"""
local entry = redis.pcall('GET', KEYS[1])
if type(entry) == 'table' then return entry end
if entry ~= ARGV[1] then return 0 end
return redis.pcall('UNLINK', KEYS[1])
"""
_CANONICAL = re.compile(rb"0|-?[1-9][0-9]{0,18}")
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_RIGHTS = "it takes EVAL, or WATCH, MULTI, EXEC and DISCARD; and GET, SET and INCRBY"
_ATTEMPTS = 1000  # a bound for clients of the user's own; our connections have a deadline


class Scripting:
    """What a store remembers of its server: whether scripts were denied."""

    def __init__(self) -> None:
        self.denied = False


def increment(command: Increment, scripting: Scripting) -> Conversation:
    """Carry out an `Increment`."""
    if not _LOWEST <= command.by <= _HIGHEST:
        return None
    by = b"%d" % command.by
    if not scripting.denied:
        ttl = b"" if command.ttl is None else b"%d" % command.ttl
        reply = yield (b"EVAL", INCREMENT, b"1", command.key, by, ttl)
        if not _remember(scripting, reply):
            _check_right(reply)
            return _script_increment(reply)
    return (yield from _watched_increment(command, by))


def replace(command: Replace, scripting: Scripting) -> Conversation:
    """Carry out a `Replace`."""
    ttl = () if command.ttl is None else (b"%d" % command.ttl,)
    expiry = (b"PX", *ttl) if ttl else (b"KEEPTTL",)
    key, old, new, _ = command
    script = (b"EVAL", REPLACE, b"1", key, old, new, *ttl)
    return (yield from _if_still(key, old, script, (b"SET", key, new, b"XX", *expiry), scripting))


def remove(command: Remove, scripting: Scripting) -> Conversation:
    """Carry out a `Remove`."""
    key, old = command
    script = (b"EVAL", REMOVE, b"1", key, old)
    return (yield from _if_still(key, old, script, (b"UNLINK", key), scripting))


def _if_still(
    key: bytes, old: bytes, script: Words, plain: Words, scripting: Scripting
) -> Conversation:
    """Run a script that looks for itself; or look, and run a plain command unless it changed."""
    if not scripting.denied:
        reply = yield script
        if not _remember(scripting, reply):
            _check_right(reply)
            return expect(reply, int, WrongType) == 1
    entry = yield from _watch(key)
    if entry is WRONG_TYPE or entry != old:
        yield [(b"DISCARD",)]
        return False
    done = yield from _execute(plain)
    # None or 0: it changed in between, and so is not `old` any more (or was written as it was).
    return bool(done) and done[0] not in {None, 0}


def _remember(scripting: Scripting, reply: Any) -> bool:
    denied = denies_command(reply, "eval")
    if denied:
        scripting.denied = True
    return denied


def _script_increment(reply: Any) -> Any:
    reply = expect(reply, list, WrongType)
    if reply is WRONG_TYPE or reply == [b"overflow"]:
        return None if reply is not WRONG_TYPE else WRONG_TYPE
    what, entry = reply
    return int(entry) if what == b"is" else entry


def _watched_increment(command: Increment, by: bytes) -> Conversation:
    for _ in range(_ATTEMPTS):
        entry = yield from _watch(command.key)
        if entry is None:
            words = set_words(command.key, by, command.ttl)
        elif isinstance(entry, WrongType) or not _is_counter(entry):
            yield [(b"DISCARD",)]
            return entry
        elif not _LOWEST <= int(entry) + command.by <= _HIGHEST:
            yield [(b"DISCARD",)]
            return None
        else:
            words = (b"INCRBY", command.key, by)
        done = yield from _execute(words)
        if done:
            return command.by if entry is None else expect(done[0], int)
    raise ServerError("other", f"the counter was changed by others {_ATTEMPTS} times in a row")


def _watch(key: bytes) -> Conversation:
    watched, entry, begun = yield [(b"WATCH", key), (b"GET", key), (b"MULTI",)]
    for reply in (watched, begun):
        _check_right(reply)
    return expect(entry, bytes, type(None), WrongType)


def _execute(words: Words) -> Conversation:
    """Run one command in the transaction: its reply in a list, or None if the key had changed."""
    queued, done = yield [words, (b"EXEC",)]
    _check_right(queued)
    _check_right(done)
    reply = reply_or_raise(done)
    if reply is not None and (not isinstance(reply, list) or len(reply) != 1):
        raise policy.makes_no_sense("a transaction of one command was executed")
    return reply if reply is None else [reply_or_raise(reply[0])]


def _check_right(reply: Any) -> None:
    if not isinstance(reply, ErrorReply):
        return
    error = meaning(reply)
    if isinstance(error, ServerError) and error.kind == "denied":
        raise ServerError("denied", f"{error.detail} ({_RIGHTS})")
    if isinstance(error, ServerError):
        raise error


def _is_counter(entry: bytes) -> bool:
    return _CANONICAL.fullmatch(entry) is not None and _LOWEST <= int(entry) <= _HIGHEST
