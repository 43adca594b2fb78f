"""How much one foreign pickle may cost before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Bounds on the reading of one pickle. What exceeds one of them is `over-budget`.

    Attributes:
        bytes: Length of the pickle.
        opcodes: Steps of the machine.
        depth: Containers in containers. CPython's pickler goes 500 deep, that of 3.13 5,000.
        waiting: Values on the stack below empty lists, dicts or sets; eight times as many below
            others. Picklers fill what they open in batches of 1,000: only a very long tuple of
            containers, or a million nested lists, has more waiting.
        memory: Estimated bytes of containers and of what constructors make.
        hashing: Units of work for dict keys, set members and arguments of the user's classes: one
            for each leaf that hashing visits, shared parts counted each time they are visited.
        digits: Decimal digits of a number. CPython's own limit, because the work is quadratic.
    """

    bytes: int = 16 * 1024 * 1024
    opcodes: int = 10_000_000
    depth: int = 1_000
    waiting: int = 16_384
    memory: int = 256 * 1024 * 1024
    hashing: int = 5_000_000
    digits: int = 4_300

    @property
    def bits(self) -> int:
        """The digits, as the bits of an int."""
        return self.digits * 10 // 3


DEFAULT_BUDGET = Budget()
