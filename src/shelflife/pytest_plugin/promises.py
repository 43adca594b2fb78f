"""What is missing skips a test, unless the environment promises that it is there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

PROMISES = "SHELFLIFE_REQUIRE"


def missing(what: str, reason: str) -> NoReturn:
    """Skip the test, or fail it if `SHELFLIFE_REQUIRE` (comma-separated) promises `what`.

    Args:
        what: "redis", or an interpreter such as "python2.7".
        reason: Why it is missing, and how to get it.
    """
    promised = {word.strip() for word in os.environ.get(PROMISES, "").split(",")}
    if what in promised:
        pytest.fail(f"{PROMISES} promises {what}, but {reason}", pytrace=False)
    pytest.skip(reason)
