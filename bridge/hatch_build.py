"""Take the one file from where it lies: the package `shelflife`, or, in an sdist, beside this."""

# ruff: noqa: INP001 - a hook is in no package

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAME = "shelflife_bridge.py"


class TakeTheFile(BuildHookInterface):
    """Adds the file to a wheel or an sdist."""

    def initialize(self, _: str, build_data: dict[str, Any]) -> None:
        """Say where the file is; see hatchling."""
        beside = Path(self.root) / NAME
        source = Path(self.root).parent / "src" / "shelflife" / "bridge" / NAME
        build_data["force_include"][str(beside if beside.is_file() else source)] = NAME
