"""What is done to a key whatever its type, and to whole databases."""

from __future__ import annotations

from functools import partial
from typing import Any

from shelflife.stores.tap.exchange import ALL_DATABASES, Effect
from shelflife.stores.tap.families.interface import EffectsOf, Words, options, seconds


def _delete(words: Words, reply: Any) -> list[Effect]:
    return [] if reply == 0 else [Effect("delete", key) for key in words[1:]]


def _expire(per_second: int, absolute: bool, words: Words, reply: Any) -> list[Effect]:
    if reply == 0:
        return []
    ttl = seconds(words[2], per_second, absolute=absolute)
    if ttl <= 0:
        return [Effect("delete", words[1])]
    return [Effect("expire", words[1], None, ttl)]


def _persist(words: Words, reply: Any) -> list[Effect]:
    return [] if reply == 0 else [Effect("expire", words[1])]


def _rename(words: Words, reply: Any) -> list[Effect]:
    """What is under the new name then is not told; RENAMENX says 0 if it did nothing."""
    if reply == 0:
        return []
    return [Effect("delete", words[1]), Effect("write", words[2])]


def _copy(words: Words, reply: Any) -> list[Effect]:
    if reply == 0:
        return []
    upper = [word.upper() for word in words]
    copied = Effect("write", words[2])
    if b"DB" in upper[3:]:
        # -2 - n stands for database n, whatever database the connection is in
        copied = copied._replace(database=elsewhere(int(words[upper.index(b"DB", 3) + 1])))
    return [copied]


def _move(words: Words, reply: Any) -> list[Effect]:
    if reply == 0:
        return []
    moved = Effect("write", words[1], database=elsewhere(int(words[2])))
    return [Effect("delete", words[1]), moved]


def elsewhere(database: int) -> int:
    """Mark a database that is named by the command, not by the connection."""
    return -2 - database


def placed(effect: Effect, database: int) -> Effect:
    """Give the effect with the number of its database."""
    if effect.database == ALL_DATABASES:
        return effect
    if effect.database < ALL_DATABASES:
        database = -2 - effect.database
    return effect if effect.database == database else effect._replace(database=database)


def _restore(words: Words, _: Any) -> list[Effect]:
    found = options(words, 4)
    if words[2] == b"0":
        return [Effect("write", words[1])]
    return [
        Effect("write", words[1], None, seconds(words[2], 1000, absolute=b"ABSTTL" in found.flags))
    ]


def _dump(words: Words, _: Any) -> list[Effect]:
    return [Effect("opaque", words[1])]


def _flush_database(_: Words, __: Any) -> list[Effect]:
    return [Effect("clear", b"")]


def _flush_all(_: Words, __: Any) -> list[Effect]:
    return [Effect("clear", b"", database=ALL_DATABASES)]


def _swap(words: Words, _: Any) -> list[Effect]:
    """Everything in both is another now."""
    return [Effect("opaque", b"", database=elsewhere(int(word))) for word in words[1:3]]


KEYS: dict[bytes, EffectsOf] = {
    b"DEL": _delete,
    b"UNLINK": _delete,
    b"EXPIRE": partial(_expire, 1, False),
    b"PEXPIRE": partial(_expire, 1000, False),
    b"EXPIREAT": partial(_expire, 1, True),
    b"PEXPIREAT": partial(_expire, 1000, True),
    b"PERSIST": _persist,
    b"RENAME": _rename,
    b"RENAMENX": _rename,
    b"COPY": _copy,
    b"MOVE": _move,
    b"RESTORE": _restore,
    b"DUMP": _dump,
    b"FLUSHDB": _flush_database,
    b"FLUSHALL": _flush_all,
    b"SWAPDB": _swap,
}
