"""By what an entry of a library is told: each dialect's file says it in one `Signs`.

An entry is told by the first that fits: its key, its first bytes, the names in its pickle, the
members of its JSON or MessagePack map. What none of them tells is left to the format's own name
and the list of all that write just such bytes (`owners.py`).
"""

from __future__ import annotations

from typing import Callable, NamedTuple, Optional

from shelflife.dialects.recognition import Recognised, Stored

Claim = Callable[[Stored], Optional[Recognised]]
Read = Callable[[Stored], Recognised]


class Signs(NamedTuple):
    """What tells the entries of one dialect.

    Attributes:
        name: The dialect's name.
        found: What is said of an entry that `pickled` or `members` tells, without its content.
        keys: How keys begin that are this library's own; three bytes at least.
        by_key: Looks at entries under such keys; None if it is none of them after all.
        heads: First bytes of entries that `by_head` is to look at.
        by_head: Looks at entries that begin so.
        pickled: Names (module, qualname) that only this library's pickles refer to.
        members: All these together in a JSON or MessagePack map are this library's.
        read: Judges any entry by the rules of this dialect's own reader; None if what it reads
            is just what it is recognised by.
    """

    name: str
    found: Recognised
    keys: tuple[bytes, ...] = ()
    by_key: Optional[Claim] = None
    heads: tuple[bytes, ...] = ()
    by_head: Optional[Claim] = None
    pickled: tuple[tuple[str, str], ...] = ()
    members: tuple[str, ...] = ()
    read: Optional[Read] = None
