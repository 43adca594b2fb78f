"""How a document becomes one HTML page: no network, no script, nothing but the page itself.

A template sees the document's text as it is; every expression in it goes through `showable` first
and is escaped then, so that nothing can be forgotten there.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Callable

import jinja2
from markupsafe import Markup

from shelflife.reports.showable import showable

LONGEST = 500


def render_page(
    template: str, context: Mapping[str, Any], filters: Mapping[str, Callable[..., Any]]
) -> str:
    """Give the page that a template of this package makes of a context."""
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(_source),
    )
    environment.filters.update(filters)
    return environment.get_template(template).render(context)


def _source(name: str) -> str:
    return files("shelflife.reports").joinpath(name).read_text(encoding="utf-8")


def _shown(value: Any) -> Any:
    """Make every text of the template's expressions harmless, but for what is markup already."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return showable(value, LONGEST)
    return value
