"""Keys that differ here and are one and the same on Python 2: `"a"` and `b"a"`.

A dict or set that holds both would lose one of them there, without an error.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from shelflife.pickles.weigh import LEAVES

_TEXT = frozenset((str,))
_MOST = 1_000_000  # what holds itself, or shared parts without end, is left to the search


class KeysCollide(Exception):
    """A dict or set of the value has two keys that Python 2 takes for one."""


class _Search(pickle.Pickler):
    """Is shown every object that pickling the value meets, states made on the way included."""

    def persistent_id(self, obj: Any) -> None:
        if isinstance(obj, dict):
            _check(dict.keys(obj))
        elif isinstance(obj, set):
            _check(set.__iter__(obj))
        elif isinstance(obj, frozenset):
            _check(frozenset.__iter__(obj))


def check_python2_keys(value: Any) -> None:
    """Raise `KeysCollide` if a dict or set anywhere in a value would shrink on Python 2."""
    if not _has_text_keys_only(value):
        _search(value)


def _has_text_keys_only(root: Any) -> bool:
    """Whether a value consists of dicts with keys of text, lists, tuples and leaves: told fast."""
    todo = [root]
    for value in todo:  # grows while it is gone through
        kind = type(value)
        if kind is dict:
            if not _TEXT.issuperset(map(type, value)):
                return False
            parts = value.values()
        elif kind is list or kind is tuple:
            parts = value
        elif kind in LEAVES:
            continue
        else:
            return False
        if len(todo) > _MOST:
            return False
        todo += [part for part in parts if type(part) not in LEAVES]
    return True


def _search(value: Any) -> None:
    _Search(io.BytesIO(), protocol=2, fix_imports=True).dump(value)


def _check(keys: Any) -> None:
    plain = [_as_python2(key) for key in keys]
    if len(set(plain)) != len(plain):
        raise KeysCollide


def _as_python2(key: Any) -> Any:
    """Give what compares on Python 3 as the key does on Python 2: ASCII bytes equal the text."""
    if isinstance(key, bytes) and key.isascii():
        return str(key, "ascii")
    if isinstance(key, tuple):
        return tuple(map(_as_python2, key))
    if isinstance(key, frozenset):
        return frozenset(map(_as_python2, key))
    return key
