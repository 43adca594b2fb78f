"""The contract of whatever changes a live cache: forward, back and forward, beside a busy service.

Subclass `LiveOperationContract` in a test module, under a name that pytest collects, and say what
the operation makes of some examples; docs/live-operations.md shows it.

Rules:
1. A plan changes nothing. Forward, each entry becomes what was said, or stays byte for byte, and
   every expiry stays. Back, all is as it was. Forward again is the same; once more, nothing to do.
2. A write of the service is never lost, and what expired or was removed never comes back, but by
   the undo of a removal.
3. The counts are exact, and are what the service's own record says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Optional

from shelflife.live.repair.running import execute, make_plan, undo
from shelflife.live.repair.task import Result, Task, Watch
from shelflife.live.throttle import Gentleness
from shelflife.testing.busy_service import BRIEF, Act, BusyService
from shelflife.testing.claims import (
    SLACK,
    claim,
    claim_counts,
    claim_equal,
    claim_expiry,
    claim_same,
)
from shelflife.testing.contents import Held, look_at, put
from shelflife.testing.examples import Example, Fate
from shelflife.testing.interference import Interference
from shelflife.testing.servers import PrivateServer

_SMALL = Gentleness(batch_seconds=1e-9)  # batches of one, after the first
_SLOW = Gentleness(rate=300.0, batch_seconds=1e-9)  # there is time to write between two batches
_NOTHING = {"done": 0, "changed-meanwhile": 0, "gone": 0, "failed": 0}
Contents = Mapping[bytes, Held]


class LiveOperationContract:
    """What holds for every operation on a live cache; each test has a private server of its own.

    Attributes:
        copies: How many entries are made of each example.
    """

    copies = 30

    def examples(self) -> Sequence[Example]:
        """Give examples: of what is changed, what is refused, and what is left alone."""
        raise NotImplementedError

    def task(self, url: str) -> Task:
        """Give the operation on the cache at a URL."""
        raise NotImplementedError

    def newer(self, number: int) -> bytes:
        """Give what the service writes, different for each number; the operation leaves it."""
        return b"%d" % number

    def open_server(self) -> PrivateServer:
        """Give a server to be started."""
        return PrivateServer()

    # -- the contract -----------------------------------------------------------------------

    def test_a_plan_changes_nothing(self) -> None:
        """It counts what would be done; entries and expiries stay."""
        with self._filled() as (server, before):
            result = make_plan(self.task(server.url), Watch())
            after = look_at(server)

        claim_counts(result, self._counts())
        self._check(after, before, before, changed=False)

    def test_forward_back_forward(self, tmp_path: Path) -> None:
        """Each entry becomes what was said; back, it is what it was; forward again, the same."""
        with self._filled() as (server, before):
            first = self._forward(server, tmp_path / "first")
            changed = look_at(server)
            claim_counts(first, self._counts())
            self._check(changed, before, before, changed=True)

            back = self._back(server, tmp_path / "first")
            claim_counts(back, {"done": self._counts()["done"]})
            self._check(look_at(server), before, before, changed=False)

            second = self._forward(server, tmp_path / "second")
            claim_counts(second, self._counts())
            claim_same(look_at(server), changed, changed)
            third = self._forward(server, tmp_path / "third")
            claim_counts(third, _NOTHING)
            claim_same(look_at(server), changed, changed)

    def test_beside_a_busy_service(self, tmp_path: Path) -> None:
        """Forward, back, forward while a service writes, removes and lets expire."""
        with self._filled() as (server, before):
            touched = list(before)[::3]
            with BusyService(server, touched, b"others:", self.newer) as service:
                first = self._forward(server, tmp_path / "first", pace=_SLOW)
                with service.waits():
                    changed, acts = look_at(server), _copy(service)
                self._check_beside(first, changed, acts, before)
                self._back(server, tmp_path / "first", _SLOW)
                with service.waits():
                    restored, acts = look_at(server), _copy(service)
                self._check(restored, before, _others(before, acts), changed=False)
                self._check_acts(restored, acts, before, undone=True)
                self._forward(server, tmp_path / "second", pace=_SLOW)
            again, acts = look_at(server), service.acts
            claim_same(again, changed, _others(before, acts))
            self._check_acts(again, acts, before)
            third = self._forward(server, tmp_path / "third")
            claim_counts(third, _NOTHING)

    def test_a_write_between_reading_and_changing_wins(self, tmp_path: Path) -> None:
        """What is written, removed or expires just before the change stays so, and counts."""
        with self._filled() as (server, before):
            journal = tmp_path / "journal"
            meddler = Interference(server, journal, self.newer)
            first = self._forward(server, journal, meddler.step)
            changed = look_at(server)
            counts = {name: meddler.count(name) for name in ("changed-meanwhile", "gone")}
            done = self._counts()["done"] - sum(counts.values())
            claim_counts(first, {**self._counts(), **counts, "done": done})
            meddler.check(changed)
            rest = _others(before, meddler.left)
            self._check(changed, before, rest, changed=True)

            back = self._back(server, journal)
            claim_counts(back, {"done": done, "changed-meanwhile": 0, "gone": 0})
            restored = look_at(server)
            meddler.check(restored)
            self._check(restored, before, rest, changed=False)

    def test_undo_leaves_what_was_written_since(self, tmp_path: Path) -> None:
        """What the service wrote after the change stays; all else comes back."""
        with self._filled() as (server, before):
            journal = tmp_path / "journal"
            self._forward(server, journal)
            written = {
                key: Held(self.newer(number), _now() + 90_000)
                for number, key in enumerate(list(before)[::4])
            }
            put(server, written)
            back = self._back(server, journal)
            after = look_at(server)

        kept = sum(self._example(key).is_changed for key in written)
        done = self._counts()["done"] - kept
        claim_counts(back, {"done": done, "changed-meanwhile": kept, "gone": 0})
        claim_same(after, written, written)
        self._check(after, before, _others(before, written), changed=False)

    def test_what_expires_on_the_way_never_comes_back(self, tmp_path: Path) -> None:
        """Entries at the end of their time are gone then, whatever is done to them."""
        with self._filled(spread=1.5) as (server, before):
            self._forward(server, tmp_path / "first", pace=_SLOW)
            self._back(server, tmp_path / "first")
            after, now = look_at(server), _now()

        for key, held in after.items():
            due = before[key].expires_at
            claim(due is None or due > now - 1000 * SLACK, key, "has come back")
            claim_expiry(held, before[key], key)

    # -- what its tests are made of -----------------------------------------------------------

    @contextmanager
    def _filled(self, spread: float = 0.0) -> Iterator[tuple[PrivateServer, dict[bytes, Held]]]:
        """Start a server and fill it; with a spread, what expires does within so many seconds."""
        with self.open_server() as server:
            put(server, {key: Held(one.entry, _due(one, n, spread)) for n, (key, one) in self._all})
            yield server, look_at(server)

    @property
    def _all(self) -> Iterable[tuple[int, tuple[bytes, Example]]]:
        numbered = ((n, one) for n in range(self.copies) for one in self._by_name.values())
        return enumerate((b"%s:%d" % (one.key, n), one) for n, one in numbered)

    @cached_property
    def _by_name(self) -> dict[bytes, Example]:
        return {one.key: one for one in self.examples()}

    def _example(self, key: bytes) -> Example:
        return self._by_name[key.rpartition(b":")[0]]

    def _counts(self) -> dict[str, int]:
        """Give what becomes of the entries if nobody else writes."""
        examples = self._by_name.values()
        refused = self.copies * sum(one.becomes is Fate.REFUSED for one in examples)
        done = self.copies * sum(one.is_changed for one in examples)
        return {"done": done, "changed-meanwhile": 0, "gone": 0, "refused": refused, "failed": 0}

    def _forward(
        self,
        server: PrivateServer,
        journal: Path,
        step: Callable[[str], None] = lambda _: None,
        pace: Gentleness = _SMALL,
    ) -> Result:
        return execute(self.task(server.url), Watch(on_step=step), pace, journal)

    def _back(self, server: PrivateServer, journal: Path, pace: Gentleness = _SMALL) -> Result:
        return undo(server.url, journal, Watch(), pace)

    def _check(
        self, now: Contents, before: Contents, keys: Iterable[bytes], *, changed: bool
    ) -> None:
        """See whether entries that nobody else wrote are what they should be."""
        for key in keys:
            example = self._example(key)
            if changed and example.becomes is Fate.REMOVED:
                claim(key not in now, key, "has not been removed")
            else:
                claim(key in now, key, "is gone")
                is_right = example.is_right(now[key].entry, changed=changed)
                claim(is_right, key, "has wrong bytes")
                claim_expiry(now[key], before[key], key)

    def _check_beside(
        self, result: Result, now: Contents, acts: Mapping[bytes, list[Act]], before: Contents
    ) -> None:
        """See whether counts and contents are what the service's record says they are."""
        self._check(now, before, _others(before, acts), changed=True)
        self._check_acts(now, acts, before)
        mine = [key for key in acts if key in before]
        first = [key for key in mine if acts[key][0].found == before[key].entry]
        lost = [key for key in first if self._example(key).is_changed]
        counts, total = self._counts(), result.summary.total
        claim_equal(total("done"), counts["done"] - len(lost), "done")
        claim_equal(total("failed"), 0, "failed")
        meanwhile = total("changed-meanwhile") + total("gone")
        claim(0 <= meanwhile <= len(lost), b"", f"{meanwhile} of {len(lost)} written meanwhile")
        claim(total("refused") <= counts["refused"], b"", "more was refused than there is")

    def _check_acts(
        self,
        now: Contents,
        acts: Mapping[bytes, list[Act]],
        before: Contents,
        *,
        undone: bool = False,
    ) -> None:
        """See whether each key holds what the service did to it last."""
        for key, (*_, last) in acts.items():
            held = now.get(key)
            if last.left is not None and last.ttl != BRIEF:
                claim(held is not None and held.entry == last.left, key, "lost a newer write")
            elif held is not None and not (last.left is not None and held.entry == last.left):
                back = undone and self._example(key).becomes is Fate.REMOVED
                claim(back and held.entry == before[key].entry, key, "has come back")


def _copy(service: BusyService) -> dict[bytes, list[Act]]:
    return {key: list(acts) for key, acts in service.acts.items()}


def _now() -> int:
    return int(time.time() * 1000)


def _others(keys: Iterable[bytes], touched: Iterable[bytes]) -> list[bytes]:
    return [key for key in keys if key not in set(touched)]


def _due(example: Example, number: int, spread: float) -> Optional[int]:
    if example.ttl is None:
        return None
    ttl = example.ttl if not spread else 0.05 + spread * (number % 40) / 40
    return _now() + int(1000 * ttl)
