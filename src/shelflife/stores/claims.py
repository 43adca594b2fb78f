"""What a node of a cluster says of its own slots, as CLUSTER NODES has it.

Of its own slots it is the first to know: maps of other nodes may be behind.
"""

from __future__ import annotations

from shelflife.stores.node_commands import Claim

_FIRST_SLOT = 8  # fields before it: id, address, flags, primary, ping, pong, epoch, link


def read_claim(text: str) -> Claim:
    """Give the claim of the node that sent this.

    Raises:
        ValueError: If it makes no sense.
        IndexError: As above.
        KeyError: As above.
    """
    lines = [line.split(" ") for line in text.splitlines() if line]
    mine = next(fields for fields in lines if "myself" in fields[2].split(","))
    addresses = {fields[0]: _address(fields[1]) for fields in lines}
    slots: set[int] = set()
    coming: set[int] = set()
    leaving: list[tuple[int, str, int]] = []
    for field in mine[_FIRST_SLOT:]:
        if field.startswith("["):
            slot, way, other = field[1:-1].partition("-<-" if "-<-" in field else "->-")
            if way == "-<-":
                coming.add(int(slot))
            else:
                leaving.append((int(slot), *addresses[other]))
        else:
            first, _, last = field.partition("-")
            slots.update(range(int(first), int(last or first) + 1))
    return Claim(frozenset(slots), frozenset(coming), tuple(leaving), int(mine[6]))


def _address(field: str) -> tuple[str, int]:
    """Give host and port of `host:port@bus,name,...`; a name goes before the address."""
    where, *more = field.split(",")
    host, _, port = where.partition("@")[0].rpartition(":")
    name = more[0] if more and "=" not in more[0] else ""
    return name or host, int(port)
