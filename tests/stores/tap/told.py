"""What a tap told, kept in its order."""

from __future__ import annotations

from shelflife.stores.tap import Effect, Exchange


class Told(list[Exchange]):
    """Give its `append` to a tap."""

    def effects(self, command: str = "") -> list[Effect]:
        """Give the effects of all commands, or of those with that name."""
        return [
            effect
            for exchange in self
            if exchange.command == command or not command
            for effect in exchange.effects
        ]
