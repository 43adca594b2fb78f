"""What every dialect gives: reading another library's entries, and writing them for a floor."""

from __future__ import annotations

from typing import Any, Protocol


class Dialect(Protocol):
    """How another library writes an entry.

    Attributes:
        name: The dialect's name, as in `reads` and `writes`.
        guard: Whether envelopes must carry the guard byte while this dialect is read, because
            its unmodified clients would hand out an envelope's bytes as a value.
        counts: Whether an entry of digits, as the server's counters are, is read as that number.
    """

    @property
    def name(self) -> str:
        """The dialect's name."""

    @property
    def guard(self) -> bool:
        """Whether envelopes must carry the guard byte while this dialect is read."""

    @property
    def counts(self) -> bool:
        """Whether an entry of digits, as the server's counters are, is read as that number."""

    def read(self, raw: bytes) -> Any:
        """Give the value of an entry.

        Raises:
            Unreadable: With one of the closed list of reasons.
        """

    def write(self, value: Any) -> bytes:
        """Give the entry for a value, as the oldest reader at the floor reads it.

        Raises:
            BelowFloor: Some reader at the floor could not read it.
            NotPortable: It cannot be pickled, or refers to a name that is not allowed.
        """
