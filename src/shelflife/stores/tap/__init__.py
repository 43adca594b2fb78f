"""A tap: it stands before a server, passes every byte on, and tells what was read and written."""

from __future__ import annotations

from shelflife.stores.tap.exchange import ALL_DATABASES, Effect, Exchange
from shelflife.stores.tap.tap import Tap

__all__ = ["ALL_DATABASES", "Effect", "Exchange", "Tap"]
