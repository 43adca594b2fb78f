"""What is known of names that packages moved: from which version, or until which, each exists.

Only what was measured, by loading what one version wrote with another (`docs/floors.md`).
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from shelflife.floors.floor import Bounds, Version


class Span(NamedTuple):
    """From which version a module exists, and from which on it does not; None for always."""

    since: Optional[Version]
    until: Optional[Version]


PACKAGES: dict[str, dict[str, Span]] = {
    "numpy": {"numpy._core": Span((1, 26), None)},
    "pandas": {"pandas.core.indexes.numeric": Span(None, (2,))},
}


def lacks(bounds: Bounds, module: str) -> str:
    """Say why some reader within the bounds lacks a module; "" if none does, as far as is known."""
    for name, span in PACKAGES[bounds.package].items():
        if module != name and not module.startswith(f"{name}."):
            continue
        if span.since and (bounds.low is None or bounds.low < span.since):
            return f"exists since {bounds.package} {'.'.join(map(str, span.since))}"
        if span.until and (bounds.high is None or bounds.high > span.until):
            return f"is gone since {bounds.package} {'.'.join(map(str, span.until))}"
    return ""
