"""A trip-wire: one more test, which fails once this Python pickles what the floor does not read.

Rules:
1. It is there if the configuration says `shelflife_floor`, and part of every run that names no
   single tests.
2. It says nothing of what the code does: only of what `pickle` writes by itself on this Python.
"""

from __future__ import annotations

import pickle
import platform
from typing import NamedTuple, Union

import pytest

NAME = "shelflife-floor"
_INI, _PROTOCOLS = "shelflife_floor", "shelflife_protocols"
_KNOWN = 5
"""The newest protocol that this release of shelflife knows."""


def add_options(parser: pytest.Parser) -> None:
    """Add what the configuration takes."""
    parser.addini(_INI, "the oldest Python that reads what is cached, such as 3.8", default="")
    parser.addini(
        _PROTOCOLS,
        "the pickle protocols that the code relies on: default, highest, or both",
        type="args",
        default=["default", "highest"],
    )


@pytest.hookimpl(tryfirst=True)  # so that -k and -m select among all
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the test, if a floor is configured."""
    floor = str(config.getini(_INI)).strip()
    if floor and items and not any("::" in arg for arg in config.args):
        watched = _watched(floor, config.getini(_PROTOCOLS))
        items.append(FloorItem.from_parent(session, name=NAME, watched=watched))


class Watched(NamedTuple):
    """What is watched.

    Attributes:
        floor: The oldest Python.
        readable: The newest protocol that it reads.
        protocols: "default", "highest", or both.
    """

    floor: str
    readable: int
    protocols: tuple[str, ...]

    def problems(self) -> list[str]:
        """Say which protocol is beyond the floor's, and what that means."""
        now = {"default": pickle.DEFAULT_PROTOCOL, "highest": pickle.HIGHEST_PROTOCOL}
        said = [
            f"pickle.{which.upper()}_PROTOCOL is {now[which]} on Python "
            f"{platform.python_version()}, and Python {self.floor}, the floor, reads up to "
            f"{self.readable}: whatever pickles with it writes entries that raise ValueError there"
            for which in self.protocols
            if now[which] > self.readable
        ]
        if max(now.values()) > _KNOWN:
            said.append(
                f"this Python knows pickle protocol {max(now.values())}, which this release of "
                f"shelflife does not (it knows {_KNOWN}): update shelflife before this Python "
                "writes to a cache"
            )
        return said


class FloorItem(pytest.Item):
    """The test."""

    def __init__(self, *, watched: Watched, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self._watched = watched

    def runtest(self) -> None:
        """Fail if there is something to say."""
        problems = self._watched.problems()
        if problems:
            lines = [f"  - {problem}" for problem in problems]
            remedy = (
                "Pin the protocol where the code pickles (a Cache with floor= does), or raise the "
                f"floor; {_PROTOCOLS} names the protocols that the code relies on."
            )
            pytest.fail("\n".join(["the floor is not kept:", *lines, remedy]), pytrace=False)

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], _style: object = None
    ) -> str:
        """Give the sentences alone."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[str, Union[int, None], str]:
        """Name it."""
        return "shelflife", None, f"{NAME}: this Python's pickles at floor {self._watched.floor}"


def _watched(floor: str, protocols: list[str]) -> Watched:
    # Who has configured no floor need not wait for this.
    from shelflife.codecs.pickle import protocol_at  # noqa: PLC0415
    from shelflife.errors import ConfigurationError  # noqa: PLC0415 - the same
    from shelflife.floors import parse_floor  # noqa: PLC0415 - the same

    try:
        python = parse_floor(floor, ("werkzeug",)).python_text
    except ConfigurationError as error:
        raise pytest.UsageError(f"{_INI}: {error}") from None
    unknown = [word for word in protocols if word not in {"default", "highest"}]
    if unknown or not protocols:
        raise pytest.UsageError(f"{_PROTOCOLS} takes default, highest, or both; not {unknown}")
    return Watched(python, protocol_at(python), tuple(protocols))
