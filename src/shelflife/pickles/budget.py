"""How much time and memory one pickle may take."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Budget:
    """Bounds on one load; whatever goes beyond one of them is `over-budget`.

    Attributes:
        bytes: Length of the pickle. Text and numbers take at most a fixed multiple of it.
        opcodes: Steps of the machine.
        depth: Containers within containers.
        waiting: Values on the stack below empty lists, dicts or sets; eight times as many below
            filled ones. Picklers fill what they open in batches of 1,000: only a million nested
            lists, or a tuple of very many containers, has more waiting.
        memory: Bytes taken by containers, and by what constructors make of their arguments.
        hashing: Values visited to hash or compare the keys of dicts and members of sets.
        digits: Decimal digits of one number: printing it is quadratic.
        parts: Containers and their members as a recursive visit meets them, shared ones each time.
            Reading does not visit them, and so needs no bound; writing the value again does.
    """

    bytes: int = 16 * MIB
    opcodes: int = 10_000_000
    depth: int = 1_000
    waiting: int = 16_384
    memory: int = 256 * MIB
    hashing: int = 5_000_000
    digits: int = 4_300
    parts: int = 1 << 63

    @property
    def bits(self) -> int:
        """The most bits that an integer of `digits` decimal digits has."""
        return self.digits * 3322 // 1000 + 1


DEFAULT_BUDGET = Budget()
