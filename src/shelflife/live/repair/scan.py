"""The scan below a change: all entries of all servers of a URL, from where an earlier one ended."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Optional

from shelflife.live.disturbance import refuse_to_disturb
from shelflife.live.pace import Pace
from shelflife.live.scanning import Batch
from shelflife.live.shards import open_scanner
from shelflife.stores.inspection import Inspector, open_inspectors
from shelflife.stores.server_facts import together


class RepairScan:
    """Goes through a cache.

    Attributes:
        shown: The URL without its password.
        server: What it says it is.
        is_replica: Whether it takes no writes.
        total: How many keys there are, if that is known of what is scanned.
    """

    def __init__(self, inspectors: Sequence[Inspector], prefix: str, *, accept_touch: bool) -> None:
        facts = together([inspector.facts() for inspector in inspectors])
        answers = [inspector.be_quiet() for inspector in inspectors]  # each must be asked
        refuse_to_disturb(facts, accept=accept_touch, quiet=all(answers))
        self.shown = inspectors[0].address
        self.server = facts.version
        self.is_replica = facts.role == "slave"
        self.total: Optional[int] = None if prefix else facts.keys
        self._scanner = open_scanner(
            inspectors, prefix.encode("utf-8", "surrogateescape"), Pace(None, None)
        )

    @property
    def run_ids(self) -> Mapping[str, str]:
        """The run of each server that is scanned, by its name."""
        return self._scanner.run_ids

    def go_on_from(self, cursors: Mapping[str, Any]) -> None:
        """Begin where an earlier scan of the same run ended."""
        self._scanner.go_on_from(cursors)

    def batches(self) -> Generator[Batch, None, None]:
        """Give all entries, in batches."""
        return self._scanner.batches()


@contextmanager
def open_scan(url: str, prefix: str, *, accept_touch: bool) -> Iterator[RepairScan]:
    """Open a scan of what is below a prefix.

    Raises:
        ServerError: The cache cannot be asked.
        WouldDisturb: Reading would count as use, and that was not accepted.
    """
    inspectors = open_inspectors(url)
    try:
        yield RepairScan(inspectors, prefix, accept_touch=accept_touch)
    finally:
        for inspector in inspectors:
            inspector.close()
