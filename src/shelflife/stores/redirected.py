"""What a node of a cluster says instead of an answer: another node has the key, or will have it."""

from __future__ import annotations

import re

from shelflife.errors import ServerError

_SAID = re.compile(r"(MOVED|ASK) ([0-9]{1,5}) (\S*):([0-9]{1,5})")
_REMEDY = "it is a node of a cluster: use a redis+cluster:// URL"


class Redirected(ServerError):
    """The key's slot is another node's. Followed by cluster stores; others raise it as it is.

    Attributes:
        slot: Which.
        host: Where it is; "" for the host that was asked.
        port: As above.
    """

    def __init__(self, kind: str, slot: int, host: str, port: int) -> None:
        super().__init__(kind, f"slot {slot} is at {host}:{port} ({_REMEDY})")
        self.slot = slot
        self.host = host
        self.port = port


def redirected(text: str) -> ServerError:
    """Give the error of a MOVED or ASK reply."""
    said = _SAID.fullmatch(text.strip())
    if said is None:
        return ServerError("protocol", "the answer makes no sense: a slot and its node were due")
    kind = "moved" if said[1] == "MOVED" else "ask"
    return Redirected(kind, int(said[2]), said[3], int(said[4]))
