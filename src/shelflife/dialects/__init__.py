"""How other libraries write their entries.

Recognition, which knows all dialects, is for the tools: a service does not load it, nor the
dialects that it does not serve.
"""

# ruff: noqa: PLC0415 - only what is served is loaded

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable, Optional

from shelflife.codecs.pickle import Lacks, lacks_nothing
from shelflife.dialects.interface import Dialect
from shelflife.dialects.names import (
    ALL_NAMES,
    DIALECTS,
    DialectName,
    describe,
    name_of_entry,
    parse_name,
    short_name,
)
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.werkzeug import Werkzeug
from shelflife.pickles import DEFAULT_BUDGET, AllowList, Py2Text

if TYPE_CHECKING:
    from shelflife.dialects.recognising import KNOWN, recognise
    from shelflife.dialects.serving.terms import Terms

__all__ = [
    "ALL_NAMES",
    "DIALECTS",
    "KNOWN",
    "Dialect",
    "DialectName",
    "Recognised",
    "Stored",
    "Werkzeug",
    "describe",
    "make_dialect",
    "name_of_entry",
    "parse_name",
    "recognise",
    "short_name",
]


def __getattr__(name: str) -> Any:
    if name in {"KNOWN", "recognise"}:
        from shelflife.dialects import recognising

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
        name: One of `DIALECTS`, perhaps with how it is set up: "django-redis:json".
        allow: The names that entries may refer to.
        text: What Python 2's non-ASCII 8-bit strings become.
        floor: The oldest Python that reads what is written; None if nothing is written.
        note: Told of what should be counted: "py2-mixture".
        max_bytes: The longest entry that is read.
        lacks: Says why some reader at the floor lacks a name.

    Raises:
        ConfigurationError: If there is no such dialect, or it cannot serve this floor.
    """
    parsed = parse_name(name)
    budget = replace(DEFAULT_BUDGET, bytes=max_bytes)
    if parsed.library in {"werkzeug", "flask-caching"}:
        return Werkzeug(
            allow=allow,
            text=text,
            floor=floor,
            note=note,
            budget=budget,
            lacks=lacks,
            name=parsed.library,
        )
    from shelflife.dialects.serving.terms import Terms

    return _make(parsed, Terms(allow, text, floor, note, budget, lacks))


def _make(name: DialectName, terms: Terms) -> Dialect:
    if name.library == "django":
        from shelflife.dialects.serving.django_core import Django

        return Django(terms)
    if name.library == "django-redis":
        from shelflife.dialects.serving.django_redis import DjangoRedis

        return DjangoRedis(name, terms)
    if name.library == "dogpile":
        from shelflife.dialects.serving.dogpile import Dogpile

        return Dogpile(name, terms)
    from shelflife.dialects.serving.aiocache import Aiocache

    return Aiocache(name, terms)
