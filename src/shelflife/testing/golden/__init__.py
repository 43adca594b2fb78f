"""Golden entries: bytes of cached values, kept as files, which every later release must read."""

from shelflife.testing.golden.checking import Cached, Check, GoldenCheck
from shelflife.testing.golden.files import Damaged, Golden, GoldenFolder

__all__ = ["Cached", "Check", "Damaged", "Golden", "GoldenCheck", "GoldenFolder"]
