"""Answers made by hand, and a comparer that has learned them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional, Union

from shelflife.rehearse.answers import Answer, Comparer, Comparison
from shelflife.rehearse.plan import ComparePlan
from shelflife.rehearse.requests import Request

Body = Union[Answer, bytes, str, dict[str, Any], list[Any]]
JSON, HTML, TEXT = "application/json", "text/html; charset=utf-8", "text/plain; charset=utf-8"


def answered(body: Body, *headers: tuple[str, str], status: int = 200, kind: str = "") -> Answer:
    """An answer; what its body is tells its type."""
    if isinstance(body, Answer):
        return body
    if isinstance(body, (dict, list)):
        body, kind = json.dumps(body).encode(), kind or JSON
    if isinstance(body, str):
        kind = kind or (HTML if body.lstrip().startswith("<") else TEXT)
        body = body.encode()
    given = {name.lower() for name, _ in headers}
    typed = () if "content-type" in given else (("Content-Type", kind or JSON),)
    return Answer(status, (*typed, *headers), body)


def asked(number: int = 0, target: str = "") -> Request:
    """A request; all of them are of one endpoint, unless the target says otherwise."""
    return Request(number, "GET", target or f"/articles/{number}")


FIRST = asked()


class Bench:
    """A comparer, and what it is taught in few words."""

    def __init__(self, folder: Path, plan: Optional[ComparePlan] = None) -> None:
        self.comparer = Comparer(plan or ComparePlan(), folder)
        self._settled = False

    def teach(
        self, old: Sequence[Body], new: Sequence[Body] = (), request: Request = FIRST
    ) -> None:
        """Each release's answers: of run 0, of run 1; warm ones after the cold ones."""
        for release, bodies in (("old", old), ("new", new or old)):
            for index, body in enumerate(bodies):
                self.comparer.learn(request, release, index % 2, answered(body))

    def compare(self, body: Body, release: str = "new", request: Request = FIRST) -> Comparison:
        """Settle at the first time, then compare."""
        if not self._settled:
            self.comparer.settle()
            self._settled = True
        return self.comparer.compare(request, release, answered(body))

    def own(self, body: Body, release: str = "new", request: Request = FIRST) -> list[str]:
        """Where an answer differs from what its release answers by itself."""
        return [each.path for each in self.compare(body, release, request).own]

    def old(self, body: Body, request: Request = FIRST) -> list[str]:
        """Where an answer of the new release differs from what the old one answers by itself."""
        return [each.path for each in self.compare(body, "new", request).old]
