"""Figures as people read them."""

from __future__ import annotations


def size(count: float) -> str:
    """Give bytes in the unit that fits: "33.2 KiB"."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:,.1f} TiB"


def span(seconds: float) -> str:
    """Give a length of time in the unit that fits: "6 h", "1.5 d"."""
    for unit, length in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= length:
            return f"{seconds / length:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.1f}".removesuffix(".0") + " s"


def several(count: int, one: str, many: str = "") -> str:
    """Give a number with its noun: "1 entry", "12,340 entries"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def entries(count: int) -> str:
    """Give a number of entries."""
    return several(count, "entry", "entries")
