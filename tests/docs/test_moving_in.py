"""The page about moving in names each dialect that is served, and the releases that were tried."""

from __future__ import annotations

import re
from pathlib import Path

from shelflife.dialects import ALL_NAMES, short_name

_PAGE = (Path(__file__).parent.parent.parent / "docs" / "moving-in.md").read_text()


def _first_column(part: str) -> str:
    table = _PAGE.partition(f"<!-- {part} -->")[2].partition("<!-- end -->")[0]
    return "\n".join(row.split("|")[1] for row in table.splitlines() if row.startswith("|"))


def test_every_name_is_documented() -> None:
    """Compressors once; and no other name."""
    said = re.findall(r"`([^`]+)`", _first_column("names"))
    names = {short_name(name) for name in said if not name.startswith("...")}
    packers = {name.partition("+")[2] for name in said if "+" in name}
    combined = {f"{name}+{packer}" for name in names if "+" not in name for packer in packers}

    assert names <= ALL_NAMES
    assert ALL_NAMES - combined - {f"django-redis:pickle+{packer}" for packer in packers} <= names
    assert packers == {name.partition("+")[2] for name in ALL_NAMES if "+" in name}
