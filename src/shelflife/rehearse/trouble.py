"""What ends a rehearsal before it could show anything."""

from __future__ import annotations

from shelflife.errors import ShelflifeError


class CannotRehearse(ShelflifeError):
    """A service, its cache or its log cannot be used; the message says what to change."""
