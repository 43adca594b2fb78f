"""Whether a class comes from a library that may not even be installed."""

from __future__ import annotations

import sys


def is_model(cls: type) -> bool:
    """Whether a class is a model of pydantic 2."""
    base = getattr(sys.modules.get("pydantic"), "BaseModel", None)
    return base is not None and hasattr(base, "model_fields") and issubclass(cls, base)


def is_struct(cls: type) -> bool:
    """Whether a class is a struct of msgspec."""
    base = getattr(sys.modules.get("msgspec"), "Struct", None)
    return base is not None and issubclass(cls, base)
