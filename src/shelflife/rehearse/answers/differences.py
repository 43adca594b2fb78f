"""What is told of two answers that are not the same."""

from __future__ import annotations

from typing import NamedTuple

MOST = 20


class Difference(NamedTuple):
    """One place where an answer is not what it should be.

    Attributes:
        path: "status", "header location", "body $.items[2].title", "body line 4", "body bytes".
        expected: What was expected there; short, without secrets.
        got: What was there instead.
    """

    path: str
    expected: str
    got: str


class Comparison(NamedTuple):
    """An answer held against what the releases answer by themselves.

    Attributes:
        own: How it differs from what this release answers by itself.
        old: How the new release's answer differs from what the old one answers by itself.
        known: Whether it is known what this release answers by itself.
    """

    own: tuple[Difference, ...] = ()
    old: tuple[Difference, ...] = ()
    known: bool = True


class NoiseRule(NamedTuple):
    """A place that was found to be noise, on an endpoint.

    Attributes:
        path: As in a `Difference`, with `[*]` and `*` where it holds for all.
        why: "differs between two runs of old".
    """

    endpoint: str
    path: str
    why: str
