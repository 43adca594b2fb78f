"""x"""

from __future__ import annotations


class DeclaredRuntime:
    def __init__(self, *a): ...
