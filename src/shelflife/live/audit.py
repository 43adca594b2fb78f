"""The audit: scan, recognise, judge, count. It writes nothing to the cache."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Callable, Optional, TextIO, Union

from shelflife.dialects import recognise
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.errors import ServerError
from shelflife.live.conclusions import in_order
from shelflife.live.disturbance import refuse_to_disturb
from shelflife.live.pace import Pace
from shelflife.live.scanning import Batch
from shelflife.live.shards import open_scanner
from shelflife.live.tally import Tally
from shelflife.pickles.reader import Reader
from shelflife.stores.inspection import Inspector
from shelflife.stores.server_facts import ServerFacts, together
from shelflife.verdicts import Judge, Judged, Verdict


@dataclass(frozen=True)
class Options:
    """What an audit looks at, and how.

    Attributes:
        prefix: What keys begin with; "" for all.
        reads: The dialect of the service's reader, if it was named: nothing is guessed then.
        stage: "static", "resolve" or "trial".
        sample: How many keys, chosen at random; None for all.
        rate: Entries a second; None for no bound.
        max_latency: Seconds that a round trip may take; None for no bound.
        deploy_in: Seconds until the deploy; None if that was not said.
        show_keys: Whether keys may be shown.
        accept_touch: Read even if that counts as use in a cache that evicts by use.
    """

    prefix: str = ""
    reads: Optional[str] = None
    stage: str = "resolve"
    sample: Optional[int] = None
    rate: Optional[float] = None
    max_latency: Optional[float] = None
    deploy_in: Optional[float] = None
    show_keys: bool = False
    accept_touch: bool = False


class Audit:
    """One audit of one cache.

    Attributes:
        tally: What has been seen so far.
        partial: Why it has not seen everything; "" if it has.
        hits_meanwhile: How far keyspace_hits rose while it ran; None if that is not known.
    """

    def __init__(
        self,
        inspectors: Union[Inspector, Sequence[Inspector]],
        readers: Sequence[Reader],
        options: Options,
    ) -> None:
        self.options = options
        self.readers = in_order(readers)
        self.tally = Tally(options.prefix, options.deploy_in, show_keys=options.show_keys)
        self.partial = ""
        self.quiet = False
        self.started = time.time()
        self.seconds = 0.0
        self.reads = 0
        self.hits_meanwhile: Optional[int] = None
        self._inspectors = [inspectors] if isinstance(inspectors, Inspector) else inspectors
        self._judge = Judge(self.readers, options.stage)
        self._prefix = options.prefix.encode("utf-8", "surrogateescape")
        self.server = ServerFacts()

    def prepare(self) -> None:
        """Look at the server, and at what reading would do to it.

        Raises:
            ServerError: It cannot be asked.
            WouldDisturb: Reading would count as use, and that was not accepted.
        """
        self.server = facts = self._facts()
        answers = [inspector.be_quiet() for inspector in self._inspectors]  # each must be asked
        self.quiet = all(answers)
        refuse_to_disturb(facts, quiet=self.quiet, accept=self.options.accept_touch)
        pace = Pace(self.options.rate, self.options.max_latency)
        self.scanner = open_scanner(self._inspectors, self._prefix, pace, self.options.sample)

    def run(
        self,
        progress: Callable[[int, Optional[int]], None],
        lines: Optional[TextIO] = None,
        first: Callable[[], None] = lambda: None,
    ) -> None:
        """Go through the cache; interrupted, keep what has been seen and say so in `partial`.

        Args:
            progress: Told after each batch how many keys were visited, and of how many if known.
            lines: Where to write a line of JSON for each entry.
            first: Called when the scan begins anew, to forget the lines.
        """
        begun = time.monotonic()
        total = self.options.sample or (None if self._prefix else self.server.keys)
        try:
            with closing(self.scanner.batches()) as batches:
                for batch in batches:
                    if batch.anew:
                        self.tally.begin()
                        self.reads = 0
                        first()
                    self._take(batch, lines)
                    progress(self.tally.keys, total)
        except KeyboardInterrupt:
            self.partial = "it was interrupted"
        except ServerError as error:
            if not self.tally.keys:
                raise
            self.partial = f"the server failed on the way: {error}"
        self.seconds = time.monotonic() - begun
        self._look_at_hits()

    @property
    def hits(self) -> int:
        """How much of keyspace_hits is ours: the server counts reading an entry, and its expiry."""
        return 2 * self.reads

    def _facts(self) -> ServerFacts:
        return together([inspector.facts() for inspector in self._inspectors])

    def _look_at_hits(self) -> None:
        """See how far keyspace_hits rose meanwhile, by us and by everybody else."""
        before = self.server.hits
        try:
            after = None if before is None else self._facts().hits
        except ServerError:
            after = None
        if before is not None and after is not None and after >= before:
            self.hits_meanwhile = after - before

    def _take(self, batch: Batch, lines: Optional[TextIO]) -> None:
        tally, reads = self.tally, self.options.reads
        tally.keys += batch.keys
        tally.gone += batch.gone
        tally.denied += batch.denied
        self.reads += batch.keys - batch.gone
        stored = [entry for entry, _ in batch.entries]
        found = [recognise(entry, reads) for entry in stored]
        judged = self._judge.judge(found)
        tally.add(
            [entry.key for entry in stored],
            [len(entry.raw) for entry in stored],
            [ttl for _, ttl in batch.entries],
            found,
            self._judge.signature,
            judged,
        )
        if lines is not None:
            for entry, one, verdicts in zip(stored, found, judged):
                lines.write(json.dumps(line_of(entry, one, verdicts)) + "\n")


def line_of(entry: Stored, found: Recognised, judged: Judged) -> dict[str, Any]:
    """Give the JSON object that stands for one entry in `--entries FILE`."""
    line: dict[str, Any] = {"key": as_text(entry.key)}
    if entry.redis_type != "string":
        line["type"] = entry.redis_type
    if entry.field:
        line["field"] = as_text(entry.field)
    line["dialect"] = found.dialect
    if found.owners:
        line["owners"] = list(found.owners)
    line.update(codec=found.codec, reason=found.reason)
    if found.state:
        line["state"] = found.state
    if found.writer:
        line["writer"] = found.writer
    # Entries of one signature share a verdict; what is damaged is damaged in its own place.
    own = {"detail": found.detail} if found.reason else {}
    line["verdicts"] = {name: {**as_json(v), **own} for name, v in judged.verdicts.items()}
    if judged.rewritten:
        line["rewritten"] = {pair: as_json(verdict) for pair, verdict in judged.rewritten.items()}
    return line


def as_json(verdict: Verdict) -> dict[str, str]:
    """Give a verdict as JSON."""
    return dict(verdict._asdict())


def as_text(raw: bytes) -> str:
    """Give a key as text; bytes that are no UTF-8 are escaped."""
    return raw.decode("utf-8", "backslashreplace")
