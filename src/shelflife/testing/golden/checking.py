"""One golden value is checked: every entry that was ever kept of it, and what is written now.

Rules:
1. Each kept entry must be read as the value that was written, type for type.
2. What is written now must be the newest kept entry, byte for byte (`entry_facts` has the rest).
3. Only an update adds files, and it adds none if nothing has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Optional

from shelflife.errors import Unreadable
from shelflife.runtimes.here import canonical_form
from shelflife.testing.golden.entry_facts import EntryFacts, change, has_sets
from shelflife.testing.golden.files import Damaged, Golden, GoldenFolder
from shelflife.testing.golden.writer import series, this_writer
from shelflife.verdicts.canonical import difference


@dataclass(frozen=True)
class Cached:
    """How the code under test caches.

    Attributes:
        write: Gives the entry for a value.
        read: Gives the value of an entry; what it raises is a failure to read.
        release: The release that is named in entries.
    """

    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]
    release: Optional[str] = None


@dataclass
class Check:
    """What came of it.

    Attributes:
        problems: Sentences; none if all is well.
        goldens: The entries that are kept now.
        added: Those that were added, or described, by an update.
        update_helps: Whether an update would solve all problems.
    """

    problems: list[str] = field(default_factory=list)
    goldens: Sequence[Golden] = ()
    added: list[Path] = field(default_factory=list)
    update_helps: bool = False


class GoldenCheck:
    """Checks one value.

    Args:
        folder: Where its entries are kept.
        cached: How it is written and read.
        update: Whether entries may be added.
        met: The values that were met in this run, by folder: two of one name would never settle.
    """

    def __init__(
        self, folder: GoldenFolder, cached: Cached, *, update: bool, met: dict[Path, Any]
    ) -> None:
        self._folder = folder
        self._cached = cached
        self._update = update
        self._met = met

    def run(self, value: Any) -> Check:
        """Check a value, and add what an update is to add."""
        check = Check()
        form = canonical_form(value)
        if form is None:
            check.problems.append("the value is too large, or too strange, to be described")
            return check
        met = self._met.setdefault(self._folder.path, form)
        if met is not form and (differs := difference(met, form)):
            check.problems.append(
                f"this name is another value's in this module as well ({differs}): give each value "
                "a name of its own"
            )
            return check
        raw = self._cached.write(value)
        try:
            goldens = self._folder.read()
        except Damaged as error:
            check.problems.append(str(error))
            return check
        self._take_in(goldens, form, check)
        unread = [problem for golden in goldens for problem in self._read_back(golden, form)]
        check.problems += unread
        # What was put there by hand may begin with a number too: 2019-live.entry.
        newest = [golden for golden in goldens if golden.number and golden.writer]
        changes = self._changes(newest, raw, form)
        if changes and self._update and not check.problems:
            writer = this_writer(form, self._cached.release)
            check.added.append(self._folder.add(raw, form, writer, EntryFacts(raw).names).file)
        elif changes:
            check.problems += changes
        check.update_helps = not unread
        check.goldens = self._folder.read()
        return check

    def _take_in(self, goldens: Sequence[Golden], form: Any, check: Check) -> None:
        """Describe the entries that were put there by hand, if that is wanted and they are read."""
        for golden in goldens:
            if golden.about:
                continue
            if not self._update:
                check.problems.append(
                    f"{golden.file.name} has no .json beside it: --golden-update makes it, if the "
                    "entry is read as the test's value"
                )
            elif not self._read_back(golden, form):
                facts = EntryFacts(golden.raw).names
                self._folder.describe(golden.file, golden.raw, form, {}, facts)
                check.added.append(golden.file)

    def _read_back(self, golden: Golden, form: Any) -> list[str]:
        """Read a kept entry, and compare the value with the one that was written."""
        known = f"{golden.file.name} ({golden.shown_writer})"
        try:
            value = self._cached.read(golden.raw)
        except Unreadable as error:
            return [f"{known} is a miss now: {error.reason}: {error.detail}"]
        except Exception as error:  # noqa: BLE001 - the reader may be the user's
            return [f"{known} is not read any more: {type(error).__name__}: {error}"]
        found = canonical_form(value)
        if found is None:
            return [f"{known} is read as something that cannot be described"]
        differs = difference(golden.value or form, found)
        return [f"{known} is read, but not as what was written: {differs}"] if differs else []

    def _changes(self, numbered: Sequence[Golden], raw: bytes, form: Any) -> list[str]:
        """Say what of the newest entries is no more as it is written now."""
        if not numbered:
            return ["no entry is kept of this value yet: run with --golden-update once"]
        newest = [golden for golden in numbered if golden.number == numbered[-1].number]
        said = [self._change(golden, raw, form) for golden in newest]
        return [] if "" in said else said[:1]

    @staticmethod
    def _change(golden: Golden, raw: bytes, form: Any) -> str:
        differs = difference(golden.value, form) or difference(form, golden.value)
        if differs:
            return f"the test's value is not the one of {golden.file.name} any more: {differs}"
        same_python = str(golden.writer.get("runtime", "")).startswith(series())
        old, new = EntryFacts(golden.raw), EntryFacts(raw)
        changed = change(old, new, same_python=same_python, has_sets=has_sets(form))
        return f"its bytes have changed since {golden.file.name}: {changed}" if changed else ""
