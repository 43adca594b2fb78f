"""The strategies give what breaks caches, and what shelflife carries."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings

from sameness import same
from shelflife import Cache
from shelflife.testing.strategies import portable_values, unicode_text

KINDS = {
    "empty": lambda text: not text,
    "composed": lambda text: text and unicodedata.normalize("NFD", text) != text,
    "decomposed": lambda text: text and unicodedata.normalize("NFC", text) != text,
    "astral": lambda text: any(char > "\uffff" for char in text),
    "right to left": lambda text: any(unicodedata.bidirectional(c) in ("R", "AL") for c in text),
    "control characters": lambda text: "\x00" in text,
    "long": lambda text: len(text) > 4_000,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_text_comes(kind: str) -> None:
    """Within a hundred examples or so."""
    assert find(unicode_text(), KINDS[kind], settings=settings(max_examples=500)) is not None


@given(unicode_text())
@settings(max_examples=50, deadline=None)
def test_text_is_utf8_unless_surrogates_are_wanted(text: str) -> None:
    """So that it may be a key as well."""
    assert text.encode().decode() == text


def test_surrogates_come_if_they_are_wanted() -> None:
    """And only then."""
    lone = find(
        unicode_text(surrogates=True),
        lambda text: any("\ud800" <= char <= "\udfff" for char in text),
        settings=settings(max_examples=500),
    )

    with pytest.raises(UnicodeEncodeError):
        lone.encode()


@given(portable_values())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_portable_values_are_what_a_cache_gives_back(value: Any) -> None:
    """Type for type."""
    with Cache("memory://") as cache:
        assert cache.set("key", value)

        assert same(cache.get("key"), value)


def test_without_hypothesis_it_says_what_to_install() -> None:
    """And the rest of `shelflife.testing` works."""
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import shelflife.testing\n"
        "import shelflife.testing.strategies\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "ImportError: shelflife.testing.strategies needs Hypothesis" in done.stderr
