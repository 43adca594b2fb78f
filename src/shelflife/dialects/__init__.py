"""How other libraries write their entries.

Recognition, which knows all dialects, is for the tools: a service does not load it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable, Optional

from shelflife.codecs.pickle import Lacks, lacks_nothing
from shelflife.dialects.interface import Dialect
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.werkzeug import Werkzeug
from shelflife.errors import ConfigurationError
from shelflife.pickles import DEFAULT_BUDGET, AllowList, Py2Text

if TYPE_CHECKING:
    from shelflife.dialects.recognising import KNOWN, recognise

__all__ = [
    "DIALECTS",
    "KNOWN",
    "Dialect",
    "Recognised",
    "Stored",
    "Werkzeug",
    "make_dialect",
    "recognise",
]

DIALECTS = {"werkzeug": Werkzeug}


def __getattr__(name: str) -> Any:
    if name in {"KNOWN", "recognise"}:
        from shelflife.dialects import recognising  # noqa: PLC0415 - as said above

        return getattr(recognising, name)
    raise AttributeError(name)


def make_dialect(
    name: str,
    *,
    allow: AllowList,
    text: Py2Text = Py2Text.UTF8_ELSE_BYTES,
    floor: Optional[str] = None,
    note: Callable[[str], None],
    max_bytes: int = DEFAULT_BUDGET.bytes,
    lacks: Lacks = lacks_nothing,
) -> Dialect:
    """Give the dialect of that name.

    Args:
        name: A key of `DIALECTS`.
        allow: The names that entries may refer to.
        text: What Python 2's non-ASCII 8-bit strings become.
        floor: The oldest Python that reads what is written; None if nothing is written.
        note: Told of what should be counted: "py2-mixture".
        max_bytes: The longest entry that is read.
        lacks: Says why some reader at the floor lacks a name.

    Raises:
        ConfigurationError: If there is no such dialect, or it cannot serve this floor.
    """
    if name not in DIALECTS:
        known = ", ".join(sorted(DIALECTS))
        raise ConfigurationError(f"no dialect {name!r}; those known are: {known}")
    budget = replace(DEFAULT_BUDGET, bytes=max_bytes)
    return DIALECTS[name](
        allow=allow, text=text, floor=floor, note=note, budget=budget, lacks=lacks
    )
