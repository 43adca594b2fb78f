"""The files of one golden value: an entry as it was written, and beside it what is known of it.

    golden/test_articles/article/0001-cpython3.11-shelflife0.1.0.entry      the bytes
    golden/test_articles/article/0001-cpython3.11-shelflife0.1.0.json       who wrote which value

Rules:
1. Files are added, never replaced and never removed: nobody can tell which entries are still alive.
2. The number says which is the newest; what was put there by hand has none, and is the oldest.
3. An entry whose bytes have not the digest that was noted is damaged, and proves nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from shelflife.runtimes.answers import is_tree

FORMAT = 1
_NUMBERED = re.compile(r"([0-9]{4,})-")
_NAME = re.compile(r"[A-Za-z0-9_][\w.-]{0,99}\Z", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.]+")


class Damaged(Exception):
    """A golden entry cannot be taken for what was written; the message says what to do."""


@dataclass(frozen=True)
class Golden:
    """One golden entry.

    Attributes:
        file: Where its bytes are.
        raw: They.
        number: The larger the newer; 0 if it was put there by hand.
        about: What was noted when it was written; empty if nothing was.
    """

    file: Path
    raw: bytes
    number: int
    about: Mapping[str, Any]

    @property
    def value(self) -> Optional[Any]:
        """The canonical form of the value that was written, if it was noted."""
        return self.about.get("value")

    @property
    def writer(self) -> Mapping[str, Any]:
        """Who wrote it: "runtime", "shelflife", "release", "packages"."""
        writer: Mapping[str, Any] = self.about.get("writer", {})
        return writer

    @property
    def shown_writer(self) -> str:
        """Who wrote it, for people."""
        if not self.writer:
            return "put there by hand"
        release = self.writer.get("release")
        named = f", release {release}" if release else ""
        return f"written by {self.writer.get('runtime', '?')}{named}"


class GoldenFolder:
    """The golden entries of one value.

    Args:
        path: The folder, which need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Golden]:
        """Give all, oldest first.

        Raises:
            Damaged: One of them is not what was written.
        """
        found = [self._read_one(file) for file in sorted(self.path.glob("*.entry"))]
        alone = {file.stem for file in self.path.glob("*.json")} - {g.file.stem for g in found}
        for stem in sorted(alone):
            raise Damaged(
                f"{self.path / stem}.json has no entry beside it: bring {stem}.entry back"
            )
        return sorted(found, key=lambda golden: (golden.number, golden.file.name))

    def add(self, raw: bytes, value: Any, writer: Mapping[str, Any], facts: Any) -> Golden:
        """Add an entry beside those that are there.

        Args:
            raw: The bytes.
            value: The canonical form of the value.
            writer: Who wrote it.
            facts: What else is known of the bytes.
        """
        number = 1 + max((golden.number for golden in self.read()), default=0)
        words = (writer["runtime"], f"shelflife{writer['shelflife']}", writer.get("release"))
        names = (_UNSAFE.sub("", str(word).replace(" ", "")) for word in words if word)
        file = self.path / f"{number:04d}-{'-'.join(names)}.entry"
        self.path.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as out:
            out.write(raw)
        return self.describe(file, raw, value, writer, facts)

    def describe(
        self, file: Path, raw: bytes, value: Any, writer: Mapping[str, Any], facts: Any
    ) -> Golden:
        """Note what is known of an entry whose bytes are there; see `add`."""
        digest = hashlib.sha256(raw).hexdigest()
        entry = {"sha256": digest, "length": len(raw), **facts}
        about = {"golden": FORMAT, "writer": dict(writer), "entry": entry, "value": value}
        with file.with_suffix(".json").open("x", encoding="ascii", newline="\n") as out:
            out.write(json.dumps(about, indent=1) + "\n")
        return Golden(file, raw, _number(file), about)

    def _read_one(self, file: Path) -> Golden:
        raw = file.read_bytes()
        noted = file.with_suffix(".json")
        about = _read_about(noted) if noted.exists() else {}
        if about and about["entry"]["sha256"] != hashlib.sha256(raw).hexdigest():
            raise Damaged(
                f"{file} is damaged: its bytes are not those that {noted.name} tells of; bring "
                "both files back from your version control, and have it leave line ends alone: "
                "`*.entry binary` in .gitattributes"
            )
        return Golden(file, raw, _number(file), about)


def check_name(name: str) -> str:
    """Give the name of a value back.

    Raises:
        ValueError: It cannot be the name of a folder.
    """
    if not isinstance(name, str) or not _NAME.match(name) or name.endswith("."):
        raise ValueError(
            f"golden({name!r}): a name is up to 100 letters, digits, '_', '-' and '.', as it names "
            "a folder"
        )
    return name


def _number(file: Path) -> int:
    match = _NUMBERED.match(file.name)
    return int(match[1]) if match else 0


def _read_about(file: Path) -> dict[str, Any]:
    try:
        about = json.loads(file.read_text("ascii"))
        version = about["golden"]
        sound = isinstance(about["entry"]["sha256"], str) and isinstance(about["writer"], dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Damaged(f"{file} is damaged: bring it back from your version control") from None
    if version != FORMAT:
        raise Damaged(
            f"{file} is of format {version!r}, and this release of shelflife knows {FORMAT}: "
            "update shelflife"
        )
    if not sound or not is_tree(about.get("value")):
        raise Damaged(f"{file} is damaged: bring it back from your version control")
    found: dict[str, Any] = about
    return found
