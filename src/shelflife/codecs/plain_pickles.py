"""C's loader, for the pickles that the vet of `shelflife.pickles` has passed.

Rule: it is restricted all the same. What the vet passes calls the names of `LEAF_NAMES` and no
others; were it mistaken, there is nothing else here to be found.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from shelflife.pickles import LEAF_NAMES, SAFE

_FRAMED = 4  # from this protocol on, picklers write frames, which a loader reads as one piece


def _latin_1(text: str, _: str) -> bytes:
    """Stand for `_codecs.encode`, which knows more encodings than this one."""
    return text.encode("latin-1")


_LEAVES = {**{name: SAFE[name].target for name in LEAF_NAMES}, "_codecs.encode": _latin_1}


class _Loader(pickle.Unpickler):
    """Finds the leaves of plain values."""

    def find_class(self, module: str, qualname: str, /) -> Any:
        return _LEAVES[f"{module}.{qualname}"]


def load_plain(data: bytes) -> Any:
    """Give the value of a pickle that passes the vet; raises whatever a loader raises."""
    source = io.BytesIO(data)
    if data[1:2] >= bytes([_FRAMED]):
        return _Loader(source).load()
    return _Loader(io.BufferedReader(source)).load()  # may look ahead
