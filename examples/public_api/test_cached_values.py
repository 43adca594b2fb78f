"""What this service caches must stay readable: every entry in `golden/`, from every release.

Usage: pytest test_cached_values.py
       pytest test_cached_values.py -k at_the_floor --golden-pythons 2.7,3.8
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

# Its keys are in the order in which Python 2.7 has them, and so its entry: order is kept.
ARTICLE = {
    "body": "Jede přes řeku, přes kopec a zpět.",
    "author": "Žofie Dvořáková",
    "title": "Tramvaj číslo dvaadvacet",
    "section": "städte",
    "tags": ["praha", "tramvaj"],
    "number": 7,
    "published": datetime(2019, 3, 15, 16, 5),  # noqa: DTZ001 - as the service has it
}
AUTHORS = ["Amélie Gauthier", "Søren Kjær", "山田 花子"]
FOUND = {"q": "опера", "found": [(14, "Война и мир как опера")]}

VALUES = {"article": ARTICLE, "authors": AUTHORS, "search": FOUND}


@pytest.mark.parametrize("name", VALUES)
def test_what_is_written_at_the_floor(golden: Any, name: str) -> None:
    """Written so that the old release can read it; with --golden-pythons it is asked."""
    golden(name, VALUES[name], reads="werkzeug", writes="werkzeug", floor="2.7")


@pytest.mark.parametrize("name", VALUES)
def test_what_the_old_release_has_written(golden: Any, name: str) -> None:
    """Read beside shelflife's own entries, which are written once the floor is raised."""
    golden(f"{name}-raised", VALUES[name], reads="werkzeug")
