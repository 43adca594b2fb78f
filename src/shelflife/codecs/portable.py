"""The codec `portable`: what you set is what you get, type for type.

MessagePack with the extension types of `extensions.py`. Identity is not kept: two references to one
list become two lists, and a value that contains itself is not portable.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Optional

from ormsgpack import packb

from shelflife.codecs import extensions
from shelflife.codecs.at_floor import ALL_TYPES_SINCE, EncodersAtFloor, check_keys
from shelflife.codecs.exact import pack_exactly
from shelflife.codecs.packing import OPTIONS, Encoders, expand, holds_inexact, may_hold_bytes
from shelflife.codecs.restoring import restore
from shelflife.codecs.types import Types
from shelflife.envelope import CODECS

# The heads of sets, and of dicts with keys that are not all text: only these may hold keys that
# Python 2 takes for one.
_MAY_COLLIDE = re.compile(b"\xc7\x00[%b]" % bytes([*range(extensions.SET, extensions.COUNTER + 1)]))


class Portable:
    """Values of the portable types and of registered classes.

    `encode` is below. `decode`, on the path of every read, is `restoring.restore` itself.

    Args:
        types: The registered classes; none if not given. May be added to later.
        python: The oldest Python that reads what is written.
    """

    name = "portable"
    number = CODECS["portable"]

    def __init__(
        self, types: Optional[Types] = None, python: tuple[int, int] = ALL_TYPES_SINCE
    ) -> None:
        self.types = Types() if types is None else types
        self._encoders: Encoders = self.types.encoders
        if python < ALL_TYPES_SINCE:
            self._encoders = EncodersAtFloor(self.types.encoders, python)
        if python < (3, 0):
            self._python = python
            self.encode = self._encode_for_python2  # type: ignore[method-assign]  # no cost else
        self.decode = partial(restore, self.types.restore)

    def encode(self, value: Any) -> bytes:
        """Give the payload of a value: the same bytes in every process.

        Raises:
            NotPortable: With the path to the culprit and what to do about it.
            BelowFloor: The same, if a reader at the floor lacks it.
        """
        trail: list[Any] = []
        try:
            payload = packb(value, partial(expand, self._encoders, trail), OPTIONS)
        except TypeError:
            if trail and not isinstance(trail[-1], (Exception, list)):
                raise trail[-1] from None  # a KeyboardInterrupt and the like
        else:
            if not (may_hold_bytes(payload) and holds_inexact(value, trail)):
                return payload
        return pack_exactly(self._encoders, value)

    def _encode_for_python2(self, value: Any) -> bytes:
        payload = Portable.encode(self, value)
        if _MAY_COLLIDE.search(payload) and may_hold_bytes(payload):
            check_keys(value, self._python)
        return payload
