"""Guesses a log's format from its first lines, for plans that do not say it yet."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Optional

from shelflife.rehearse.log.access import has_agent, parse_common
from shelflife.rehearse.log.json_lines import parse_json
from shelflife.rehearse.log.lines import read_lines
from shelflife.rehearse.log.logged import Unparsable

_LINES = 50


def guess_format(file: Path) -> Optional[str]:
    """Give "combined", "common" or "json"; None if the first lines are none of these."""
    if not file.is_file():  # a pipe can be read once only
        return None
    try:
        lines = [line.text for line in islice(read_lines(file), _LINES)]
    except OSError:
        return None
    votes = Counter(name for line in lines if (name := _format_of(line)) is not None)
    return votes.most_common(1)[0][0] if votes else None


def _format_of(line: bytes) -> Optional[str]:
    for name, parse in (("json", parse_json), ("common", parse_common)):
        try:
            parse(line)
        except Unparsable:
            continue
        return "combined" if name == "common" and has_agent(line) else name
    return None
