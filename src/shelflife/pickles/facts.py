"""What a pickle says of itself, found without building any value of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """What one pass over a pickle found.

    Attributes:
        protocol: The protocol that its opcodes need.
        declared: The protocol that it declares; 0 if it declares none.
        names: The (module, qualname) pairs it refers to, as they are spelled in it.
        unknown_names: It refers to a name which is not spelled out in it.
        eight_bit: It holds 8-bit strings, as Python 2 writes them.
        non_ascii: One of these is not ASCII.
        extensions: Codes of copyreg's extension registry it refers to.
        end: Offset just after its last opcode.
    """

    protocol: int
    declared: int
    names: frozenset[tuple[str, str]]
    unknown_names: bool
    eight_bit: bool
    non_ascii: bool
    extensions: frozenset[int]
    end: int


def facts(data: bytes) -> Facts:
    """Find out what a pickle refers to and needs, whatever bytes are given.

    Raises:
        Unreadable: With reason `corrupt` and the offset: this is no complete pickle.
    """
    raise NotImplementedError
