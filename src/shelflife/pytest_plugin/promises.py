"""What is missing skips a test, unless the environment promises that it is there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

PROMISES = "SHELFLIFE_REQUIRE"


def is_promised(what: str) -> bool:
    """Whether `SHELFLIFE_REQUIRE` (comma-separated) names something: "redis", "python2.7"."""
    return what in {word.strip() for word in os.environ.get(PROMISES, "").split(",")}


def missing(what: str, reason: str) -> NoReturn:
    """Skip the test, or fail it if something is promised.

    Args:
        what: As for `is_promised`.
        reason: Why it is missing, and how to get it.
    """
    if is_promised(what):
        pytest.fail(f"{PROMISES} promises {what}, but {reason}", pytrace=False)
    pytest.skip(reason)
