"""A release that runs: its process, the tap before its cache, and the requests it is asked."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import NamedTuple, Optional

from shelflife.rehearse.answers import Answer, Sender
from shelflife.rehearse.entries.book import Book, Sight
from shelflife.rehearse.plan import LogPlan
from shelflife.rehearse.releases import Release
from shelflife.rehearse.requests import Request
from shelflife.rehearse.services.service import Service
from shelflife.stores.address import Address
from shelflife.stores.tap import Tap

_LOG_SECONDS = 0.05  # a traceback may be written just after its answer
_MOST_IN_VAIN = 20  # a service that logs no tracebacks is not waited for


class Seen(NamedTuple):
    """One request, and all that was seen of it.

    Attributes:
        release: "old" or "new": who was asked.
        sights: What it did to entries meanwhile, in order.
        sure: Whether that belongs to this request without doubt.
        exceptions: The last lines of the tracebacks that it wrote.
        log: The last lines of its log, if there are exceptions or no good answer.
    """

    request: Request
    release: str
    phase: str
    answer: Answer
    sights: tuple[Sight, ...]
    sure: bool
    exceptions: tuple[str, ...] = ()
    log: tuple[str, ...] = ()


class Running:
    """A context manager: one process of a release, on one cache.

    Args:
        release: What runs.
        cache: Where its cache is.
        book: Is told what it does to entries.
        log: How requests are sent.
        label: Names its log file.
    """

    def __init__(
        self, release: Release, cache: Address, book: Book, log: LogPlan, label: str
    ) -> None:
        self.release = release
        self.book = book
        self._cache = cache
        self._log = log
        self._label = label
        self._service: Optional[Service] = None
        self._stack = ExitStack()
        self._senders = threading.local()
        self._all_senders: list[Sender] = []
        self._log_lock = threading.Lock()
        self._restarts = self._in_vain = 0

    def __enter__(self) -> Running:
        name = self.release.name
        try:
            tap = Tap(self._cache.host, self._cache.port, partial(self.book.told, name))
            self._stack.enter_context(tap)
            service = self.release.service(self._cache, tap.port, self._label)
            self._service = self._stack.enter_context(service)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        for sender in self._all_senders:
            sender.close()
        self._stack.close()

    @property
    def service(self) -> Service:
        """The process."""
        assert self._service is not None, "it is not running"
        return self._service

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended by itself."""
        return self.service.ended is not None

    def restart(self, most: int) -> bool:
        """Start the process again after it has ended, at most so often; give whether it was."""
        with self._log_lock:
            if not self.has_ended:  # another thread was quicker
                return True
            if self._restarts >= most:
                return False
            self._restarts += 1
            self.service.stop()
            self.service.start()
            return True

    def late_exceptions(self) -> list[str]:
        """Give what was logged after the last answer, once the process has ended."""
        return self.service.late

    def ask(self, request: Request) -> Seen:
        """Send a request, and give what was seen of it."""
        with self.book.watch(self.release.name) as window:
            answer = self._sender().ask(request)
            exceptions = self._exceptions(wanted=answer.is_error)
        bad = answer.is_error or bool(exceptions)
        return Seen(
            request,
            self.release.name,
            self.book.phase,
            answer,
            tuple(window.sights),
            window.sure,
            tuple(exceptions),
            tuple(self.service.log.tail[-12:]) if bad else (),
        )

    def _sender(self) -> Sender:
        sender: Optional[Sender] = getattr(self._senders, "one", None)
        if sender is None:
            sender = self._senders.one = Sender(self.service.port, self._log)
            self._all_senders.append(sender)
        return sender

    def _exceptions(self, *, wanted: bool) -> list[str]:
        with self._log_lock:
            found = self.service.log.new_exceptions()
            wanted = wanted and self._in_vain < _MOST_IN_VAIN
            deadline = time.monotonic() + _LOG_SECONDS
            while wanted and not found and time.monotonic() < deadline:
                time.sleep(0.005)
                found = self.service.log.new_exceptions()
            self._in_vain = 0 if found else self._in_vain + wanted
            return found
