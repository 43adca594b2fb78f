"""The names that a cache must allow to read what lives now: the file for `AllowList.from_file`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from shelflife.live.tally import Group
from shelflife.pickles import AllowList, canonical


def allow_list(groups: Iterable[Group]) -> str:
    """Give the file's text: a name a line, and how many entries refer to it.

    Names that no pickle of Python can spell are left out: they are not those of classes.
    """
    default = AllowList.default()
    counts: Counter[str] = Counter()
    for group in groups:
        facts = group.found.facts
        for pair in facts.names if facts is not None else ():
            module, qualname = canonical(*pair, facts.declared if facts is not None else 0)
            name = f"{module}.{qualname}"
            if not default.permits_exactly(module, qualname) and _is_name(name):
                counts[name] += group.count
    lines = [f"{name}  # {count} entries" for name, count in sorted(counts.items())]
    head = (
        "# Names that the entries refer to, besides the safe ones: take out what you do not know."
    )
    return "\n".join([head, *lines]) + "\n"


def _is_name(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))
