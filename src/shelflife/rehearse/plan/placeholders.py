"""The templates of a plan: `{port}` and its like, filled when a release is started.

Rules:
1. Only a name in braces is a placeholder, so that JSON may stand in a template as it is;
   `{{name}}` stands for `{name}` itself.
2. A name that is not known is an error of the plan, never left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from shelflife.rehearse.plan.tables import Table, listed, nearest

STARTING = ("port", "cache_url", "cache_host", "cache_port", "python", "env")
INSTALLING = ("python", "env")
SENDING = ("port",)

_PLACE = re.compile(r"\{\{(\w*)\}\}|\{(\w+)\}", re.ASCII)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Give the text that a template stands for.

    Args:
        template: One that was checked.
        values: For all names that are allowed in it.
    """
    return _PLACE.sub(
        lambda match: values[match[2]] if match[2] else f"{{{match[1]}}}",
        template,
    )


def used(template: str) -> frozenset[str]:
    """Give the names of a template."""
    return frozenset(match[2] for match in _PLACE.finditer(template) if match[2])


def check_template(table: Table, key: str, template: str, allowed: Collection[str]) -> str:
    """Give the template back if all its placeholders may stand there.

    Raises:
        ConfigurationError: If one may not.
    """
    for name in sorted(used(template)):
        if name not in allowed:
            braced = [f"{{{each}}}" for each in allowed]
            hint = nearest(f"{{{name}}}", braced) or f"it may use {listed(braced)}"
            escape = f"for the text itself write `{{{{{name}}}}}`"
            raise table.error(key, f"has no value for `{{{name}}}`: {hint} ({escape})")
    return template
