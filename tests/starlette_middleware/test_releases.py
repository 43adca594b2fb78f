"""The middleware on the oldest and the newest Starlette and FastAPI that it is for, and between."""

from __future__ import annotations

import pytest

from other_releases import Release, check

RELEASES = [
    Release("3.9", ("starlette==0.27.0", "fastapi==0.100.0", "pydantic==2.5.3", "redis==4.5.5")),
    Release("3.9", ("starlette==0.32.0", "fastapi==0.108.0", "pydantic==2.5.3", "redis==5.0.8")),
    Release("3.10", ("starlette==0.36.3", "fastapi==0.110.0", "redis==5.2.1")),
    Release("3.12", ("starlette==0.41.3", "fastapi==0.115.6", "redis==6.4.0")),
    Release("3.13", ("starlette>=1.10", "fastapi>=0.165", "redis==7.1.0")),
]


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES, ids=str)
def test_every_release(release: Release, server_program: str) -> None:
    """All of this folder's tests pass."""
    check(release, "starlette_middleware", server_program, "httpx", at_least=80)
