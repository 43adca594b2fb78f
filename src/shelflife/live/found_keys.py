"""Keys that SCAN has given and nobody has read yet, and the cursor to find them by again."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Optional

START = b"0"
END = b""


class FoundKeys:
    """Some keys in the order in which they were found, and where to go on.

    Attributes:
        keys: In the order in which they were given.
        cursor: Where SCAN goes on; None at the end.
    """

    def __init__(self, cursor: Optional[bytes], keys: Sequence[bytes] = ()) -> None:
        self.keys = list(keys)
        self.cursor = cursor
        self._found: deque[tuple[bytes, int]] = deque()  # SCAN's cursors, and keys not yet taken

    @property
    def resume(self) -> bytes:
        """From where the keys that wait, and all after them, would be found again."""
        if self._found:
            return self._found[0][0]
        return END if self.cursor is None else self.cursor

    def add(self, keys: Sequence[bytes], following: Optional[bytes]) -> None:
        """Add what SCAN has given for the cursor."""
        assert self.cursor is not None, "SCAN was asked"
        if keys:
            self._found.append((self.cursor, len(keys)))
            self.keys += keys
        self.cursor = following

    def take(self, most: int) -> list[bytes]:
        """Take some keys, the first ones."""
        taken, self.keys = self.keys[:most], self.keys[most:]
        left = len(taken)
        while left and self._found:
            cursor, count = self._found.popleft()
            if count > left:
                self._found.appendleft((cursor, count - left))
            left = max(0, left - count)
        return taken
