"""All commands that do something to entries, by name; what is not here does nothing to them."""

from __future__ import annotations

from typing import Any

from shelflife.stores.replies import ErrorReply
from shelflife.stores.tap.exchange import Effect
from shelflife.stores.tap.families.hashes import HASHES
from shelflife.stores.tap.families.interface import EffectsOf, Words
from shelflife.stores.tap.families.keys import KEYS
from shelflife.stores.tap.families.lists import LISTS
from shelflife.stores.tap.families.members import MEMBERS
from shelflife.stores.tap.families.scripts import SCRIPTS, named_keys
from shelflife.stores.tap.families.streams import STREAMS
from shelflife.stores.tap.families.strings import STRINGS


def _first(words: Words, _: Any) -> list[Effect]:
    return [Effect("opaque", words[1])]


def _first_two(words: Words, _: Any) -> list[Effect]:
    return [Effect("opaque", key) for key in words[1:3]]


def _all(words: Words, _: Any) -> list[Effect]:
    return [Effect("opaque", key) for key in words[1:]]


def _counted(words: Words, _: Any) -> list[Effect]:
    """Commands with the number of their keys in the second word."""
    return [Effect("opaque", key) for key in words[2 : 2 + int(words[1])]]


def _stored_counted(words: Words, reply: Any) -> list[Effect]:
    return [Effect("opaque", words[1]), *_counted(words[1:], reply)]


def _counted_pairs(words: Words, reply: Any) -> list[Effect]:
    if reply == 0:
        return []
    count = int(words[1])
    return [Effect("write", *pair) for pair in zip(words[2 : 2 * count + 2 : 2], words[3::2])]


def _waiting_counted(words: Words, reply: Any) -> list[Effect]:
    """Those that have a time to wait before the number."""
    return _counted(words[1:], reply)


_OPAQUE: dict[bytes, EffectsOf] = {
    **dict.fromkeys(
        (
            b"SORT", b"SORT_RO", b"LTRIM", b"XTRIM", b"XCLAIM", b"XAUTOCLAIM", b"XSETID", b"XDELEX",
            b"HRANDFIELD", b"HGETDEL", b"HGETEX", b"HSETEX", b"ZRANDMEMBER", b"DELEX", b"DIGEST",
            b"ZREMRANGEBYRANK", b"ZREMRANGEBYSCORE", b"ZREMRANGEBYLEX", b"GEOADD", b"GEORADIUS",
            b"GEORADIUSBYMEMBER", b"GEOSEARCH", b"JSON.SET", b"JSON.GET", b"JSON.DEL",
            b"JSON.MERGE", b"JSON.ARRAPPEND", b"JSON.NUMINCRBY", b"BF.ADD", b"BF.MADD", b"CF.ADD",
            b"TS.ADD",
        ),
        _first,
    ),
    **dict.fromkeys((b"SMOVE", b"ZRANGESTORE", b"GEOSEARCHSTORE"), _first_two),
    **dict.fromkeys(
        (
            b"SINTER", b"SUNION", b"SDIFF", b"SINTERSTORE", b"SUNIONSTORE", b"SDIFFSTORE",
            b"PFCOUNT", b"PFMERGE", b"JSON.MGET",
        ),
        _all,
    ),
    **dict.fromkeys((b"ZINTER", b"ZUNION", b"ZDIFF", b"LMPOP", b"ZMPOP"), _counted),
    **dict.fromkeys((b"ZINTERSTORE", b"ZUNIONSTORE", b"ZDIFFSTORE"), _stored_counted),
    **dict.fromkeys((b"BLMPOP", b"BZMPOP"), _waiting_counted),
    **dict.fromkeys((b"BZPOPMIN", b"BZPOPMAX"), lambda words, reply: _all(words[:-1], reply)),
    b"MSETEX": _counted_pairs,
}  # fmt: skip

_EFFECTS: dict[bytes, EffectsOf] = {
    **_OPAQUE, **STRINGS, **HASHES, **MEMBERS, **LISTS, **STREAMS, **KEYS, **SCRIPTS,
}  # fmt: skip


def effects_of(name: bytes, words: Words, reply: Any) -> list[Effect]:
    """Give what a command did, as far as it can be told.

    Args:
        name: Its name in upper case.
        words: The command as it was sent.
        reply: The reply, or `UNSEEN`.

    Raises:
        Exception: Any, if words and reply are not what this command has.
    """
    told = _EFFECTS.get(name)
    if told is None:
        return []
    if isinstance(reply, ErrorReply):
        # A script that fails has done what it did before that.
        ran = name in SCRIPTS and reply.code != "NOSCRIPT" and len(words) > 2
        return named_keys(words) if ran else []
    return told(words, reply)
