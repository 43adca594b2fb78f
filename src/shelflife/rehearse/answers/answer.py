"""What a release answered to one request."""

from __future__ import annotations

from typing import NamedTuple


class Answer(NamedTuple):
    """An answer, or why there was none.

    Attributes:
        status: The status code; 0 if there was no answer.
        headers: As they came.
        body: As it came, but for gzip and deflate, which are undone.
        error: Why there was no answer.
        seconds: How long it took.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: str = ""
    seconds: float = 0.0

    @property
    def is_error(self) -> bool:
        """Whether the service failed."""
        return self.status >= 500 or self.status == 0

    def header(self, name: str) -> str:
        """Give the first header of this name, written in lower case; "" if there is none."""
        return next((value for each, value in self.headers if each.lower() == name), "")
