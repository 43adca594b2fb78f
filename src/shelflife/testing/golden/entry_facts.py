"""What can be said of an entry's bytes, and how those of two entries differ.

Rules:
1. Hints of an envelope (who wrote it, when) are no part of the comparison: they differ by nature.
2. A compressed payload is compared as it is before compression: libraries differ in how they pack.
3. The members of a set come in another order in each process, and so in a pickle: if the value has
   sets, as many of each byte is all that is asked of a pickle. The portable codec sorts them.
4. A pickle by another Python tells names and protocol; its bytes are the other pickler's affair.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple, Optional

from shelflife.dialects import Recognised, Stored, recognise
from shelflife.envelope import GUARD, SCHEMA, looks_sealed, read_hints, unseal
from shelflife.errors import Unreadable

_MOST = 64 << 20
_COMPRESSION, _FLAGS = 9, 10  # offsets of the envelope's header


class _Head(NamedTuple):
    """What comes before a payload and must stay as it is."""

    guard: bool = False
    version: int = 0
    codec: int = 0
    compression: int = 0
    schema: Optional[bytes] = None


class EntryFacts:
    """An entry, taken apart.

    Args:
        raw: Its bytes.
    """

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.found: Recognised = recognise(Stored(b"golden", raw))

    @property
    def names(self) -> dict[str, Any]:
        """What is noted beside an entry: dialect, codec, protocol."""
        noted: dict[str, Any] = {"dialect": self.found.dialect, "codec": self.found.codec}
        if self.found.facts is not None:
            noted["protocol"] = self.found.facts.protocol
        return noted

    @cached_property
    def parts(self) -> tuple[_Head, bytes]:
        """What comes before the payload, and the payload."""
        raw = self.raw
        if not looks_sealed(raw):
            return _Head(), raw
        try:
            codec, payload = unseal(raw, _MOST)
        except Unreadable:
            return _Head(), raw
        guard = raw[:1] == GUARD
        bare = raw[1:] if guard else raw
        flags = int.from_bytes(bare[_FLAGS : _FLAGS + 2], "little")
        schema = read_hints(raw).schema if flags & SCHEMA else None
        return _Head(guard, bare[3], codec, bare[_COMPRESSION], schema), bytes(payload)


def change(old: EntryFacts, new: EntryFacts, *, same_python: bool, has_sets: bool) -> str:
    """Say how the bytes of an entry have changed; "" if they have not.

    Args:
        old: As it was.
        new: As it is written now.
        same_python: Whether the same Python wrote both.
        has_sets: Whether the value has sets of several members.
    """
    (old_head, before), (new_head, after) = old.parts, new.parts
    if old_head == new_head and _same_payload(old, new, same_python, has_sets):
        return ""
    said = [
        f"{what} {was} -> {now}"
        for what, was, now in (
            ("dialect", old.found.dialect, new.found.dialect),
            ("codec", old.found.codec, new.found.codec),
            ("pickle protocol", _protocol(old), _protocol(new)),
            ("guard byte", old_head.guard, new_head.guard),
            ("envelope version", old_head.version, new_head.version),
            ("compression", old_head.compression, new_head.compression),
            ("schema", old_head.schema is not None, new_head.schema is not None),
            ("length of the payload", len(before), len(after)),
        )
        if was != now
    ]
    if before != after:
        said.append(f"the payloads differ first at byte {first_difference(before, after)}")
    return ", ".join(said) or "the schema's fingerprint differs"


def has_sets(form: Any) -> bool:
    """Whether a value has a set of several members."""
    nodes = [node[4] if node[0] == "obj" else node for node in form["nodes"]]
    return any(node and node[0] in ("set", "frozenset") and len(node) > 2 for node in nodes)


def first_difference(one: bytes, two: bytes) -> int:
    """Give the offset of the first byte that differs."""
    pairs = enumerate(zip(one, two))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(two)))


def _same_payload(old: EntryFacts, new: EntryFacts, same_python: bool, has_sets: bool) -> bool:
    before, after = old.parts[1], new.parts[1]
    if before == after:
        return True
    one, two = old.found.facts, new.found.facts
    if one is None or two is None:
        return False
    if has_sets and same_python:
        return sorted(before) == sorted(after)
    return not same_python and one.protocol == two.protocol and one.names == two.names


def _protocol(entry: EntryFacts) -> str:
    return "none" if entry.found.facts is None else str(entry.found.facts.protocol)
