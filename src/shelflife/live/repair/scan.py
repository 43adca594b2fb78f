"""The scan below a change: all entries of all servers of a URL, from where an earlier one ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Optional

from shelflife.live.disturbance import refuse_to_disturb
from shelflife.live.found_keys import START
from shelflife.live.pace import Pace
from shelflife.live.scanning import Batch, Scanner
from shelflife.stores.inspection import Inspector


class RepairScan:
    """Goes through a cache.

    Attributes:
        shown: The URL without its password.
        server: What it says it is.
        is_replica: Whether it takes no writes.
        total: How many keys there are, if that is known of what is scanned.
    """

    def __init__(self, inspector: Inspector, prefix: str, *, accept_touch: bool) -> None:
        facts = inspector.facts()
        refuse_to_disturb(facts, accept=accept_touch, quiet=inspector.be_quiet())
        self.shown = inspector.address
        self.server = facts.version
        self.is_replica = facts.role == "slave"
        self.total: Optional[int] = None if prefix else facts.keys
        self._inspector = inspector
        self._prefix = prefix.encode("utf-8", "surrogateescape")
        self._scanner = Scanner(inspector, self._prefix, Pace(None, None))

    @property
    def run_ids(self) -> Mapping[str, str]:
        """The run of each server that is scanned, by its name."""
        return {self._scanner.shard: self._scanner.run_id}

    def go_on_from(self, cursors: Mapping[str, Any]) -> None:
        """Begin where an earlier scan of the same run ended."""
        self._scanner.start = cursors.get(self._scanner.shard, START)

    def batches(self) -> Iterator[Batch]:
        """Give all entries, in batches."""
        return self._scanner.batches()


@contextmanager
def open_scan(url: str, prefix: str, *, accept_touch: bool) -> Iterator[RepairScan]:
    """Open a scan of what is below a prefix.

    Raises:
        ServerError: The cache cannot be asked.
        WouldDisturb: Reading would count as use, and that was not accepted.
    """
    inspector = Inspector(url)
    try:
        yield RepairScan(inspector, prefix, accept_touch=accept_touch)
    finally:
        inspector.close()
