"""The backend on the oldest and the newest dogpile.cache that it is for, and between."""

from __future__ import annotations

import pytest

from other_releases import Release, check

RELEASES = [
    Release("3.9", ("dogpile.cache==1.2.0", "redis==4.5.5")),
    Release("3.9", ("dogpile.cache==1.2.2", "redis==5.0.8")),
    Release("3.10", ("dogpile.cache==1.3.4", "redis==5.2.1")),
    Release("3.12", ("dogpile.cache==1.4.1", "redis==6.4.0")),
    Release("3.13", ("dogpile.cache==1.5.0", "redis==7.1.0")),
]


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES, ids=str)
def test_every_release(release: Release, server_program: str) -> None:
    """All of this folder's tests pass."""
    check(release, "dogpile_backend", server_program, at_least=90)
