"""The rehearsal: both releases by themselves, then through upgrade and rollback on one cache.

Rule: whatever was started is ended when `run` returns or raises, whatever happens meanwhile.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Optional

from shelflife.rehearse.answers import Comparer
from shelflife.rehearse.cache_server import Janitor, OpenCache
from shelflife.rehearse.course import Courses
from shelflife.rehearse.dealing import Deal
from shelflife.rehearse.differing import find_differences
from shelflife.rehearse.entries.book import Book
from shelflife.rehearse.entries.kinds import Kinds
from shelflife.rehearse.entries.tally import Tally
from shelflife.rehearse.examining import Examiner
from shelflife.rehearse.findings import Findings
from shelflife.rehearse.judging import judge
from shelflife.rehearse.learned import Learned
from shelflife.rehearse.learning import Learner
from shelflife.rehearse.log import Reading, inject, read_log
from shelflife.rehearse.outcome import Outcome
from shelflife.rehearse.phases import keys_to_expire, plan_phases
from shelflife.rehearse.plan import Plan
from shelflife.rehearse.releases import Release
from shelflife.rehearse.requests import Request
from shelflife.rehearse.settings import Progress, Settings
from shelflife.rehearse.sharing import SharedCache
from shelflife.rehearse.trouble import CannotRehearse, KeepsEnding

# Seconds: while a request is on its way, threads that compute must let the taps have their turn.
_SWITCH = 0.0005


class Rehearsal:
    """One rehearsal of one plan.

    Args:
        plan: What is rehearsed.
        settings: What the command line says besides.
        open_cache: Starts a cache.
        tell: Told how far it is.

    Attributes:
        outcome: What was found out so far; None before the log was read.
    """

    def __init__(
        self, plan: Plan, settings: Settings, open_cache: OpenCache, tell: Progress
    ) -> None:
        self.outcome: Optional[Outcome] = None
        self._plan = plan
        self._settings = settings
        self._open_cache = open_cache
        self._tell = tell
        self._seed_entries = settings.seed_entries or plan.cache.seed_entries

    def run(self) -> Outcome:
        """Rehearse. Interrupted, what was seen so far is in `outcome`, which says so itself.

        Raises:
            ConfigurationError: If the log cannot be used.
            CannotRehearse: If a service or its cache cannot be used. A service that ends by itself
                because of what is in the cache is a finding.
        """
        begun = time.monotonic()
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH)
        try:
            return self._run(begun)
        finally:
            sys.setswitchinterval(before)

    def _run(self, begun: float) -> Outcome:
        with tempfile.TemporaryDirectory(prefix="shelflife-rehearsal-") as made:
            outcome = self._prepare(Path(made))
            with closing(self._comparer(Path(made))) as comparer:
                try:
                    self._go_through(outcome, comparer)
                except (KeyboardInterrupt, SystemExit):
                    outcome.partial = f"interrupted in phase {outcome.courses.phase}"
                    raise
                except KeepsEnding as error:
                    outcome.partial = str(error)
                finally:
                    outcome.noise = tuple(comparer.noise)
                    outcome.seconds = time.monotonic() - begun
        self._tell.say("judging what was seen")
        try:
            outcome.judgement = judge(outcome.releases, outcome.kinds, outcome.findings)
        except (KeyboardInterrupt, SystemExit):
            outcome.partial = outcome.partial or "interrupted while what was seen was judged"
            raise
        outcome.seconds = time.monotonic() - begun
        return outcome

    def _comparer(self, folder: Path) -> Comparer:
        return Comparer(self._plan.compare, folder, self._plan.log.host)

    def _prepare(self, folder: Path) -> Outcome:
        plan = self._plan
        if self._seed_entries is not None and plan.cache.url is not None:
            raise CannotRehearse(
                "entries of an RDB file can be put into a private cache only: leave out the `url` "
                "of [cache]"
            )
        seed = self._seed()
        requests, reading = self._requests(seed)
        learned, kinds = Learned(), Kinds(plan.cache.prefix)
        logs = self._settings.keep_logs or folder
        logs.mkdir(parents=True, exist_ok=True)
        releases = [Release(one, plan.cache, logs, self._tell.say) for one in (plan.old, plan.new)]
        self.outcome = Outcome(
            plan=plan,
            settings=self._settings,
            seed=seed,
            releases={release.name: release for release in releases},
            requests=requests,
            distinct=learned.distinct(requests),
            reading=reading,
            learned=learned,
            kinds=kinds,
            tally=Tally(kinds),
            findings=Findings(plan.compare.accept),
            book=Book(),
            courses=Courses(self._tell),
            started=time.time(),
        )
        return self.outcome

    def _seed(self) -> int:
        for given in (self._settings.seed, self._plan.phases.seed):
            if given is not None:
                return given
        return random.SystemRandom().randrange(1_000_000)

    def _requests(self, seed: int) -> tuple[Sequence[Request], Reading]:
        log = self._plan.log
        self._tell.say(f"reading {log.file.name}")
        lines = 0

        def read(more: int) -> None:
            nonlocal lines
            lines += more
            self._tell.say(f"reading {log.file.name}: line {lines:,}")

        requests, reading = read_log(log, seed, read)
        what = tuple(dict.fromkeys((*self._plan.inject, *self._settings.inject)))
        return [*requests, *inject(requests, what, seed)], reading

    def _go_through(self, outcome: Outcome, comparer: Comparer) -> None:
        with ExitStack() as stack:
            server = stack.enter_context(self._open_cache(self._seed_entries, True))
            outcome.server, outcome.private = server.shown, server.private
            janitor = Janitor(server.url)
            outcome.seeded = self._check_cache(janitor, private=server.private)
            outcome.book.seeded = outcome.seeded > 0
            if not server.private:
                stack.callback(janitor.clear, self._plan.cache.database)
            Learner(outcome, self._open_cache, self._seed_entries, comparer).learn()
            find_differences(outcome.distinct, outcome.learned, comparer, outcome.findings)
            self._share(outcome, comparer, server.url, janitor)

    def _share(self, outcome: Outcome, comparer: Comparer, url: str, janitor: Janitor) -> None:
        plan, learned, kinds = self._plan.phases, outcome.learned, outcome.kinds
        deal = Deal(outcome.distinct, learned, kinds, plan.warm, outcome.seed)
        examiner = Examiner(learned, comparer, kinds, outcome.findings)
        to_expire = keys_to_expire(deal, outcome.seed) if plan.expire else []
        shared = SharedCache(outcome, examiner, url, janitor, to_expire)
        for phase in plan_phases(outcome.requests, deal, outcome.seed):
            shared.go_through(phase)

    def _check_cache(self, janitor: Janitor, *, private: bool) -> int:
        database = self._plan.cache.database
        count = janitor.count(database)
        if count and not private:
            raise CannotRehearse(
                f"the cache at the `url` of [cache] holds {count:,} keys in database {database}: a "
                "rehearsal needs an empty one. Name another database or server, or leave `url` out "
                "to have a private server started"
            )
        return count
