"""A table of a plan's file, asked key by key, with errors that say what to write instead.

Rules:
1. A message names the file, the table, the key, and what to write; no value that may be secret.
2. A table knows its keys before any of them is read: an unknown one is an error, with its nearest
   neighbour, or with the table it belongs to.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, Optional

from shelflife.errors import ConfigurationError

_KINDS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


class Table:
    """One table, such as `[old]`; "" names the top of the file.

    Attributes:
        folder: What paths are relative to: the folder of the plan's file.
    """

    def __init__(self, file: Path, name: str, found: Mapping[str, Any]) -> None:
        self.folder = file.absolute().parent
        self.name = name
        self._file = file.name
        self._found = found

    def __contains__(self, key: str) -> bool:
        return key in self._found

    def check_keys(self, known: Collection[str], elsewhere: Mapping[str, str]) -> None:
        """Refuse keys that are not known.

        Args:
            known: The table's own.
            elsewhere: What to say of keys that other tables know: "it belongs to `[log]`".

        Raises:
            ConfigurationError: On the first unknown one.
        """
        for key in self._found:
            if key not in known:
                owner = self._where or "the plan"
                hint = elsewhere.get(key) or nearest(key, known) or f"it knows {listed(known)}"
                raise ConfigurationError(f"{self._file}: {owner} has no key `{key}`: {hint}")

    def error(self, key: str, message: str) -> ConfigurationError:
        """Make an error about one key."""
        where = f"{self._where} {key}" if self._where else key
        return ConfigurationError(f"{self._file}: {where}: {message}")

    def table(self, key: str) -> Table:
        """Give a table within this one; an empty one if it is not there."""
        found = self._typed(key, dict)
        name = f"{self.name}.{key}" if self.name else key
        return Table(self.folder / self._file, name, {} if found is None else found)

    def text(self, key: str) -> Optional[str]:
        """Give a text that is not blank; None if it is not there."""
        found: Optional[str] = self._typed(key, str)
        if found is not None and not found.strip():
            raise self.error(key, "is empty: write something, or leave the key out")
        if found is not None and "\0" in found:
            self._refuse_nul(key)
        return found

    def path(self, key: str, given: str) -> tuple[Path, str]:
        """Give the path that a key names, and what is there: "file", "folder" or "nothing"."""
        path = self.folder / given
        try:
            kind = "folder" if path.is_dir() else "file" if path.exists() else "nothing"
        except OSError as error:  # a name that is too long, a folder that may not be looked into
            raise self.error(key, f"cannot be looked at: {error.strerror}") from None
        return path, kind

    def any_text(self, key: str) -> str:
        """Give a text, which may be empty, as it is if the key is not there."""
        return self._typed(key, str) or ""

    def needed(self, key: str, example: str) -> str:
        """Give a text that must be there.

        Raises:
            ConfigurationError: If it is missing; the message shows the example.
        """
        found = self.text(key)
        if found is None:
            raise self.error(key, f"is missing: write for example {key} = {example}")
        return found

    def yes(self, key: str, default: bool) -> bool:
        """Give true or false."""
        found = self._typed(key, bool)
        return default if found is None else bool(found)

    def whole(self, key: str, low: int, high: int) -> Optional[int]:
        """Give a whole number between the two; None if it is not there."""
        found: Optional[int] = self._typed(key, int)
        if found is not None and not low <= found <= high:
            raise self.error(key, f"is {found}: write a whole number from {low:,} to {high:,}")
        return found

    def number(self, key: str, low: float, high: float) -> Optional[float]:
        """Give a number between the two; None if it is not there."""
        found: Optional[float] = self._typed(key, float)
        if found is not None and not (math.isfinite(found) and low <= found <= high):
            raise self.error(key, f"is {found:g}: write a number from {low:g} to {high:,g}")
        return None if found is None else float(found)

    def texts(self, key: str) -> tuple[str, ...]:
        """Give the texts of a list, none of them blank; () if it is not there."""
        found = self._typed(key, list) or []
        for item in found:
            if not isinstance(item, str) or not item.strip():
                raise self.error(key, "is a list of texts: put each in quotes, and none empty")
            if "\0" in item:
                self._refuse_nul(key)
        return tuple(found)

    def mapping(self, key: str) -> dict[str, str]:
        """Give the texts of a table by their names; {} if it is not there."""
        found = self._typed(key, dict) or {}
        for name, value in found.items():
            if not isinstance(value, str):
                raise self.error(f"{key}.{name}", f"is {_kind(value)}: write a text, in quotes")
        return dict(found)

    def _refuse_nul(self, key: str) -> NoReturn:
        raise self.error(key, "holds a NUL character: take it out, no program can be given one")

    @property
    def _where(self) -> str:
        return f"[{self.name}]" if self.name else ""

    def _typed(self, key: str, kind: type) -> Any:
        found = self._found.get(key)
        if found is None or type(found) is kind or (kind is float and type(found) is int):
            return found
        quotes = ", in quotes" if kind is str else ""
        raise self.error(key, f"is {_kind(found)}: write {_KINDS[kind]}{quotes}")


def nearest(given: str, known: Collection[str]) -> str:
    """Say which known name was perhaps meant; "" if none is near."""
    close = get_close_matches(given.lower(), list(known), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""


def listed(names: Collection[str]) -> str:
    """List names for a message."""
    return ", ".join(f"`{name}`" for name in names)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date or time")
