"""Hypothesis strategies for what is cached: the texts and values that break caches.

Rules:
1. Each kind of trouble has the same chance: uniform characters would hardly ever meet any.
2. `portable_values` gives what the portable codec carries, and so what `set` must give back.
"""

from __future__ import annotations

import collections
import unicodedata
from datetime import timezone
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

try:
    from hypothesis import strategies as st
except ImportError as error:  # an extra of the user's tests, not of a service
    raise ImportError(
        "shelflife.testing.strategies needs Hypothesis: pip install hypothesis"
    ) from error

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_ACCENTED = "Caf\u00e9 \u00c5ngstr\u00f6m na\u00efve \u1ec7 \uac01 \u00df \u0130 \u0131"
_RIGHT_TO_LEFT = "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd \u200f\u202e\u2067"
_ASTRAL = "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f1eb\U0001f1f7\U00020000"
_ODD = "\x00\x1f\x7f\x85\xa0\u2028\ufeff\ufffd\uffff\ufb01\u0345"


def unicode_text(
    *, surrogates: bool = False, max_size: int = 40, longest: int = 5_000
) -> SearchStrategy[str]:
    """Give text of the kinds that break caches.

    Empty, ASCII, accented as one character and as two (NFC and NFD), right to left, beyond 16 bits,
    control characters, Latin-1 that looks like UTF-8, any, and sometimes very long.

    Args:
        surrogates: Whether there may be lone surrogates, which UTF-8 does not carry.
        max_size: The most characters, but for one that is repeated.
        longest: How often that is. Above 25 000, Hypothesis warns of reports that get too large.
    """
    composed = st.text(st.sampled_from(_ACCENTED), max_size=max_size)
    kinds = [
        st.just(""),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=max_size),
        composed.map(lambda text: unicodedata.normalize("NFC", text)),
        composed.map(lambda text: unicodedata.normalize("NFD", text)),
        st.text(st.sampled_from(_RIGHT_TO_LEFT), max_size=max_size),
        st.text(st.sampled_from(_ASTRAL), max_size=max_size),
        st.text(st.sampled_from(_ODD), max_size=max_size),
        composed.map(lambda text: text.encode().decode("latin-1")),
        st.text(max_size=max_size),
        st.builds(lambda piece, times: piece * times, _pieces(), st.sampled_from((255, longest))),
    ]
    if surrogates:
        kinds.append(st.text(st.characters(categories=["Cs"]), min_size=1, max_size=max_size))
    return st.one_of(kinds)


def portable_values(*, max_leaves: int = 20) -> SearchStrategy[Any]:
    """Give values that the portable codec carries: what a cache must give back, type for type.

    Args:
        max_leaves: About how many parts there are at most.
    """
    return st.recursive(_leaves(), _containers, max_leaves=max_leaves)


def _pieces() -> SearchStrategy[str]:
    return st.sampled_from(("a", "\u00e9", "\U0001f600"))


def _leaves() -> SearchStrategy[Any]:
    zones = st.none() | st.just(timezone.utc)
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(min_value=-(2**70), max_value=2**70),
        st.floats(),
        unicode_text(surrogates=True),
        st.binary(max_size=40),
        st.binary(max_size=40).map(bytearray),
        st.datetimes(timezones=zones),
        st.dates(),
        st.times(),
        st.timedeltas(),
        st.decimals(),
        st.fractions(),
        st.complex_numbers(),
        st.uuids(),
        st.ip_addresses(),
        st.sampled_from((PurePosixPath("/srv"), range(3), range(9, 0, -2))),
    )


def _keys() -> SearchStrategy[Any]:
    return st.one_of(unicode_text(), st.integers(), st.binary(max_size=9), st.booleans())


def _containers(parts: SearchStrategy[Any]) -> SearchStrategy[Any]:
    few = st.lists(parts, max_size=5)
    pairs = st.dictionaries(_keys(), parts, max_size=5)
    return st.one_of(
        few,
        few.map(tuple),
        few.map(collections.deque),
        pairs,
        pairs.map(collections.OrderedDict),
        pairs.map(lambda found: collections.defaultdict(list, found)),
        st.sets(_keys(), max_size=5),
        st.frozensets(_keys(), max_size=5),
    )
