"""Floors: the oldest readers that what is written must serve, as one idea."""

from __future__ import annotations

from shelflife.floors.floor import OURS, Bounds, Floor, lowest
from shelflife.floors.names import LackedNames
from shelflife.floors.spec import FloorSpec, names_ours, parse_floor

__all__ = [
    "OURS",
    "Bounds",
    "Floor",
    "FloorSpec",
    "LackedNames",
    "lowest",
    "names_ours",
    "parse_floor",
]
