"""Requests as words and as bytes, and the first look at a reply."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Optional, Union, cast

import hiredis

from shelflife.stores import policy
from shelflife.stores.replies import ErrorReply, meaning

Word = Union[bytes, str]
Words = tuple[Word, ...]
Request = Union[Words, list[Words]]
"""One Redis command, or several that are sent together and answered by a list."""
Conversation = Generator[Request, Any, Any]

# Its own annotation allows one word only.
_pack = cast("Callable[[Words], bytes]", hiredis.pack_command)


def pack(request: Request) -> bytes:
    """Give the bytes of a request.

    Words are never numbers: hiredis 3.5 crashes if a signal handler raises while it packs an int.
    """
    if isinstance(request, tuple):
        return _pack(request)
    return b"".join(map(_pack, request))


def set_words(key: bytes, entry: bytes, ttl: Optional[int], *more: bytes) -> Words:
    """Give the SET command that stores an entry."""
    expiry = () if ttl is None else (b"PX", b"%d" % ttl)
    return (b"SET", key, entry, *expiry, *more)


def reply_or_raise(reply: Any) -> Any:
    """Give the reply as it is, or WRONG_TYPE.

    Raises:
        ServerError: If the reply is any other error.
    """
    if not isinstance(reply, ErrorReply):
        return reply
    found = meaning(reply)
    if isinstance(found, Exception):
        raise found
    return found


def expect(reply: Any, *kinds: type) -> Any:
    """Give the reply, if it is one of these kinds, and no error.

    Raises:
        ServerError: If it is not.
    """
    reply = reply_or_raise(reply)
    if not isinstance(reply, kinds):
        raise policy.makes_no_sense(f"a {type(reply).__name__} came")
    return reply
