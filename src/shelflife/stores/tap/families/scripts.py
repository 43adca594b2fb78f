"""Scripts: opaque for each key they name, but for our own, which are known by their text."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha1
from typing import Any, Callable

from shelflife.stores import atomic, compare_and_set
from shelflife.stores.tap.exchange import Effect
from shelflife.stores.tap.families.interface import UNSEEN, EffectsOf, Words
from shelflife.stores.tap.families.strings import read_and_replaced

_Ours = Callable[[bytes, Sequence[bytes], Any], list[Effect]]


def _increment(key: bytes, _: Sequence[bytes], reply: Any) -> list[Effect]:
    if reply == [b"overflow"]:
        return []
    what, entry = reply
    return [Effect("count" if what == b"is" else "read", key, entry)]


def _replace(key: bytes, arguments: Sequence[bytes], reply: Any) -> list[Effect]:
    return read_and_replaced(key, arguments[0], arguments[1]) if reply == 1 else []


def _compare_and_set(key: bytes, arguments: Sequence[bytes], reply: Any) -> list[Effect]:
    if reply != b"done":
        return []
    if len(arguments) > 1:
        return read_and_replaced(key, arguments[0], arguments[1])
    return [Effect("read", key, arguments[0]), Effect("delete", key)]


_OURS: dict[bytes, _Ours] = {
    atomic.INCREMENT: _increment,
    atomic.REPLACE: _replace,
    compare_and_set.SCRIPT: _compare_and_set,
}
_OURS.update(
    {sha1(text).hexdigest().encode(): told for text, told in _OURS.items()}  # noqa: S324 - the server's own name
)


def _script(words: Words, reply: Any) -> list[Effect]:
    ours = _OURS.get(words[1])
    if ours is not None and reply is not UNSEEN:
        return ours(words[3], words[4:], reply)
    return named_keys(words)


def named_keys(words: Words) -> list[Effect]:
    """Give what a script may have done: anything, to the keys that it names."""
    keys = words[3 : 3 + int(words[2])]
    return [Effect("opaque", key) for key in keys] or [Effect("opaque", b"")]


SCRIPTS: dict[bytes, EffectsOf] = {
    b"EVAL": _script,
    b"EVAL_RO": _script,
    b"EVALSHA": _script,
    b"EVALSHA_RO": _script,
    b"FCALL": _script,
    b"FCALL_RO": _script,
}
