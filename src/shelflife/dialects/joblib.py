"""joblib: pickles with the bytes of numpy's arrays spliced in, within any compressor.

Rules:
1. The array's wrapper is named in the pickle, and the walk ends there (`facts.spliced`).
2. Before 0.9.3: `ZF`, a length in hexadecimal, and zlib.
"""

from __future__ import annotations

import re
from typing import Optional

from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_FOUND = Recognised("joblib", writes="default", loader="joblib")
_ZFILE = re.compile(rb"ZF0x[0-9a-f]{1,16} *")


def by_head(stored: Stored) -> Optional[Recognised]:
    """Look at an entry that begins with a Z; None unless it is of the old form."""
    header = _ZFILE.match(stored.raw)
    if header is None:
        return None
    return within(_FOUND, "zfile", look(stored.raw[header.end() :]))


SIGNS = Signs(
    "joblib",
    _FOUND,
    heads=(b"Z",),
    by_head=by_head,
    pickled=(
        ("joblib.numpy_pickle", "NumpyArrayWrapper"),
        ("joblib.numpy_pickle", "NDArrayWrapper"),
        ("joblib.numpy_pickle", "ZNDArrayWrapper"),
        ("joblib.numpy_pickle_compat", "NDArrayWrapper"),
        ("joblib.numpy_pickle_compat", "ZNDArrayWrapper"),
    ),
)
