"""The extension on the oldest and the newest Flask that it is for, and between."""

from __future__ import annotations

import pytest

from flask_responses.releases import RELEASES, Release, check


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES, ids=str)
def test_every_release(release: Release, server_program: str) -> None:
    """All of this folder's tests pass."""
    check(release, "flask_responses", server_program)
