"""What a pickle says of itself. Compiled together with `walker`, which finds it out."""

from __future__ import annotations

from typing import Final


class Facts:
    """What one pass over a pickle found.

    Attributes:
        protocol: The protocol that it needs: the newest of its opcodes and what it declares.
        declared: The protocol that it declares; 0 if it declares none.
        names: The (module, qualname) pairs it refers to, as they are spelled in it.
        unknown_names: It refers to a name which is not spelled out in it.
        calls: (module, qualname, "call" or "new", number of arguments), where that is plain to see.
        eight_bit: It holds 8-bit strings, as Python 2 writes them.
        non_ascii: One of these is not ASCII.
        extensions: Codes of copyreg's extension registry it refers to.
        persistent: It holds persistent ids.
        buffers: It refers to buffers outside of it.
        spliced: It holds an array's bytes, as joblib writes them; the walk went no further.
        left_over: Values are left on the stack at the end.
        end: Offset just after its last opcode.
        key: All that rules look at, as one value to remember verdicts by.
    """

    def __init__(self) -> None:
        self.protocol = 0
        self.declared = 0
        self.end = 0
        self.unknown_names = self.eight_bit = self.non_ascii = False
        self.persistent = self.buffers = self.spliced = self.left_over = False
        self.names: frozenset[tuple[str, str]] = _NO_NAMES
        self.calls: frozenset[tuple[str, str, str, int]] = _NO_CALLS
        self.extensions: frozenset[int] = _NO_CODES
        self.key: tuple[int, frozenset[tuple[str, str]], frozenset[tuple[str, str, str, int]]]

    def trimmed(self, most: int) -> Facts:
        """Give the same with at most so many names, and no calls if there were more."""
        if len(self.names) <= most:
            return self
        few = Facts()
        few.protocol, few.declared, few.end = self.protocol, self.declared, self.end
        few.eight_bit, few.non_ascii = self.eight_bit, self.non_ascii
        few.unknown_names, few.persistent = self.unknown_names, self.persistent
        few.buffers, few.spliced, few.left_over = self.buffers, self.spliced, self.left_over
        few.names = frozenset(sorted(self.names)[:most])
        few.key = (self.key[0], few.names, few.calls)
        return few


_NO_NAMES: Final[frozenset[tuple[str, str]]] = frozenset()
_NO_CALLS: Final[frozenset[tuple[str, str, str, int]]] = frozenset()
_NO_CODES: Final[frozenset[int]] = frozenset()
