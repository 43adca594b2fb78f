"""What ends a rehearsal before its end."""

from __future__ import annotations

from shelflife.errors import ShelflifeError


class CannotRehearse(ShelflifeError):
    """A service, its cache or its log cannot be used; the message says what to change."""


class KeepsEnding(CannotRehearse):
    """A service ends by itself again and again on the shared cache: a finding, not an error."""
