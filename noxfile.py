"""The slow matrix behind `make test-all`: every Python we promise, and the redis-py releases."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
PYTHONS = ["3.9", "3.10", "3.11", "3.12", "3.13"]
DRIVERS = ["4.5.5", "5.0.8", "6.4.0", "7.1.0", "8.1.0"]


def install(session: nox.Session) -> None:
    """Install the package, built for this Python with its walker compiled, and what tests need."""
    session.install("--upgrade", "pip")
    session.install("-c", "constraints.txt", "--group", "test", ".[cli,embedded]")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests on one Python, without the extra `fast`."""
    install(session)
    session.run("python", "-m", "pytest", "-q", "-m", "not slow", *session.posargs)


@nox.session(python="3.11")
@nox.parametrize("driver", DRIVERS)
def drivers(session: nox.Session, driver: str) -> None:
    """What talks to a server, on one release of redis-py."""
    install(session)
    session.install(f"redis=={driver}")
    session.run("python", "-m", "pytest", "-q", "-m", "not slow", "tests/stores", "tests/cache")
